"""Reading what comes from outside; every frame leaves here in the municipality's CRS."""
