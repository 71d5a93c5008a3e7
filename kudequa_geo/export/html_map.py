"""The interactive map as one HTML file: Leaflet, fonts and tiles inside, no network, no server."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from pathlib import Path
from typing import Any

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import shown_rows
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.ground import require_tiles
from kudequa_geo.export.inline import inline_json
from kudequa_geo.export.picture import Picture
from kudequa_geo.export.record import Record, record_of, tried
from kudequa_geo.maps import basemap, layers
from kudequa_geo.maps.palette import Code
from kudequa_geo.maps.projection import box_to_degrees

STATIC = Path(__file__).parents[2] / "static"
_SCRIPTS = ("vendor/leaflet/leaflet.js", "vendor/protomaps-leaflet/protomaps-leaflet.js", "kudequa/map.js")
_STYLES = ("vendor/leaflet/leaflet.css", "kudequa/map.css")
#: Where the tiles seem to lie; requests to it are answered from the page itself. ``.invalid`` never exists.
_TILES = "https://kudequa.invalid/"
_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")
_MEDIA = {".woff2": "font/woff2", ".png": "image/png", ".svg": "image/svg+xml"}
_ANSWER = """
(function () {
  const tiles = JSON.parse(document.getElementById("kudequa-tiles").textContent);
  const bytes = {};
  for (const [name, text] of Object.entries(tiles)) {
    bytes[name] = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }
  window.fetch = async function (address, options) {
    const whole = bytes[String(address).replace(BASE, "")];
    if (!whole) throw new TypeError("offline: " + address);
    const range = new Headers((options || {}).headers).get("range");
    const [first, last] = range ? range.replace("bytes=", "").split("-").map(Number) : [0, whole.length - 1];
    return new Response(whole.slice(first, last + 1), { status: range ? 206 : 200 });
  };
})();
"""
_PAGE_STYLE = """
html,body{height:100%;margin:0;overflow:hidden}
body{display:flex;flex-direction:column;font:16px/1.4 "Source Sans 3",sans-serif;color:#1f2933}
header{padding:.6rem 1rem}h1{font-size:1.25rem;margin:0}header p{margin:.15rem 0 0}
.note{background:#eceff2;border-left:.3rem solid #1f2933;padding:.3rem .7rem;font-weight:600}
#map{flex:1;min-height:0}
footer{padding:.3rem 1rem;font-size:.78rem;color:#56616c}
"""


def html_map(edition: Edition, focus: Focus, picture: Picture) -> tuple[bytes, Record]:
    """Return the map as a file to send around, and its run record.

    Parameters
    ----------
    edition
        Municipality, language, day.
    focus
        Where the map opens, and whose people its legend counts.
    picture
        Homes, classes, places.

    Raises
    ------
    MissingInputError
        The tiles have not been prepared.
    """
    require_tiles(edition.folder)
    say, question = edition.say, picture.question
    title = say(msg("Fußläufige Erreichbarkeit: {service} – {area}")).format(
        service=say(question.kind.label), area=focus.name
    )
    title = f"{title} – {picture.title}" if picture.title else title
    record = record_of(
        edition.study,
        title,
        edition.printed,
        **question.parameters(),
        scope=str(focus.scope),
        subject=focus.key or focus.name,
        state=tried(picture.scenario),
        language=say.key,
    )
    rows = picture.counted(shown_rows(edition, focus))
    sentence = picture.sentence(focus.name, rows, say)
    return _page(edition, record, sentence, _parts(edition, focus, picture)), record


def _parts(edition: Edition, focus: Focus, picture: Picture) -> list[tuple[str, bool, dict[str, Any]]]:
    """Return the parts of the map: function, whether it is a layer, settings."""
    say, question, crs = edition.say, picture.question, edition.study.config.crs
    urls = {tiles.name: f"{_TILES}{tiles.file_name}" for tiles in basemap.TILE_SETS}
    names = [name if isinstance(name, str) else say(question.kind.label) for name in picture.places["name"]]
    outline = focus.shape if focus.scope in (Scope.DISTRICT, Scope.GAP) else None
    degrees = box_to_degrees(focus.bounds, crs)
    counts = picture.people(picture.counted(shown_rows(edition, focus)))
    people = [
        "" if code >= Code.NOT_CONNECTED and not count else say.people(float(count))
        for code, count in enumerate(counts)
    ]
    texts = layers.LegendTexts(
        title=f"{say(question.kind.label)} – {question.person_words(say)}",
        label=say(msg("Legende")),
        class_head=say(msg("Fußweg")),
        people_head=say(msg("Menschen")),
        classes=question.class_words(say),
        people=people,
        limit=say(msg("Grenze: {limit}")).format(limit=question.limit_words(say)),
    )
    symbols = {question.kind.field: f"{say(question.kind.label)} ({say(FIELD_LABELS[question.kind.field])})"}
    first: list[Any] = [layers.ground(urls), layers.building_tiles(urls)]
    others: list[Any] = [
        layers.colours(picture.codes),
        layers.places(picture.places, names, crs),
        layers.focus(focus.key, outline, degrees, crs),
        layers.legend(texts, question.classes, symbols),
    ]
    return [(part.call, False, part.settings) for part in first] + [
        (part.call, True, part.settings) for part in others
    ]


def _page(
    edition: Edition, record: Record, sentence: str, parts: list[tuple[str, bool, dict[str, Any]]]
) -> bytes:
    say = edition.say
    west, south, east, north = box_to_degrees(edition.bounds, edition.study.config.crs)
    settings = {
        "bounds": [[south, west], [north, east]],
        "label": record.title,
        # The sources stand below the map, in full.
        "attribution": record.tool,
        "zoomLabels": [say(msg("Näher heran")), say(msg("Weiter weg"))],
        "language": say.key,
    }
    calls = [f"const map = kudequa.map('map', {_json(settings)});"]
    for call, layer, own in parts:
        calls.append(f"new {call}({_json(own)}).addTo(map);" if layer else f"{call}(map, {_json(own)});")
    tiles = {
        tile.file_name: base64.b64encode((edition.folder / tile.file_name).read_bytes()).decode("ascii")
        for tile in basemap.TILE_SETS
    }
    scripts = [(STATIC / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    inline = "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    policy = f"default-src 'none'; {inline}; img-src data: blob:; font-src data:"
    notice = f'<p class="note" role="note">{escape(record.notice(say))}</p>' if record.modelled else ""
    sources = "; ".join(record.source_lines(say))
    made = f"{record.tool} · {record.data_version} · {say.day(record.printed)} · {record.short}"
    page = [
        f'<!DOCTYPE html><html lang="{say.key}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{escape(record.title)}</title><style>{_styles()}{_PAGE_STYLE}</style>",
        f'<script type="application/json" id="kudequa-record">{inline_json(record.as_json())}</script>',
        f'<script type="application/json" id="kudequa-tiles">{json.dumps(tiles)}</script></head><body>',
        f"<header>{notice}<h1>{escape(record.title)}</h1><p>{escape(sentence)}</p></header>",
        f'<div id="map"></div><footer>{escape(sources)}. {escape(made)}</footer>',
        f"<script>{_ANSWER.replace('BASE', json.dumps(_TILES))}</script>",
        *(f"<script>{_closed(script)}</script>" for script in scripts),
        "<script>" + "\n".join(calls) + "</script></body></html>\n",
    ]
    return "\n".join(page).encode("utf-8")


def _json(value: object) -> str:
    return inline_json(json.dumps(value, ensure_ascii=False))


def _closed(script: str) -> str:
    return script.replace("</script", "<\\/script")


def _styles() -> str:
    """Return the style sheets with their fonts and pictures inside."""
    whole = []
    for name in _STYLES:
        path = STATIC / name

        def inlined(found: re.Match[str], folder: Path = path.parent) -> str:
            file = (folder / found[1]).resolve()
            if not file.is_file() or file.suffix not in _MEDIA:
                return "none" if not found[1].startswith("#") else found[0]
            data = base64.b64encode(file.read_bytes()).decode("ascii")
            return f"url(data:{_MEDIA[file.suffix]};base64,{data})"

        whole.append(_URL.sub(inlined, path.read_text(encoding="utf-8")))
    return "\n".join(whole)
