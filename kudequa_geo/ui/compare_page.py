"""Comparison: districts against each other and the whole; two persons, services or states of the data."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.maps import difference, layers
from kudequa_geo.maps.element import Group
from kudequa_geo.states import day_of
from kudequa_geo.study import Study
from kudequa_geo.ui import charts, compare, compare_states, frame, i18n, sheets, state, view, widgets
from kudequa_geo.ui.access_page import ORDERS
from kudequa_geo.ui.answer import Answer, Unit, class_words, people, ranked
from kudequa_geo.ui.compare import Pair
from kudequa_geo.ui.compare_states import StatePair
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View, length, person_words

NAMES = (
    *view.NAMES,
    "compare",
    "district2",
    "person2",
    "service2",
    *compare_states.NAMES,
    "show",
    "rank",
)
MODES = {
    "districts": msg("Bezirke"),
    "persons": msg("Zwei Personen"),
    "services": msg("Zwei Dienste"),
    "states": msg("Zwei Stände der Daten"),
}
SHOWN = {"maps": msg("zwei Karten"), "difference": msg("Unterschied")}
#: Steps of the curve's walk.
_STEPS = 60


def _chosen(name: str) -> None:
    state.put(name, st.session_state[f"widget.{name}"])


def _radio(name: str, label: str, options: dict[str, str], value: str) -> None:
    st.session_state[f"widget.{name}"] = value
    st.radio(
        label,
        list(options),
        format_func=lambda key: _(options[key]),
        key=f"widget.{name}",
        on_change=_chosen,
        args=(name,),
    )


def _select(name: str, label: str, options: dict[str, str], value: str) -> None:
    st.session_state[f"widget.{name}"] = value
    st.selectbox(
        label,
        list(options),
        format_func=lambda key: options[key],
        key=f"widget.{name}",
        on_change=_chosen,
        args=(name,),
    )


def _mode() -> str:
    return state.get("compare", MODES.__contains__, "districts")


def _other(name: str, options: list[str], first: str) -> str:
    """Return the second of what is compared; by default the next one of the first."""
    after = options[(options.index(first) + 1) % len(options)]
    # An empty choice follows the first one.
    return state.get(name, lambda key: not key or key in options, "") or after


def controls(study: Study, asked: View) -> None:
    """Draw the controls: what is compared, the question, and the second of the pair."""
    mode = _mode()
    _radio("compare", _("Vergleichen"), MODES, mode)
    if mode == "persons":
        keys = list(study.persons)
        words = {key: person_words(study.persons[key]) for key in keys}
        _select("person2", _("Zweite Person"), words, _other("person2", keys, asked.person.key))
    elif mode == "services":
        labels = {kind.key: _(kind.label) for kind in study.kinds}
        second = _other("service2", list(labels), asked.kind.key)
        _select("service2", _("Zweiter Dienst"), labels, second)
    elif mode == "states":
        first, second_options = compare_states.options(study)
        earlier, later = compare_states.chosen(study)
        if first:
            _select("earlier", _("Erster Stand"), first, earlier)
            _select("later", _("Zweiter Stand"), second_options, later)
    elif len(study.tables["districts"]):
        districts = study.tables["districts"]
        names = dict(zip(districts["district_id"], districts["name"], strict=True))
        ordered = {"": _("keiner"), **{key: names[key] for key in sorted(names, key=names.__getitem__)}}
        _select("district2", _("Zweiter Bezirk"), ordered, _second_district(study))
    if mode != "districts":
        _radio("show", _("Darstellung"), SHOWN, state.get("show", SHOWN.__contains__, "maps"))
    view.controls(study, asked)


def _second_district(study: Study) -> str:
    known = set(study.tables["districts"]["district_id"])
    return state.get("district2", lambda key: not key or key in known, "")


@st.fragment
def shown(study: Study, asked: View) -> None:
    """Draw what is compared."""
    with frame.guard():
        mode = _mode()
        if mode == "districts":
            _districts(study, asked)
        elif mode == "persons":
            other = _other("person2", list(study.persons), asked.person.key)
            _pair(compare.two_persons(study, asked, study.persons[other]))
        elif mode == "states":
            # A state that cannot be read ends the drawing; the address tells which one it was.
            state.publish(NAMES)
            pair = compare_states.pair_of(study, asked)
            if pair is not None:
                _pair(pair)
        else:
            kinds = {kind.key: kind for kind in study.kinds}
            other = _other("service2", list(kinds), asked.kind.key)
            _pair(compare.two_services(study, asked, kinds[other]))
        state.publish(NAMES)


def _districts(study: Study, asked: View) -> None:
    answer = Answer(study, asked)
    second = _second_district(study)
    middle, right = st.columns([2, 1], gap="small")
    with middle:
        widgets.access_map(answer, None, "compare.map", more=_outline(study, second))
    with right, st.container(key="answer"), st.container(key="charts"):
        widgets.sentence(_ranking_sentence(answer))
        if not answer.districts:
            widgets.text(
                _(
                    "Diese Gemeinde hat keine Bezirke; verglichen werden können Personen und Dienste. "
                    "Bezirke kommen mit dem Abschnitt [districts] in die Datei der Gemeinde."
                )
            )
        else:
            _bars(answer, second)
        _curves(answer, second)
        if answer.districts:
            _ranking(answer, second)
        widgets.download(answer, "compare.csv")


def _outline(study: Study, district: str) -> list[Group]:
    if not district:
        return []
    districts = study.tables["districts"]
    row = districts[districts["district_id"] == district].iloc[0]
    group = Group()
    layers.areas([row.geometry], [str(row["name"])], study.config.crs).add_to(group)
    return [group]


def _ranking_sentence(answer: Answer) -> str:
    if not answer.any_place or len(answer.districts) < 2:
        return answer.sentence()
    worst, *_between, best = ranked(answer.districts, "share")
    return _(
        "Am seltensten liegt „{service}“ innerhalb von {limit} in {worst} ({share_worst} der Menschen), am "
        "häufigsten in {best} ({share_best}); im ganzen Gebiet sind es {share}."
    ).format(
        service=_(answer.view.kind.label),
        limit=answer.view.limit_words,
        worst=worst.name,
        share_worst=i18n.percent(worst.share),
        best=best.name,
        share_best=i18n.percent(best.share),
        share=i18n.percent(answer.area.share),
    )


def _order() -> str:
    return state.get("rank", ORDERS.__contains__, "share")


def _bars(answer: Answer, second: str) -> None:
    order = _order()
    st.session_state["widget.rank"] = order
    st.selectbox(
        _("Bezirke sortieren nach"),
        list(ORDERS),
        format_func=lambda key: _(ORDERS[key]),
        key="widget.rank",
        on_change=_chosen,
        args=("rank",),
    )
    ids, counts = compare.class_people(answer)
    by_id = dict(zip(ids, counts.tolist(), strict=True))
    whole = charts.Row(
        _("Ganzes Gebiet"), i18n.percent(answer.area.share), counts.sum(axis=0).tolist(), here=False
    )
    units = ranked(answer.districts, order)
    # What was chosen stands first, where it is seen.
    units.sort(key=lambda unit: not _here(unit, answer, second))
    rows = [
        charts.Row(unit.name, i18n.percent(unit.share), by_id[unit.district_id], _here(unit, answer, second))
        for unit in units
    ]
    caption = _("Wie weit die Menschen gehen; Zahl: innerhalb von {limit}").format(
        limit=answer.view.limit_words
    )
    charts.class_bars(caption, class_words(answer.classes), [whole, *rows])


def _here(unit: Unit, answer: Answer, second: str) -> bool:
    return unit.district_id in (answer.view.district or None, second or None)


def _curves(answer: Answer, second: str) -> None:
    if not answer.any_place:
        return
    limit = answer.view.limit
    upper = np.linspace(0, 4 * limit.value, _STEPS + 1)
    chosen = [answer.view.district] if answer.view.district else []
    if second and second not in chosen:
        chosen.append(second)
    names = {unit.district_id: unit.name for unit in answer.districts}
    parts = [(answer.area.name, None), *((names[key], key) for key in chosen if key in names)]
    series = [(name, compare.reached(answer, key, upper.tolist()).tolist()) for name, key in parts]
    ticks = [(factor * limit.value, length(factor * limit.value, limit.unit)) for factor in (0, 1, 2, 3, 4)]
    charts.curves(
        _("Wie viele Menschen nach welchem Weg am Ziel sind"),
        upper.tolist(),
        series,
        limit=limit.value,
        ticks=ticks,
        limit_words=_("Grenze"),
    )
    if not chosen:
        widgets.quiet(_("Ein gewähltes Gebiet und ein zweiter Bezirk erscheinen als eigene Linien."))
    steps = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0]
    walks = [step * limit.value for step in steps]
    shares = [compare.reached(answer, key, walks) for _name, key in parts]
    rows = [
        (length(walk, limit.unit), *(i18n.percent(float(share[at])) for share in shares))
        for at, walk in enumerate(walks)
    ]
    heads = (_("Weg höchstens"), *(name for name, _key in parts))
    widgets.table(_("Anteil der Menschen am Ziel"), heads, rows, numbers=range(1, len(heads)))


def _ranking(answer: Answer, second: str) -> None:
    units = ranked(answer.districts, _order())
    rows = [
        (
            f"{rank}. {unit.name}",
            i18n.percent(unit.share),
            i18n.number(100 * (unit.share - answer.area.share), 0),
            people(unit.beyond),
            i18n.minutes(unit.median_min),
        )
        for rank, unit in enumerate(units, start=1)
    ]
    here = next((row for row, unit in enumerate(units) if _here(unit, answer, second)), None)
    heads = (
        _("Bezirk"),
        _("innerhalb"),
        _("gegen das ganze Gebiet, Prozentpunkte"),
        _("Menschen außerhalb"),
        _("mittlerer Weg"),
    )
    widgets.table(_("Rangfolge der Bezirke"), heads, rows, numbers=(1, 2, 3, 4), here=here)


def _pair(pair: Pair) -> None:
    widgets.sentence(pair.sentence())
    with st.container(key="pair"):
        if state.get("show", SHOWN.__contains__, "maps") == "difference":
            _difference_map(pair)
        else:
            _two_maps(pair)
    with st.container(key="figures"):
        widgets.quiet(pair.remark())
        if isinstance(pair, StatePair):
            compare_states.show_changes(pair)
        left, right = st.columns(2, gap="medium")
        with left:
            _classes_table(pair)
        with right:
            _pair_districts(pair)
        _pair_download(pair)


def _two_maps(pair: Pair) -> None:
    """Draw both maps over the same section, each on the ground of its own data."""
    extent = widgets.bounds(pair.ground)
    sides = zip(
        st.columns(2, gap="small"),
        (pair.first, pair.second),
        pair.names,
        ("compare.first", "compare.second"),
        strict=True,
    )
    for column, answer, name, key in sides:
        with column:
            widgets.heading(f"{name}: {i18n.percent(answer.here.share)}")
            target = widgets.focus(pair.ground, pair.second.view.district)
            groups = widgets.access_groups(answer, target=target)
            widgets.drawn_map(answer.study, groups, key, link="compare", extent=extent)


def _difference_map(pair: Pair) -> None:
    study, asked = pair.ground, pair.second.view
    group = Group()
    layers.colours(pair.codes, difference.FILLS).add_to(group)
    widgets.focus(study, asked.district).add_to(group)
    texts = layers.LegendTexts(
        title=_("„{second}“ gegen „{first}“").format(first=pair.names[0], second=pair.names[1]),
        label=_("Legende"),
        class_head=pair.head,
        people_head=_("Menschen"),
        classes=pair.words(),
        people=[people(pair.people[code]) for code in difference.LEGEND],
        limit="",
    )
    layers.legend(texts, None, {}, codes=difference.LEGEND, fills=difference.FILLS).add_to(group)
    widgets.drawn_map(study, [group], "compare.difference", link="alone")


def _classes_table(pair: Pair) -> None:
    words = class_words(pair.first.classes)
    heads = (_("Weg zum nächsten Angebot"), *pair.names)
    classes = [
        (text, people(one), people(two))
        for text, one, two in zip(words, pair.first.people, pair.second.people, strict=True)
    ]
    widgets.table(_("Menschen je Klasse"), heads, classes, numbers=(1, 2))
    steps = [
        (text, people(pair.people[code])) for text, code in zip(pair.words(), difference.LEGEND, strict=True)
    ]
    names = (pair.head, _("Menschen"))
    widgets.table(_("Menschen je Unterschied"), names, steps, numbers=(1,))


def _both(pair: Pair) -> list[tuple[Unit, Unit]]:
    second = {(unit.level, unit.district_id): unit for unit in pair.second.units}
    # Two states of the data may have different districts.
    both = [
        (unit, second[unit.level, unit.district_id])
        for unit in pair.first.units
        if unit.residents > 0 and (unit.level, unit.district_id) in second
    ]
    return sorted(both, key=lambda units: (units[0].level != "area", -abs(units[1].share - units[0].share)))


def _pair_districts(pair: Pair) -> None:
    both = [units for units in _both(pair) if units[0].level in ("area", "district")]
    rows = [
        (
            one.name,
            i18n.percent(one.share),
            i18n.percent(two.share),
            i18n.number(100 * (two.share - one.share), 0),
        )
        for one, two in both
    ]
    heads = (_("Bezirk"), *pair.names, _("Unterschied, Prozentpunkte"))
    caption = _("Anteil innerhalb von {limit}, größter Unterschied zuerst").format(
        limit=pair.first.view.limit_words
    )
    widgets.table(caption, heads, rows, numbers=(1, 2, 3), here=0, height="30rem")


def _pair_download(pair: Pair) -> None:
    name = f"vergleich_{pair.first.study.config.key}"
    sheets.button(_("Vergleich als CSV"), partial(pair_csv, pair), name, "compare.pair.csv")


def pair_csv(pair: Pair, say: Language) -> bytes:
    """Return the figures of both sides as CSV in the notation of a language."""
    one, two = pair.first.view, pair.second.view
    head = ["level", "district_id", "name", "residents", "share_first", "share_second"]
    head += ["median_min_first", "median_min_second"]
    asked = {
        "kind_first": one.kind.key,
        "kind_second": two.kind.key,
        "person_first": one.person.key,
        "person_second": two.person.key,
        "limit": one.limit.value,
        "limit_unit": one.limit.unit,
        "data_first": day_of(pair.first.study.package),
        "data_second": day_of(pair.second.study.package),
    }
    rows = [
        [a.level, a.district_id, a.name, a.residents, a.share, b.share, a.median_min, b.median_min]
        for a, b in _both(pair)
    ]
    # Sources are told of one state: of the model, where one of them is.
    modelled = pair.first.study if pair.first.study.package.modelled else pair.second.study
    return sheets.csv_bytes(modelled, msg("Vergleich"), (head, rows), asked, say)
