"""Styles that QGIS applies by itself when it opens the GeoPackage: the colours of the map."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code, Symbol

_SHAPES = {
    "square": "square",
    "triangle": "triangle",
    "cross": "cross_fill",
    "diamond": "diamond",
    "circle": "circle",
    "hexagon": "hexagon",
    "star": "star",
}
#: What every renderer of QGIS states.
_COMMON = 'referencescale="-1" enableorderby="0"'


def _options(values: Mapping[str, str]) -> str:
    rows = "".join(
        f'<Option name="{key}" type="QString" value={quoteattr(value)}/>' for key, value in values.items()
    )
    return f'<Option type="Map">{rows}</Option>'


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _fill_symbol(name: str, colour: str, outline: str, *, style: str = "solid", width: str = "0.1") -> str:
    values = {
        "color": _rgb(colour),
        "outline_color": _rgb(outline),
        "outline_width": width,
        "outline_width_unit": "MM",
        "outline_style": "solid",
        "style": style,
    }
    layer = f'<layer class="SimpleFill" enabled="1" locked="0" pass="0">{_options(values)}</layer>'
    return f'<symbol type="fill" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">{layer}</symbol>'


def _qml(renderer: str) -> str:
    # Only what is said here is taken from the style; labels and forms of the reader stay.
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f'{head}<qgis version="3.28.0-Firenze" styleCategories="Symbology">{renderer}</qgis>'


def _single(symbol: str) -> str:
    renderer = f'<renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" {_COMMON}>'
    return _qml(f"{renderer}<symbols>{symbol}</symbols></renderer-v2>")


def classes_style(words: list[str]) -> str:
    """Return the style of homes: one category per class, "not connected" and "no data" (column ``class``).

    Parameters
    ----------
    words
        The seven classes in words.
    """
    symbols, categories = [], []
    for code, label in enumerate(words):
        if code == Code.NOT_CONNECTED:
            symbols.append(_fill_symbol(str(code), palette.HATCH, palette.HATCH, style="f_diagonal"))
        elif code == Code.NO_DATA:
            symbols.append(_fill_symbol(str(code), palette.NO_DATA, palette.NO_DATA_OUTLINE))
        else:
            symbols.append(_fill_symbol(str(code), palette.SEQUENTIAL[code], palette.OUTLINE))
        named = f'type="integer" value="{code}" label={quoteattr(label)}'
        categories.append(f'<category render="true" symbol="{code}" {named}/>')
    return _qml(
        f'<renderer-v2 type="categorizedSymbol" attr="class" forceraster="0" symbollevels="0" {_COMMON}>'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols></renderer-v2>"
    )


def outline_style(colour: str, *, width_mm: float = 0.5, style: str = "no") -> str:
    """Return the style of areas with an outline; ``style`` is a fill pattern of QGIS."""
    symbol = _fill_symbol("0", colour, colour, style=style, width=f"{width_mm:g}")
    return _single(symbol)


def point_style(symbol: Symbol) -> str:
    """Return the style of places: the shape of their field with a white casing."""
    values = {
        "name": _SHAPES[symbol.shape],
        "color": _rgb(symbol.colour),
        "outline_color": "255,255,255,255",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": "3.2",
        "size_unit": "MM",
    }
    layer = f'<layer class="SimpleMarker" enabled="1" locked="0" pass="0">{_options(values)}</layer>'
    marker = f'<symbol type="marker" name="0" alpha="1" clip_to_extent="1">{layer}</symbol>'
    return _single(marker)
