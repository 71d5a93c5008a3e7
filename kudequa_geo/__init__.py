"""Walking access to daily needs, its gaps, and the sites that could close them."""

__version__ = "0.1.0"
