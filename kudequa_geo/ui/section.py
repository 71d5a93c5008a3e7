"""The section of the map in the address: written by the browser, judged here, handed on.

The browser alone knows what its map shows. It writes centre and zoom into the address without asking the
server (``static/kudequa/address.js``) and reads them when a page opens. The server only says when an
address names a section that shows nothing of the area.
"""

from __future__ import annotations

import re

from kudequa_geo.maps import assets
from kudequa_geo.maps.offline import MARGIN, ZOOMS
from kudequa_geo.maps.projection import box_to_degrees
from kudequa_geo.study import Study
from kudequa_geo.ui import state

_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,8})?", re.ASCII)
_SCRIPT = "app/static/kudequa/address.js"


def read(study: Study) -> None:
    """Take a section that shows nothing of the area out of the address, and note it."""
    state.check_section(lambda text: not text or valid(text, _box(study)))


def _box(study: Study) -> tuple[float, float, float, float]:
    def made() -> tuple[float, float, float, float]:
        return box_to_degrees(study.tables["buildings"].total_bounds, study.config.crs)

    return study.kept(("section", "box"), made)


def valid(text: str, box: tuple[float, float, float, float]) -> bool:
    """Return whether a text is a section near a box.

    Parameters
    ----------
    text
        ``latitude,longitude,zoom``.
    box
        West, south, east, north in degrees.
    """
    parts = text.split(",")
    if len(parts) != 3 or not all(_NUMBER.fullmatch(part) for part in parts):
        return False
    lat, lon, zoom = map(float, parts)
    west, south, east, north = box
    wide, high = MARGIN * (east - west), MARGIN * (north - south)
    near = west - wide <= lon <= east + wide and south - high <= lat <= north + high
    return near and ZOOMS[0] <= zoom <= ZOOMS[1]


def script() -> str:
    """Return the JavaScript that fetches what keeps the section in the address, once per page."""
    return f"""if (!document.querySelector('script[src^="{_SCRIPT}"]')) {{
      const keeper = document.createElement("script");
      keeper.src = "{_SCRIPT}?v={assets.stamp("kudequa/address.js")}";
      document.head.append(keeper);
    }}"""
