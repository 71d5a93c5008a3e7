"""From raw frames to the tables of :mod:`kudequa_geo.schema`; pure functions."""
