"""A document as one HTML file that needs nothing else: fonts and map inside, every text escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from kudequa_geo.export import lettering
from kudequa_geo.export.document import Block, Bullets, Grid, Heading, Paragraph, Picture
from kudequa_geo.export.inline import inline_json
from kudequa_geo.export.lettering import FAMILY
from kudequa_geo.export.record import Record
from kudequa_geo.language import Language
from kudequa_geo.maps import palette

_STYLE = f"""
*{{box-sizing:border-box}}
body{{margin:0 auto;max-width:46rem;padding:1.5rem;font:17px/1.5 '{FAMILY}',sans-serif;color:{palette.TEXT};
hyphens:auto;font-variant-numeric:tabular-nums}}
h1{{font-size:2rem;line-height:1.15}}
h2{{margin-top:2.4rem;font-size:1.4rem}}
h3{{font-size:1.1rem;margin-bottom:.3rem}}
table{{border-collapse:collapse;width:100%;font-size:.95rem}}
th,td{{text-align:left;padding:.25rem .6rem .25rem 0;vertical-align:top;
border-bottom:1px solid {palette.GROUND["casing"]}}}
.n{{text-align:right;padding-right:0}}
.note{{background:#eceff2;border-left:.3rem solid {palette.TEXT};
padding:.5rem .8rem;font-weight:600}}
figure{{margin:1.5rem 0}}
img{{max-width:100%;height:auto}}
figcaption,footer{{color:{palette.QUIET};font-size:.85rem}}
footer{{margin-top:3rem;overflow-wrap:anywhere}}
@media print{{body{{font-size:11pt;max-width:none}}h2,h3{{break-after:avoid}}tr,figure{{break-inside:avoid}}}}
"""


def web_page(blocks: Sequence[Block], record: Record, say: Language, picture: bytes) -> bytes:
    """Return a document as HTML.

    Parameters
    ----------
    blocks
        The document.
    record
        Run record, kept in the page as JSON.
    say
        Language of the page.
    picture
        The map as PNG.
    """
    body = "\n".join(_html(block, picture) for block in blocks)
    notice = f'<p class="note" role="note">{escape(record.notice(say))}</p>' if record.modelled else ""
    told = inline_json(record.as_json())
    foot = f"{record.tool} · {record.data_version} · {record.short} · {record.attribution()}"
    page = f"""<!DOCTYPE html>
<html lang="{say.key}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">
<title>{escape(record.title)}</title><meta name="generator" content="{escape(record.tool)}">
<style>{lettering.faces()}{_STYLE}</style>
<script type="application/json" id="kudequa-record">{told}</script></head>
<body>{notice}
{body}
<footer>{escape(foot)}</footer></body></html>
"""
    return page.encode("utf-8")


def _html(block: Block, picture: bytes) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.words)}</h{block.level}>"
    if isinstance(block, Paragraph):
        opened = '<p class="note">' if block.strong else "<p>"
        return f"{opened}{escape(block.words)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
    if isinstance(block, Grid):
        return _table(block)
    return _figure(block, picture)


def _figure(block: Picture, picture: bytes) -> str:
    data = base64.b64encode(picture).decode("ascii")
    words = escape(block.words)
    image = f'<img alt="{words}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{words}</figcaption></figure>"


def _table(grid: Grid) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        kinds = ["" if i < grid.text_columns else ' class="n"' for i in range(len(cells))]
        parts = [
            f"<{tag}{scope}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True)
        ]
        return f"<tr>{''.join(parts)}</tr>"

    rows = "".join(row(cells, "td") for cells in grid.rows)
    return f"<table><thead>{row(grid.heads, 'th')}</thead><tbody>{rows}</tbody></table>"
