"""Pieces of pages: figures, tables and the access map; all text from data is escaped here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

import streamlit as st
from branca.element import MacroElement

from kudequa_geo.errors import KudequaError
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.offline import OfflineMap
from kudequa_geo.maps.palette import Symbol
from kudequa_geo.maps.projection import box_to_degrees
from kudequa_geo.study import Study
from kudequa_geo.ui import cached, i18n, sheets
from kudequa_geo.ui.answer import Answer, MapAnswer
from kudequa_geo.ui.explain import Explanation
from kudequa_geo.ui.i18n import _

#: What Markdown as Streamlit reads it could take for more than a character.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>$~|]")
#: Height in pixels where the style sheet does not reach; the page's own style fills the window.
_MAP_HEIGHT = 620
#: From this zoom on the places of a whole field are drawn.
_FIELD_ZOOM = 13


def sentence(text: str) -> None:
    """Show the answer of a page."""
    st.html(f'<p class="kdq-answer">{escape(text)}</p>')


def heading(text: str) -> None:
    """Show the heading of a part of a page."""
    st.html(f'<h2 class="kdq-h">{escape(text)}</h2>')


def quiet(text: str) -> None:
    """Show a remark."""
    st.html(f'<p class="kdq-quiet">{escape(text)}</p>')


def text(words: str) -> None:
    """Show a paragraph that a screen reader announces when it changes."""
    st.html(f'<p class="kdq-text" aria-live="polite">{escape(words)}</p>')


def bullets(items: Iterable[str]) -> None:
    """Show a short list."""
    st.html(f'<ul class="kdq-text">{"".join(f"<li>{escape(item)}</li>" for item in items)}</ul>')


def commands(lines: Iterable[str]) -> None:
    """Show words to type into a terminal."""
    # Streamlit's own element for code makes every first visit fetch 600 kB of highlighter and font.
    text = escape("\n".join(lines))
    st.html(f'<pre class="kdq-code" tabindex="0"><code>{text}</code></pre>')


def upload_word() -> None:
    """Say in the reader's language what the button of an upload does."""
    # Streamlit's own word on it is English; the style sheet shows this one.
    word = _("Datei wählen")
    st.html(f'<style>:root {{ --kdq-choose: "{word}"; }}</style>')


def folded(label: str, key: str, draw: Callable[[], None], *, expanded: bool = False) -> None:
    """Offer a part that the reader folds out; it is drawn, and sent, only then.

    Parameters
    ----------
    label
        What it is about.
    key
        Its key in the session.
    draw
        Draws it.
    expanded
        Whether it is open at first.
    """
    part = st.expander(label, expanded=expanded, key=key, on_change="rerun")
    if part.open:
        with part:
            draw()


def plain(text: str) -> str:
    """Return foreign text so that Streamlit's labels and messages show it as it is.

    They read Markdown, in which a name can be a link, or a picture that is fetched from elsewhere.
    """
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def refusal(error: KudequaError) -> None:
    """Show why a wish could not be met, and what helps."""
    what, *more = error.lines(_)
    st.error(plain(what))
    for line in more:
        st.text(line)


def figures(items: Iterable[tuple[str, str, str]]) -> None:
    """Show figures: label, value with unit, comparison."""
    parts = [
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for label, value, more in items
    ]
    st.html(f'<dl class="kdq-figures">{"".join(parts)}</dl>')


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    here: int | None = None,
    height: str = "24rem",
) -> None:
    """Show a table that scrolls by keyboard; a row of one cell is a group's head.

    Parameters
    ----------
    caption
        What it shows.
    heads
        Heads of the columns.
    rows
        Cells as plain text, the first one names the row; what follows a line break stands small below.
    numbers
        Positions of the columns with numbers.
    here
        Position of the row to point out.
    height
        CSS length it may take before it scrolls.
    """

    def cell(tag: str, column: int, text: str, scope: str = "") -> str:
        kind = ' class="kdq-number"' if column in numbers else ""
        first, _break, second = text.partition("\n")
        below = f"<small>{escape(second)}</small>" if second else ""
        return f"<{tag}{kind}{scope}>{escape(first)}{below}</{tag}>"

    head = "".join(cell("th", column, text, ' scope="col"') for column, text in enumerate(heads))
    body = []
    for position, row in enumerate(rows):
        if len(row) == 1:
            inner = f'<th colspan="{len(heads)}" scope="rowgroup">{escape(row[0])}</th>'
            body.append(f'<tr class="kdq-group">{inner}</tr>')
            continue
        first = cell("th", 0, row[0], ' scope="row"')
        rest = "".join(cell("td", column, text) for column, text in enumerate(row) if column)
        body.append(f"<tr{' class=kdq-here' if position == here else ''}>{first}{rest}</tr>")
    st.html(
        f'<div class="kdq-scroll" tabindex="0" role="region" aria-label="{escape(caption)}" '
        f'style="--kdq-table:{height}"><table class="kdq-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def bounds(study: Study, district: str = "") -> layers.Bounds:
    """Return west, south, east, north in degrees of a district, or of all that is inhabited."""

    def make() -> layers.Bounds:
        districts = study.tables["districts"]
        shown = districts[districts["district_id"] == district] if district else study.tables["buildings"]
        return box_to_degrees(shown.total_bounds, study.config.crs)

    return study.kept(("bounds", district), make)


def attribution(study: Study) -> str:
    """Return the sources of the data in one line."""
    said = [str(source.get("attribution") or "") for source in study.package.sources]
    return " · ".join(dict.fromkeys(text for text in said if text))


def access_map(
    answer: MapAnswer,
    explanation: Explanation | None,
    key: str,
    *,
    more: Sequence[Group] = (),
    marks: Sequence[tuple[Symbol, str]] = (),
    target: MacroElement | None = None,
) -> None:
    """Draw the access map; :func:`last_click` tells where it was clicked.

    Parameters
    ----------
    answer
        What is shown.
    explanation
        The building that was clicked, if any.
    key
        The component's key in the session.
    more
        Further layers, drawn above the places.
    marks
        Their symbols in the legend, with words.
    target
        What the map moves to (:func:`kudequa_geo.maps.layers.focus`); None = the district.
    """
    groups = access_groups(answer, explanation, marks, target)
    drawn_map(answer.study, [*groups, *more], key)


def drawn_map(
    study: Study,
    groups: Sequence[Group],
    key: str,
    *,
    link: str = "",
    extent: layers.Bounds | None = None,
    told: str = "last_clicked",
) -> None:
    """Draw the ground, the buildings and what depends on the question.

    The base map never changes, so zoom and position stay; what depends on the question travels in
    feature groups that the browser exchanges in place.

    Parameters
    ----------
    study
        The municipality.
    groups
        What is exchanged.
    key
        The component's key in the session.
    link
        Maps of a page with the same word here move together.
    extent
        West, south, east, north in degrees to start with; None = all that is inhabited.
    told
        What the browser tells of the map: where it was clicked, or ``bounds``, what it shows.
    """
    # Imported here, so that the first page can say its sentence before.
    from streamlit_folium import st_folium

    base = OfflineMap(
        extent or bounds(study),
        label=_(
            "Karte der Wohngebäude, eingefärbt nach dem Weg. "
            "Pfeiltasten verschieben, Enter fragt die Mitte ab."
        ),
        attribution=attribution(study),
        zoom_labels=(_("Näher"), _("Weiter weg")),
        language=i18n.language(),
        link=link,
    )
    urls = cached.urls_of(study)
    layers.ground(urls).add_to(base)
    layers.building_tiles(urls).add_to(base)
    with st.container(key=f"map-{link}-{key}".replace(".", "-") if link else "map"):
        st_folium(
            base,
            key=key,
            width=None,
            height=_MAP_HEIGHT,
            use_container_width=True,
            render=False,
            returned_objects=[told],
            feature_group_to_add=list(groups),
        )


def focus(study: Study, district: str) -> MacroElement:
    """Return the outline of a district, to which the map moves once; empty = the whole area."""
    districts = study.tables["districts"]
    outline = districts.geometry[districts["district_id"] == district].iloc[0] if district else None
    return layers.focus(district, outline, bounds(study, district), study.config.crs)


def access_groups(
    answer: MapAnswer,
    explanation: Explanation | None = None,
    marks: Sequence[tuple[Symbol, str]] = (),
    target: MacroElement | None = None,
) -> list[Group]:
    """Return the layers of :func:`access_map`: colours, district, places, walk and legend."""
    study, view = answer.study, answer.view
    crs = study.config.crs
    question = Group()
    for layer in answer.painting():
        layer.add_to(question)
    (target or focus(study, view.district)).add_to(question)
    labels = {kind.key: _(kind.label) for kind in answer.kinds}
    places = study.tables["places"]
    rows = study.kept(("places", *labels), lambda: places[places["kind"].isin(list(labels))])
    names = [
        _place_name(name, labels[kind], len(labels) > 1)
        for name, kind in zip(rows["name"], rows["kind"], strict=True)
    ]
    layers.places(rows, names, crs, from_zoom=_FIELD_ZOOM if len(labels) > 1 else 0).add_to(question)
    groups = [question]
    if explanation is not None:
        walk = Group()
        layers.walk(explanation.path, explanation.footprint, explanation.target, crs).add_to(walk)
        # Below the places, so that the symbol at its end stays visible.
        groups.insert(0, walk)
    symbols = {answer.kinds[0].field: answer.places_words} if answer.kinds else {}
    layers.legend(answer.legend_texts(), answer.classes, symbols, marks=marks).add_to(question)
    return groups


def _place_name(name: object, label: str, several: bool) -> str:
    known = isinstance(name, str) and name
    if not known:
        return label
    return f"{name} ({label})" if several else str(name)


def last_click(key: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a map's last click, known before the map is drawn again."""
    clicked = (st.session_state.get(key) or {}).get("last_clicked")
    return (clicked["lat"], clicked["lng"]) if clicked else None


def download(answer: Answer, key: str) -> None:
    """Offer the figures of all districts as CSV."""
    view = answer.view
    name = f"erreichbarkeit_{answer.study.config.key}_{view.kind.key}_{view.person.key}"
    sheets.button(_("Tabelle als CSV"), answer.csv, name, key)
