"""Two states of a municipality's data against each other: which there are, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from kudequa_geo.progress import Progress
from kudequa_geo.states import day_of, match_buildings
from kudequa_geo.study import Study
from kudequa_geo.ui import cached, i18n, state, widgets, work
from kudequa_geo.ui.answer import Answer, people
from kudequa_geo.ui.compare import Pair
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View
from kudequa_geo.ui.work import Work

#: Names in the address: the two states; the later one empty = the present state.
NAMES = ("earlier", "later")
#: Where the session keeps what is being read.
_WORK = "compare.reading"


@dataclass(frozen=True, eq=False)
class StatePair(Pair):
    """One question to two states of the data; what differs is told of the buildings of the second.

    Attributes
    ----------
    rows
        Row of each of its buildings in the first state, -1 = not there.
    lost_district
        Name of the chosen district where only one of the states has it; the whole area is shown then.
    """

    rows: NDArray[np.int64]
    lost_district: str = ""

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which buildings of the second state are in the first, too."""
        return self.rows >= 0

    def walks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both walks per building of the second state; NaN = none, or not in the first."""
        first, second = super().walks()
        padded = np.append(first, np.nan)
        return padded[self.rows], second

    @property
    def unknown(self) -> str:
        """Why a building can have no difference, in words."""
        return _("nur in einem der Stände")

    @property
    def head(self) -> str:
        """Words above the classes."""
        return _("Im zweiten Stand ist der Weg")

    def sentence(self) -> str:
        """Return the answer in one sentence of plain text; a state without any place is named."""
        for answer, name in zip((self.first, self.second), self.names, strict=True):
            if not answer.any_place:
                text = _("Für „{service}“ enthält „{state}“ keinen einzigen Ort.")
                return text.format(service=_(answer.view.kind.label), state=name)
        return super().sentence()

    def remark(self) -> str:
        """Return what both are measured by, in one sentence."""
        return _(
            "Beide Stände werden mit den heutigen Regeln ausgewertet: gleiche Person, gleiche Grenze, "
            "gleiche Klassen."
        )


def two_states(earlier: Study, later: Study, asked: View, names: tuple[str, str]) -> StatePair:
    """Put one question to two states of the data.

    Parameters
    ----------
    earlier, later
        The states.
    asked
        The question.
    names
        What they are called, in the reader's language.
    """
    lost = ""
    studies = (earlier, later)
    for study in studies:
        districts = study.tables["districts"]
        chosen = districts["district_id"] == asked.district
        if asked.district and not chosen.any():
            other = next(each for each in studies if each is not study).tables["districts"]
            named = other.loc[other["district_id"] == asked.district, "name"]
            lost = str(named.iloc[0]) if len(named) else asked.district
    asked = replace(asked, district="") if lost else asked
    rows = match_buildings(later.tables["buildings"], earlier.tables["buildings"])
    return StatePair(Answer(earlier, asked), Answer(later, asked), names, rows, lost)


def words(package_day: str, name: str) -> str:
    """Return what a state is called: its name and the day of its data."""
    day = i18n.day(package_day)
    if not name:
        return _("heutiger Stand ({day})").format(day=day)
    if not package_day:
        return _("Stand {name} (nicht lesbar)").format(name=name)
    return _("Stand {name} ({day})").format(name=name, day=day)


def kept() -> dict[str, str]:
    """Return the states that are kept: name -> words, the latest first."""
    return {each.name: words(each.day, each.name) for each in cached.kept_states()}


def options(study: Study) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the first and the second state can be: name -> words; the empty name is the present one."""
    known = kept()
    return known, {"": words(day_of(study.package), ""), **known}


def chosen(study: Study) -> tuple[str, str]:
    """Return the names of the two states to compare; the second one empty = the present."""
    first, second = options(study)
    newest = next(iter(first), "")
    earlier = state.get("earlier", lambda name: not name or name in first, "") or newest
    later = state.get("later", lambda name: name in second, "")
    return earlier, later


def pair_of(study: Study, asked: View) -> StatePair | None:
    """Return the chosen comparison; None = no state has been kept, or the reader waits for one.

    Raises
    ------
    StoreError
        A state cannot be read, or belongs to another municipality.
    """
    first, second = options(study)
    earlier, later = chosen(study)
    if not first:
        _none_kept()
        return None
    if not _read(tuple(name for name in (earlier, later) if name)):
        return None
    one = cached.state_study(earlier)
    two = cached.state_study(later) if later else study
    return two_states(one, two, asked, (first[earlier], second[later]))


def _read(names: tuple[str, ...]) -> bool:
    """Have states read beside the page; False as long as they are not there."""

    def make(report: Progress) -> bool:
        for number, name in enumerate(names):
            report("", (number + 0.3) / len(names))
            cached.state_study(name)
        return True

    session = st.session_state
    kept_names, begun = session.get(_WORK, ((), None))
    if kept_names != names:
        if begun is not None:
            begun.cancel()
        begun = Work(make)
        begun.wait()
        session[_WORK] = (names, begun)
    if begun.running:
        work.progress("compare.states", begun, _("Der Stand wird gelesen …"))
        return False
    if begun.cancelled:
        work.outcome(begun)
        st.button(_("Noch einmal lesen"), on_click=_read_again, key="compare.again")
        return False
    # What was read stays with all readers; an error is raised where it is told.
    _read_again()
    return True


def _read_again() -> None:
    st.session_state.pop(_WORK, None)


def _none_kept() -> None:
    """Say that there is nothing to compare with, and how that comes."""
    widgets.text(
        _(
            "Bisher ist kein früherer Stand der Daten aufgehoben. Mit „prepare --keep-as NAME“ bleibt der "
            "bisherige Stand unter diesem Namen erhalten, wenn neue Daten aufbereitet werden."
        )
    )


def changes(pair: StatePair) -> list[tuple[str, str, str, str]]:
    """Return what has changed in the data: what, in the first, in the second, difference."""
    frames = [each.study.tables for each in (pair.first, pair.second)]
    kind = pair.first.view.kind
    counts = {
        _("Wohngebäude"): [len(tables["buildings"]) for tables in frames],
        _("Orte: {service}").format(service=_(kind.label)): [
            int((tables["places"]["kind"] == kind.key).sum()) for tables in frames
        ],
    }
    rows = [
        (label, i18n.number(one), i18n.number(two), _signed(i18n.number(abs(two - one)), two - one))
        for label, (one, two) in counts.items()
    ]
    residents = [float(tables["buildings"]["residents"].sum()) for tables in frames]
    more = residents[1] - residents[0]
    told = [people(value) for value in residents]
    rows.insert(0, (_("Menschen"), *told, _signed(people(abs(more)), round(more))))  # type: ignore[arg-type]
    return rows


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


def show_changes(pair: StatePair) -> None:
    """Show what has changed in the data, and how many buildings could be compared."""
    first, second = (each.study.tables["buildings"] for each in (pair.first, pair.second))
    matched = int(pair.known.sum())
    lonely = float(second["residents"].to_numpy(float)[~pair.known].sum())
    widgets.quiet(
        _(
            "Verglichen sind {matched} Wohngebäude, die es in beiden Ständen gibt. Nur im ersten Stand "
            "stehen {gone}, nur im zweiten {new}; in diesen wohnen {people} Menschen. Ein neu gezeichnetes "
            "Haus zählt als neues."
        ).format(
            matched=i18n.number(matched),
            gone=i18n.number(len(first) - matched),
            new=i18n.number(len(second) - matched),
            people=people(lonely),
        )
    )
    if pair.lost_district:
        widgets.quiet(
            _(
                "Den Bezirk „{district}“ gibt es nur in einem der Stände; gezeigt wird das ganze Gebiet."
            ).format(district=pair.lost_district)
        )
    modelled = [each.study.package.modelled for each in (pair.first, pair.second)]
    if modelled[0] != modelled[1]:
        widgets.quiet(
            _("Einer der Stände ist ein Modell, der andere nicht: der Unterschied ist keine Entwicklung.")
        )
    heads = (_("Was sich in den Daten geändert hat"), *pair.names, _("Unterschied"))
    widgets.table(heads[0], heads, changes(pair), numbers=(1, 2, 3))
