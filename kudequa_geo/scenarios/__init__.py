"""What if: changes to a city, their effects, and where a new place would help most; pure functions."""
