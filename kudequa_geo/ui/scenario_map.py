"""The map of a scenario: differences or walks, sites, and what the scenario draws."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st
from branca.element import MacroElement

from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.maps import difference, layers, palette
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.projection import box_to_degrees
from kudequa_geo.maps.sketch import Line, Mark, sketch
from kudequa_geo.scenarios.change import AddHousing, AddPlace, ClosePath, MovePlace, OpenPath, PathChange
from kudequa_geo.scenarios.paths import Draft
from kudequa_geo.scenarios.state import State
from kudequa_geo.schema import SITE_LABELS
from kudequa_geo.ui import state, widgets
from kudequa_geo.ui.answer import class_words, legend_title, people
from kudequa_geo.ui.difference import words
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf

MAP_KEY = "scenario.map"
_FOCUS = "scenario.focus"
#: Ground shown around a site, in metres.
_AROUND_M = 900.0
#: Codes in the order of the legend; there is no building without data.
_LEGEND = (*difference.ORDER, int(palette.Code.NOT_CONNECTED))
#: What the map of a changed city can show.
PICTURES = {
    "difference": msg("Unterschied"),
    "before": msg("vorher"),
    "after": msg("danach"),
}


def picture() -> str:
    """Return what the map of a changed city is to show."""
    return state.quietly("picture", PICTURES.__contains__, "difference")


def _picture_chosen() -> None:
    state.put("picture", st.session_state["widget.picture"])


def picture_control(shown: WhatIf) -> None:
    """Ask whether the map shows the difference, or the walks before or after the change."""
    if not shown.changed:
        return
    st.session_state["widget.picture"] = picture()
    st.radio(
        _("Die Karte zeigt"),
        list(PICTURES),
        format_func=lambda key: _(PICTURES[key]),
        horizontal=True,
        key="widget.picture",
        on_change=_picture_chosen,
    )


def draw(
    shown: WhatIf,
    *,
    sites: bool = False,
    difference: bool = True,
    numbers: bool = True,
    chosen: str = "",
    marks: Sequence[Mark] = (),
) -> None:
    """Draw the map.

    Parameters
    ----------
    shown
        The city before and after.
    sites
        Whether sites are drawn.
    difference
        Whether the reader chooses what the colours tell (:func:`picture`); else they tell the walks after
        the scenario.
    numbers
        Whether the changes are numbered on the map.
    chosen
        Identifier of the site to point out.
    marks
        Points of the question that is being asked.
    """
    question = Group()
    symbols: list[tuple[palette.Symbol, str]] = []
    if sites:
        symbols = [(palette.SITE_SYMBOLS[kind], _(SITE_LABELS[kind])) for kind in shown.spots.present]
    at = shown.before if difference and shown.changed and picture() == "before" else shown.after
    if difference and shown.changed and picture() == "difference":
        _differences(shown, question, symbols)
    else:
        _walks(shown, question, symbols, at=at, whole=not difference)
    _places(at, shown, question)
    groups = [question]
    if sites and shown.spots.keys:
        above = Group()
        crs = shown.study.config.crs
        frame = shown.spots.sites.frame
        names = [shown.spots.names[key] for key in shown.spots.keys]
        layers.sites(frame, names, crs, chosen=chosen).add_to(above)
        groups.append(above)
    lines, points = drawn_changes(shown)
    if lines or points or marks:
        top = Group()
        sketch(lines, [*marks, *(points if numbers else [])], shown.study.config.crs).add_to(top)
        groups.append(top)
    widgets.drawn_map(shown.study, groups, MAP_KEY)


def look_at(site: str) -> None:
    """Let the map move to a site once; it stays there when the site is no longer asked about."""
    st.session_state[_FOCUS] = site


def looked_at() -> str | None:
    """Return the site the map has moved to last; None = to none in this session."""
    found: str | None = st.session_state.get(_FOCUS)
    return found


def _target(shown: WhatIf, *, whole: bool = False) -> MacroElement:
    site, district = looked_at(), shown.view.district
    if whole or site is None or site not in shown.spots.rows:
        return widgets.focus(shown.study, district)
    shape = shown.spots.sites.frame.geometry.iloc[shown.spots.rows[site]]
    districts = shown.study.tables["districts"]
    outline = districts.geometry[districts["district_id"] == district]
    around = box_to_degrees(shape.buffer(_AROUND_M).bounds, shown.study.config.crs)
    known = outline.iloc[0] if len(outline) else None
    return layers.focus(f"{district} {site}", known, around, shown.study.config.crs)


def _differences(shown: WhatIf, group: Group, marks: Sequence[tuple[palette.Symbol, str]]) -> None:
    layers.colours(shown.codes, difference.FILLS).add_to(group)
    _target(shown).add_to(group)
    head = _("Weg gegenüber heute")
    if shown.before.scenario.changes:
        head = _("Weg gegenüber „{scenario}“").format(scenario=shown.before.scenario.name)
    counted = _counted(shown, shown.codes, len(difference.FILLS))
    texts = layers.LegendTexts(
        title=legend_title(shown.view),
        label=_("Legende"),
        class_head=head,
        people_head=_("Menschen"),
        classes=_class_words(),
        people=[people(counted[code]) for code in _LEGEND],
        limit="",
    )
    symbols = {shown.view.kind.field: _(shown.view.kind.label)}
    layers.legend(texts, None, symbols, marks=marks, codes=_LEGEND, fills=difference.FILLS).add_to(group)


def _walks(
    shown: WhatIf, group: Group, marks: Sequence[tuple[palette.Symbol, str]], *, at: State, whole: bool
) -> None:
    asked = shown.view
    classes = palette.classes_for(asked.limit)
    walks = palette.in_unit(shown.walks(at), asked.limit.unit, asked.person)
    any_place = bool((at.place_kinds == at.base.kind_index[asked.kind.key]).any())
    codes = palette.codes(walks, classes, any_place=any_place)
    layers.colours(codes).add_to(group)
    _target(shown, whole=whole).add_to(group)
    texts = layers.LegendTexts(
        title=legend_title(asked),
        label=_("Legende"),
        class_head=_walk_words(shown, at),
        people_head=_("Menschen"),
        classes=class_words(classes),
        people=[people(count) for count in _counted(shown, codes, len(layers.CODE_COLOURS))],
        limit=_("Grenze: {limit}").format(limit=asked.limit_words),
    )
    layers.legend(texts, classes, {asked.kind.field: _(asked.kind.label)}, marks=marks).add_to(group)


def _walk_words(shown: WhatIf, at: State) -> str:
    """Return what the walks of a state are called in the legend."""
    if not shown.changed:
        return _("Weg zum nächsten Angebot")
    if not at.scenario.changes:
        return _("Weg zum nächsten Angebot, heute")
    return _("Weg zum nächsten Angebot, „{scenario}“").format(scenario=at.scenario.name)


def _counted(shown: WhatIf, codes: np.ndarray, count: int) -> np.ndarray:
    residents = shown.before.base.people["residents"].to_numpy(np.float64)
    return np.bincount(codes, weights=residents, minlength=count)


def _places(at: State, shown: WhatIf, group: Group) -> None:
    kind = shown.view.kind
    rows = np.flatnonzero(at.place_kinds == at.base.kind_index[kind.key])
    frame = gpd.GeoDataFrame(
        {"field": [kind.field.value] * len(rows)}, geometry=shapely.points(at.place_points[rows])
    )
    names = [at.place_name(row) for row in rows.tolist()]
    layers.places(frame, names, shown.study.config.crs).add_to(group)


def _class_words() -> list[str]:
    ends = {
        "shortest": _("mehr als {lower} kürzer oder neu"),
        "longest": _("mehr als {lower} länger oder fort"),
    }
    return [*words("min", **ends), _("nicht angebunden")]


def drawn_changes(shown: WhatIf) -> tuple[list[Line], list[Mark]]:
    """Return the paths of the scenario, and its changes by their number where they are on the map."""
    lines: list[Line] = []
    marks: list[Mark] = []
    base = shown.after.base
    for number, change in enumerate(shown.after.scenario.changes, start=1):
        if isinstance(change, AddPlace | AddHousing):
            x, y = base.point_of(change.at).tolist()
        elif isinstance(change, MovePlace):
            x, y = base.point_of(change.to).tolist()
        elif isinstance(change, PathChange):
            line, (x, y) = _path(shown, change)
            lines += line
        else:
            row = base.place_rows.get(change.place_id)
            if row is None:
                continue
            x, y = base.place_points[row].tolist()
        marks.append(Mark((x, y), str(number)))
    return lines, marks


def _path(shown: WhatIf, change: PathChange) -> tuple[list[Line], tuple[float, float]]:
    if isinstance(change, OpenPath):
        points = np.array(change.points)
        x, y = shapely.LineString(points).interpolate(0.5, normalized=True).coords[0]
        return [Line(points)], (x, y)
    if isinstance(change, ClosePath):
        return [Line(closed_line(shown, change.at), dashed=True)], change.at
    return [], change.at


def closed_line(shown: WhatIf, at: tuple[float, float]) -> np.ndarray:
    """Return the line of the prepared path that a point means, shape (points, 2); none = the point itself."""
    draft = Draft(shown.after.base)
    try:
        return draft.edge(draft.find(at)[0]).line
    except AnalysisError:
        # A path that the scenario itself has opened.
        return np.array([at, at])
