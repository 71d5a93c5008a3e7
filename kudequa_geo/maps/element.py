"""Elements of a map whose settings travel as JSON to ``static/kudequa/map.js``."""

from __future__ import annotations

from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template


class Script(Element):
    """The script of an element, or another of its macros, written only when the page around it is.

    folium reads every script as a template again, which takes a second look at each character of the data and
    trips over a name with ``{%`` in it.
    """

    def __init__(self, element: MacroElement, macro: str = "script") -> None:
        super().__init__()
        self._written = element
        self._macro = macro

    def render(self, **kwargs: Any) -> str:
        """Return the script."""
        return str(getattr(self._written._template.module, self._macro)(self._written, kwargs))


def page_of(element: MacroElement) -> Figure:
    """Return the page around an element."""
    page = element.get_root()
    if not isinstance(page, Figure):
        raise TypeError(page)
    return page


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

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002 - folium's own form
        """Give the page its script."""
        page_of(self).script.add_child(Script(self), name=self.get_name())


class Layer(Part):
    """Adds one of the layer classes of ``kudequa`` to a feature group."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        new {{ this.call }}({{ this.settings|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


class Group(folium.FeatureGroup):
    """Layers that the browser exchanges together."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.featureGroup();
        {% endmacro %}
        {% macro shown(this, kwargs) %}
        {{ this.get_name() }}.addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Give the page the scripts of the group and its layers."""
        script, name = page_of(self).script, self.get_name()
        script.add_child(Script(self), name=name)
        for child in self._children.values():
            child.render(**kwargs)
        script.add_child(Script(self, "shown"), name=f"{name}_shown")
