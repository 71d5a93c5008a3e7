"""Elements of a map whose settings travel as JSON to ``static/kudequa/map.js``."""

from __future__ import annotations

from typing import Any

from branca.element import MacroElement
from folium.template import Template


class Part(MacroElement):
    """Calls one function of ``kudequa`` with its settings; texts in them enter the page as text."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.call }}({{ this._parent.get_name() }}, {{ this.settings|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, function: str, settings: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = function
        self.call = f"kudequa.{function}"
        self.settings = settings


class Layer(Part):
    """Adds one of the layer classes of ``kudequa`` to a feature group."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        new {{ this.call }}({{ this.settings|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )
