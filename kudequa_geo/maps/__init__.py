"""Drawing: palette, offline Leaflet, base map, layers."""
