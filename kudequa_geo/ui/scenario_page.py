"""What if: places that open and close, and who gains and who loses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st
from folium import FeatureGroup

from kudequa_geo.errors import msg
from kudequa_geo.maps import layers, palette
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.change import AddPlace, Change, ClosePlace, Spot
from kudequa_geo.scenarios.effect import Turn, differences, effects
from kudequa_geo.scenarios.potential import potential
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, to_json
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.tables import places_after
from kudequa_geo.scenarios.telling import sentences
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.study import Study
from kudequa_geo.ui import frame, i18n, site_list, state, view, what_if, widgets
from kudequa_geo.ui.answer import Answer, legend_title, people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.view import View, length

MAP_KEY = "scenario.map"
NAMES = view.NAMES
#: Borders of the classes of the difference in minutes; the middle class is "unchanged".
BREAKS_MIN = (2.0, 5.0)
#: Colours by code; the hatched code keeps its number.
FILLS = (*palette.DIFFERENCE[:5], palette.HATCH_GROUND, *palette.DIFFERENCE[5:])
_UNCHANGED = 3
#: Codes from much shorter to much longer, then who has no way at all.
ORDER = (0, 1, 2, 3, 4, 6, 7, 5)
_CLICKED = ""
_USED = "scenario.used"
_FIGURES = ("better", "worse", "within_gained", "within_lost", "minutes_saved", "minutes_lost")


def codes_of(difference: pd.DataFrame) -> np.ndarray:
    """Return one code per building, a position in :data:`FILLS`, from ``effect.differences``."""
    near, far = BREAKS_MIN
    minutes = difference["difference_min"].to_numpy(np.float64)
    turn = difference["turn"].to_numpy(str)
    by_size = np.digitize(np.nan_to_num(np.abs(minutes)), [near, far], right=True)
    conditions = [turn == Turn.NEVER, turn == Turn.REACHED, turn == Turn.LOST]
    conditions += [(turn == Turn.SHORTER) & (by_size == size) for size in (0, 1, 2)]
    conditions += [(turn == Turn.LONGER) & (by_size == size) for size in (0, 1, 2)]
    return np.select(conditions, [5, 0, 7, 2, 1, 0, 4, 6, 7], _UNCHANGED).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The city before and after the reader's scenario, for one service and one person."""

    study: Study
    view: View

    @cached_property
    def before(self) -> State:
        """The city as it is."""
        return what_if.today(self.study)

    @cached_property
    def after(self) -> State:
        """The city after the scenario."""
        return apply(self.before.base, what_if.history(self.study).present)

    @property
    def changed(self) -> bool:
        """Whether there is any change."""
        return bool(self.after.scenario.changes)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Who gains and who loses, by unit."""
        asked = self.view
        return effects(self.before, self.after, persons=[asked.person.key], kinds=[asked.kind.key])

    @property
    def whole(self) -> pd.Series:
        """Who gains and who loses in the whole area."""
        return self.effects[self.effects["level"] == "area"].iloc[0]

    @cached_property
    def codes(self) -> np.ndarray:
        """Code of each building on the map of differences."""
        return codes_of(differences(self.before, self.after, self.view.person.key, self.view.kind.key))

    def sentence(self) -> str:
        """Return who gains and who loses, to be read aloud."""
        if not self.changed:
            text = _(
                "In {area} ist noch nichts geändert. Hier lässt sich ausprobieren, für wie viele Menschen "
                "ein neuer oder geschlossener Ort den Weg verändert."
            )
            return text.format(area=self.study.config.name)
        kind, name = self.view.kind, self.after.scenario.name
        said = sentences(self.whole, kind.label, kind.limit.sourced(), name)
        return " ".join(sentence.fill(_, people) for sentence in said)

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the three figures: label, value, comparison."""
        whole = self.whole
        limit = self.view.limit_words
        return [
            (
                _("haben es näher"),
                people(whole["better"]),
                _("weiter: {people}").format(people=people(whole["worse"])),
            ),
            (
                _("neu innerhalb von {limit}").format(limit=limit),
                people(whole["within_gained"]),
                _("nicht mehr: {people}").format(people=people(whole["within_lost"])),
            ),
            (
                _("gesparte Minuten je Gang"),
                _net(whole),
                _("alle zusammen"),
            ),
        ]

    def districts(self) -> pd.DataFrame:
        """Return the districts in which anything changes, most people first."""
        found = self.effects[self.effects["level"] == "district"]
        found = found[(found["better"] > 0) | (found["worse"] > 0)]
        return found.sort_values(["better", "worse"], ascending=False, kind="stable")

    def csv(self) -> bytes:
        """Return the effects by unit as CSV."""
        asked = self.view
        head = ["level", "district_id", "name", "residents", *_FIGURES]
        question = [asked.kind.key, asked.person.key, asked.limit.value, asked.limit.unit]
        question += [self.after.scenario.name, self.study.package.modelled]
        frame = self.effects.astype(object).where(self.effects.notna(), None)
        rows = [[*row, *question] for row in frame[head].itertuples(index=False, name=None)]
        names = [*head, "kind", "person", "limit", "limit_unit", "scenario", "modelled"]
        return csv_bytes(names, rows)


def _net(row: pd.Series) -> str:
    """Return the minutes that all save together, below zero where they lose; rounded as people are."""
    net = float(row["minutes_saved"] - row["minutes_lost"])
    return ("\u2212" if round(net) < 0 else "") + people(abs(net) if round(net) else 0.0)


def asked_of(study: Study) -> View:
    """Return the reader's question; people are counted at the planning limit of the service."""
    asked = view.read(study)
    return replace(asked, limit=asked.kind.limit.sourced(), own_limit=False)


@st.fragment
def map_and_answer(study: Study, asked: View) -> None:
    """Draw the map and, beside it, the effect of the scenario and what can be changed."""
    with frame.guard():
        _upload_first(study)
        shown = WhatIf(study, asked)
        middle, right = st.columns([2, 1], gap="small")
        with middle:
            _map(shown)
        with right, st.container(key="answer"):
            widgets.sentence(shown.sentence())
            refused = what_if.error()
            if refused is not None:
                st.error("\n\n".join(refused.lines(_)))
            if shown.changed:
                widgets.figures(shown.figures())
            _add(shown)
            _close(shown)
            _steps(shown)
            _districts(shown)
            _potential(shown)
            _files(shown)
        state.publish(NAMES)


def _upload_first(study: Study) -> None:
    """Take over a file that has just been chosen, before anything is computed."""
    given = st.session_state.get("scenario.upload")
    if given is not None:
        what_if.load(study, given.file_id, given.getvalue())


def _map(shown: WhatIf) -> None:
    study, asked = shown.study, shown.view
    group = FeatureGroup()
    names = _site_names(study)
    sites = study.tables["sites"]
    chosen = st.session_state.get("widget.spot") or ""
    layers.sites(sites, [names[key] for key in sites["site_id"]], study.config.crs, chosen=chosen).add_to(
        group
    )
    present = [kind for kind in SiteKind if (sites["kind"] == kind).any()]
    marks = [(palette.SITE_SYMBOLS[kind], _(SITE_LABELS[kind])) for kind in present]
    if not shown.changed:
        widgets.access_map(Answer(study, asked), None, MAP_KEY, more=[group], marks=marks)
        return
    question = FeatureGroup()
    layers.colours(shown.codes, FILLS).add_to(question)
    widgets.focus(study, asked.district).add_to(question)
    column = shown.before.base.kind_index[asked.kind.key]
    rows = np.flatnonzero(shown.after.place_kinds == column)
    labels = [shown.after.place_name(row) for row in rows.tolist()]
    layers.places(places_after(shown.after).iloc[rows], labels, study.config.crs).add_to(question)
    counted = np.bincount(
        shown.codes, weights=shown.before.base.people["residents"].to_numpy(float), minlength=len(FILLS)
    )
    texts = layers.LegendTexts(
        title=legend_title(asked),
        label=_("Legende"),
        class_head=_("Weg gegenüber heute"),
        people_head=_("Menschen"),
        classes=_class_words(),
        people=[people(counted[code]) for code in ORDER],
        limit="",
    )
    symbols = {asked.kind.field: _(asked.kind.label)}
    layers.legend(texts, None, symbols, marks=marks, codes=ORDER, fills=FILLS).add_to(question)
    widgets.drawn_map(study, [question, group], MAP_KEY)


def _class_words() -> list[str]:
    near, far = (length(value, "min") for value in BREAKS_MIN)
    low = i18n.short(BREAKS_MIN[0])
    return [
        _("über {far} kürzer oder neu").format(far=far),
        _("{low} bis {far} kürzer").format(low=low, far=far),
        _("bis {near} kürzer").format(near=near),
        _("unverändert"),
        _("bis {near} länger").format(near=near),
        _("{low} bis {far} länger").format(low=low, far=far),
        _("über {far} länger oder fort").format(far=far),
        _("nicht angebunden"),
    ]


def _site_names(study: Study) -> dict[str, str]:
    sites = site_list.all_sites(study)
    rows = {str(key): row for row, key in enumerate(sites.frame["site_id"])}
    names = {str(key): sites.name(rows[str(key)]) for key in study.tables["sites"]["site_id"]}
    often = Counter(names.values())
    # A choice needs one name for each.
    return {key: name if often[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def _add(shown: WhatIf) -> None:
    study, asked = shown.study, shown.view
    names = _site_names(study)
    click = widgets.last_click(MAP_KEY)
    if click == st.session_state.get(_USED):
        click = None
    widgets.heading(_("Ort hinzufügen: {service}").format(service=_(asked.kind.label)))
    # Set in every run, so that the browser shows the choice in the language of the run.
    before = st.session_state.get("widget.spot")
    st.session_state["widget.spot"] = before if before in names else _CLICKED
    chosen = st.selectbox(
        _("Wo"),
        [_CLICKED, *sorted(names, key=names.__getitem__)],
        format_func=lambda key: names.get(key, _("an der angeklickten Stelle der Karte")),
        key="widget.spot",
    )
    if not chosen and click is None:
        widgets.quiet(_("Bitte zuerst eine Stelle in der Karte anklicken oder eine Fläche wählen."))
    spot = Spot(site=chosen) if chosen else what_if.clicked_spot(study, *click) if click else None
    st.button(
        _("Hinzufügen"),
        on_click=_added,
        args=(study, asked.kind.key, spot, names.get(chosen, "")),
        disabled=spot is None,
        key="scenario.add",
    )


def _added(study: Study, kind: str, spot: Spot, name: str) -> None:
    """Add a place; the spot is used up then, so that a second press does not add it again."""
    st.session_state[_USED] = widgets.last_click(MAP_KEY)
    st.session_state["widget.spot"] = _CLICKED
    what_if.add_place(study, kind, spot, name)


def _close(shown: WhatIf) -> None:
    after = shown.after
    rows = np.flatnonzero(after.place_kinds == after.base.kind_index[shown.view.kind.key]).tolist()
    if not rows:
        return
    known = after.base.places["place_id"].tolist()
    keys = [*known, *(place.place_id for place in after.added)]
    names = {keys[row]: after.place_name(row) for row in rows}
    widgets.heading(_("Ort schließen"))
    before = st.session_state.get("widget.closing")
    st.session_state["widget.closing"] = before if before in names else None
    chosen = st.selectbox(
        _("Welcher"),
        sorted(names, key=names.__getitem__),
        format_func=lambda key: f"{names[key]} ({key})" if key in names else key,
        key="widget.closing",
        index=None,
        placeholder=_("Ort wählen"),
    )
    st.button(
        _("Schließen"),
        on_click=what_if.close_place,
        args=(shown.study, chosen),
        disabled=chosen not in names,
        key="scenario.close",
    )


def _steps(shown: WhatIf) -> None:
    steps = what_if.history(shown.study)
    if shown.changed:
        widgets.heading(_("Änderungen"))
        widgets.bullets(_told(shown, change) for change in steps.present.changes)
    with st.container(horizontal=True):
        buttons = (
            (_("Rückgängig"), what_if.undo, not steps.past, "scenario.undo"),
            (_("Wiederholen"), what_if.redo, not steps.future, "scenario.redo"),
            (_("Alles zurücksetzen"), what_if.clear, not shown.changed, "scenario.clear"),
        )
        for label, act, idle, key in buttons:
            st.button(label, on_click=act, args=(shown.study,), disabled=idle, key=key)


OTHER_CHANGES = {
    "move_place": msg("Ort verlegt"),
    "resize_place": msg("Größe eines Ortes geändert"),
    "open_path": msg("Weg geöffnet"),
    "close_path": msg("Weg geschlossen"),
    "close_gate": msg("Durchgang geschlossen"),
    "open_gate": msg("Durchgang geöffnet"),
    "free_path": msg("Weg ohne Hindernis"),
    "add_housing": msg("Neue Wohnungen"),
}


def _told(shown: WhatIf, change: Change) -> str:
    labels = {kind.key: _(kind.label) for kind in shown.study.kinds}
    if isinstance(change, AddPlace):
        name = change.name or change.place_id
        return _("Neu: {service}, {name}").format(service=labels[change.kind], name=name)
    if isinstance(change, ClosePlace):
        row = shown.before.base.place_rows.get(change.place_id)
        name = change.place_id if row is None else shown.before.place_name(row)
        return _("Geschlossen: {name}").format(name=name)
    return _(OTHER_CHANGES[change.type])


def _districts(shown: WhatIf) -> None:
    found = shown.districts() if shown.changed else pd.DataFrame()
    if len(found):
        rows = [
            (
                row["name"] if isinstance(row["name"], str) else _("außerhalb der Bezirke"),
                people(row["better"]),
                people(row["worse"]),
                _net(row),
            )
            for _position, row in found.iterrows()
        ]
        heads = (_("Bezirk"), _("näher"), _("weiter"), _("gesparte Minuten"))
        widgets.table(_("Wer gewinnt, wer verliert"), heads, rows, numbers=(1, 2, 3), height="16rem")
    if shown.changed:
        st.download_button(
            _("Wirkung als CSV"),
            shown.csv(),
            f"szenario_{shown.study.config.key}_{shown.view.kind.key}_{shown.view.person.key}.csv",
            "text/csv",
            on_click="ignore",
            key="scenario.csv",
        )


def _potential(shown: WhatIf) -> None:
    if shown.study.tables["sites"].empty:
        return
    names = _site_names(shown.study)
    with st.expander(_("Was jede Fläche brächte")):
        found = potential(shown.after, shown.view.person.key, kinds=[shown.view.kind.key])
        rows = [
            (
                f"{names[row['site_id']]}\n{_(SITE_LABELS[SiteKind(row['site_kind'])])}",
                people(row["people_within"]),
                people(row["minutes_saved"]),
            )
            for _position, row in found.iterrows()
        ]
        heads = (_("Fläche"), _("kämen in die Grenze"), _("gesparte Minuten"))
        widgets.table(_("Was jede Fläche brächte"), heads, rows, numbers=(1, 2))


def _renamed(study: Study) -> None:
    what_if.rename(study, st.session_state["widget.scenario_name"])


def _files(shown: WhatIf) -> None:
    present = shown.after.scenario
    with st.expander(_("Speichern und öffnen")):
        st.session_state["widget.scenario_name"] = present.name
        st.text_input(
            _("Name des Szenarios"),
            max_chars=120,
            key="widget.scenario_name",
            on_change=_renamed,
            args=(shown.study,),
        )
        st.download_button(
            _("Szenario speichern"),
            to_json(present).encode(),
            f"{shown.study.config.key}.szenario.json",
            "application/json",
            on_click="ignore",
            key="scenario.save",
        )
        st.file_uploader(_("Szenario öffnen (JSON)"), type=["json"], max_upload_size=1, key="scenario.upload")
        most = i18n.number(LARGEST_FILE_BYTES / 1e6)
        widgets.quiet(_("Höchstens {most} MB; ersetzt das jetzige Szenario.").format(most=most))
