"""The home page: how the municipality stands, how sure that is, and where the data come from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kudequa_geo.constants import FIELD_LABELS, SNAP_MAX_M
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, widgets
from kudequa_geo.ui.answer import Answer, Unit, people, unit_figures
from kudequa_geo.ui.explain import limit_of
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View

MAP_KEY = "home.map"
#: Key of the folded part with the limits.
LIMITS_KEY = "home.limits"
#: Services of the key figures: daily needs across the fields, as far as the municipality has them.
KEY_KINDS = ("supermarket", "gp", "pharmacy", "kita", "bus_stop")


def key_view(study: Study) -> View:
    """Return the question of the small map: the first key service on foot for the first person."""
    kinds = {kind.key: kind for kind in study.kinds}
    kind = kinds[next((key for key in KEY_KINDS if key in kinds), next(iter(kinds)))]
    return View(kind, next(iter(study.persons.values())), kind.limit.sourced(), False, "")


def overview(study: Study) -> None:
    """Show the answer, the key figures and the map of the first key service."""
    view = key_view(study)
    answer = Answer(study, view)
    widgets.sentence(answer.sentence())
    found = unit_figures(study, {kind.key: kind.limit.sourced() for kind in study.kinds}, view.person.key)
    areas = {kind: next(u for u in units if u.level == "area") for kind, units in found.items()}
    with st.container(key="overview"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            widgets.access_map(answer, None, MAP_KEY)
        with right:
            _key_figures(study, areas)
            _largest_gaps(study, found)
            widgets.download(answer, "home.csv")
            widgets.quiet(_dates(study))


def _key_figures(study: Study, areas: dict[str, Unit]) -> None:
    widgets.heading(_("Wie viele Menschen wohnen nah genug?"))
    person = next(iter(study.persons.values()))
    rows = []
    for kind in study.kinds:
        if kind.key in KEY_KINDS:
            unit = areas[kind.key]
            rows.append(
                (
                    _(kind.label),
                    limit_of(kind),
                    i18n.percent(unit.share),
                    people(unit.beyond),
                    i18n.minutes(unit.median_min),
                )
            )
    heads = (_("Dienst"), _("Grenze"), _("innerhalb"), _("Menschen außerhalb"), _("mittlerer Weg"))
    caption = _("{area}, {person}: Anteil innerhalb der Planungsgrenze").format(
        area=study.config.name, person=_(person.label)
    )
    widgets.table(caption, heads, rows, numbers=(1, 2, 3, 4))


def _day(source: dict[str, Any]) -> str:
    """Return the state of a source; where only its file has a date, it says so."""
    day = i18n.day(str(source.get("date") or ""))
    return _("Datei vom {date}").format(date=day) if source.get("date_of") == "file" else day


def _dates(study: Study) -> str:
    dates = [_day(source) for source in study.package.sources if source.get("date")]
    return _("Stand der Quellen: {days}").format(days=", ".join(dict.fromkeys(dates)) or i18n.UNKNOWN)


def _largest_gaps(study: Study, found: dict[str, list[Unit]]) -> None:
    labels = {kind.key: kind for kind in study.kinds}
    gaps = [
        (unit.beyond, unit, labels[kind])
        for kind, units in found.items()
        if kind in KEY_KINDS
        for unit in units
        if unit.level == "district" and unit.district_id and unit.beyond > 0
    ]
    if not gaps:
        return
    widgets.heading(_("Wo die größten Lücken sind"))
    gaps.sort(key=lambda gap: -gap[0])
    items = [
        _("{district}: {people} Menschen ({share}) haben „{service}“ nicht innerhalb von {limit}.").format(
            district=unit.name,
            people=people(beyond),
            share=i18n.percent(1 - unit.share),
            service=_(kind.label),
            limit=limit_of(kind),
        )
        for beyond, unit, kind in gaps[:3]
    ]
    widgets.bullets(items)


def data_state(study: Study) -> None:
    """Show what the figures rest on: counts, sources, dates, licences, what was left out."""
    widgets.heading(_("Stand der Daten"))
    buildings, places = study.tables["buildings"], study.tables["places"]
    cut_off = int((buildings["edge_id"] < 0).sum())
    counts = _(
        "{people} Menschen in {buildings} Wohngebäuden, {places} Orte, {edges} Wegabschnitte. "
        "{cut_off} Wohngebäude liegen weiter als {limit} vom nächsten Weg und gelten "
        "als nicht angebunden. Aufbereitet am {day}."
    )
    widgets.quiet(
        counts.format(
            people=people(float(buildings["residents"].sum())),
            buildings=i18n.number(len(buildings)),
            places=i18n.number(len(places)),
            edges=i18n.number(len(study.tables["edges"])),
            cut_off=i18n.number(cut_off),
            limit=i18n.metres(SNAP_MAX_M.value),
            day=i18n.day(study.package.created),
        )
    )
    heads = (_("Quelle"), _("Stand"), _("Lizenz"), _("Urheber"))
    rows = [
        (
            str(source.get("title") or source.get("name") or i18n.UNKNOWN),
            _day(source),
            str(source.get("licence") or i18n.UNKNOWN),
            str(source.get("attribution") or i18n.UNKNOWN),
        )
        for source in study.package.sources
    ]
    widgets.table(_("Quellen"), heads, rows)


def limits(study: Study) -> None:
    """Offer every limit with its source, and every walking speed with its."""
    label = _("Planungsgrenzen und Gehgeschwindigkeiten mit ihren Quellen")
    widgets.folded(label, LIMITS_KEY, lambda: _limits(study))


def _limits(study: Study) -> None:
    rows: list[tuple[str, ...]] = []
    field = None
    for kind in study.kinds:
        if kind.field is not field:
            field = kind.field
            rows.append((_(FIELD_LABELS[field]),))
        rows.append((_(kind.label), limit_of(kind), _(kind.limit.source), str(kind.limit.year)))
    heads = (_("Dienst"), _("Grenze"), _("Quelle"), _("Jahr"))
    widgets.table(_("Planungsgrenzen"), heads, rows, numbers=(1, 3))
    speeds = [
        (
            _(person.label),
            f"{i18n.short(person.speed_kmh.value)} km/h",
            _(person.speed_kmh.source),
            str(person.speed_kmh.year),
        )
        for person in study.persons.values()
    ]
    widgets.table(
        _("Gehgeschwindigkeiten"), (_("Person"), _("Tempo"), _("Quelle"), _("Jahr")), speeds, numbers=(1, 3)
    )


def real_data(study: Study) -> None:
    """Tell, over model data, how to load real ones."""
    if not study.package.modelled:
        return
    widgets.heading(_("Echte Daten laden"))
    widgets.quiet(
        _(
            "Diese Gemeinde enthält Modelldaten: Sie zeigen, wie das Werkzeug arbeitet, und taugen für keine "
            "Entscheidung. Auf einem Rechner mit Internet lädt der erste Befehl die echten Daten, der zweite "
            "bereitet sie auf; danach die Anwendung neu starten."
        )
    )
    key = study.config.key
    widgets.commands(
        f"python -m kudequa_geo {command} --municipality {key}" for command in ("fetch", "prepare")
    )


def about() -> None:
    """Tell what the tool is for and what it cannot tell."""
    widgets.heading(_("Was dieses Werkzeug zeigt"))
    widgets.bullets(
        [
            _(
                "Wie weit jede Bewohnerin und jeder Bewohner zu Fuß zu den Diensten des Alltags geht, "
                "auf echten Wegen und im Tempo der Person."
            ),
            _(
                "Die Zahlen beruhen auf OpenStreetMap: Fehlt dort ein Angebot, "
                "ist das noch kein Beweis für eine Lücke vor Ort."
            ),
            _(
                "Menschen sind rechnerisch auf Wohngebäude verteilt; "
                "Werte einzelner Häuser sind keine Einwohnerzahlen."
            ),
        ]
    )
