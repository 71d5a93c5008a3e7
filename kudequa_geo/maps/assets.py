"""The files that are shipped for the browser, and their addresses."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

#: From the map component's own page to the static folder; relative, so that it also holds below a base path.
STATIC = "../../app/static"
#: Where the files lie.
FOLDER = Path(__file__).parents[2] / "static"


def asset(path: str) -> str:
    """Return the address of a shipped file, which changes with its content: browsers keep it until then."""
    return f"{STATIC}/{path}?v={stamp(path)}"


@cache
def stamp(path: str) -> str:
    """Return eight signs that change with the content of a shipped file, found once per process."""
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:8]


#: Name and address of the scripts and style sheets of every map.
SCRIPTS = [
    ("leaflet", asset("vendor/leaflet/leaflet.js")),
    ("protomaps", asset("vendor/protomaps-leaflet/protomaps-leaflet.js")),
    ("kudequa", asset("kudequa/map.js")),
]
SHEETS = [
    ("leaflet_css", asset("vendor/leaflet/leaflet.css")),
    ("kudequa_css", asset("kudequa/map.css")),
]
