"""A folium map that loads everything from the tool's own static folder."""

from __future__ import annotations

from typing import Any

import folium
from folium.template import Template

from kudequa_geo.maps.assets import SCRIPTS, SHEETS
from kudequa_geo.maps.element import Script, page_of

#: Farthest and closest zoom.
ZOOMS = (9, 19)
#: A section farther from the area than this part of its size is not taken over from an address.
MARGIN = 0.5


class OfflineMap(folium.Map):
    """An empty map without any foreign address, keyboard-operable and with a metric scale bar.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees (WGS84) to show at the start.
    label
        What the map shows, for readers who cannot see it.
    attribution
        Sources in one line of plain text.
    zoom_labels
        Texts of the two zoom buttons: closer, farther.
    language
        Language of these texts, as in HTML.
    link
        Maps of one page with the same word here show the same section; empty = on its own.
    """

    default_js = SCRIPTS
    default_css = SHEETS
    _template = Template(
        """
        {% macro header(this, kwargs) %}
        {% for _, address in this.default_js %}<script src="{{ address }}"></script>{% endfor %}
        {% for _, address in this.default_css %}<link rel="stylesheet" href="{{ address }}"/>{% endfor %}
        {% endmacro %}
        {% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}" ></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = kudequa.map("{{ this.get_name() }}", {{ this.settings|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        bounds: tuple[float, float, float, float],
        *,
        label: str,
        attribution: str,
        zoom_labels: tuple[str, str],
        language: str,
        link: str = "",
    ) -> None:
        west, south, east, north = bounds
        super().__init__(location=((south + north) / 2, (west + east) / 2), tiles=None)
        self.settings: dict[str, Any] = {
            "bounds": [[south, west], [north, east]],
            "label": label,
            "attribution": attribution,
            "zoomLabels": list(zoom_labels),
            "language": language,
            "link": link,
            "zooms": list(ZOOMS),
            "margin": MARGIN,
        }

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Give the page its files and scripts, unlike folium's own without reading them as templates."""
        page = page_of(self)
        page.header.add_child(Script(self, "header"), name=self.get_name())
        page.html.add_child(Script(self, "html"), name=self.get_name())
        page.script.add_child(Script(self), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
