"""Walking access to daily needs, its gaps, and the sites that could close them."""

#: What the tool is called.
TOOL = "KuDeQua Geo"
__version__ = "0.1.0"
