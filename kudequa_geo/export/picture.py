"""One state of the city as a map shows it: every home's walk, class and people, and the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.export.question import Question
from kudequa_geo.gaps.indicators import indicators
from kudequa_geo.language import Language
from kudequa_geo.maps import palette
from kudequa_geo.study import Study

if TYPE_CHECKING:
    from kudequa_geo.scenarios.scenario import Scenario
    from kudequa_geo.scenarios.state import State


@dataclass(frozen=True)
class Figures:
    """Key figures of some people; persons, shares 0 to 1, minutes; NaN = not known."""

    residents: float
    within: float
    share: float
    unreachable: float
    mean_min: float
    median_min: float
    p90_min: float

    @property
    def beyond(self) -> float:
        """Residents beyond the limit, the unreachable included."""
        return self.residents - self.within


@dataclass(frozen=True, eq=False)
class Picture:
    """One state of the city for one question.

    Attributes
    ----------
    scenario
        What has been tried; None = nothing, the city as it is.
    question
        What is asked.
    buildings
        Table ``buildings``; residents, district_id and geometry are read.
    metres
        Walk of each building; NaN = unreachable.
    places
        The places of the kind that count for the person.
    new
        True for places that a scenario opened or moved.
    """

    scenario: Scenario | None
    question: Question
    buildings: gpd.GeoDataFrame
    metres: NDArray[np.float64]
    places: gpd.GeoDataFrame
    new: NDArray[np.bool_]

    @property
    def title(self) -> str:
        """What the state is called; empty = as it is."""
        return self.scenario.name if self.scenario else ""

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Class of each building as :mod:`kudequa_geo.maps.palette` counts them."""
        question = self.question
        walks = palette.in_unit(self.metres, question.limit.unit, question.person)
        return palette.codes(walks, question.classes, any_place=len(self.places) > 0)

    def figures(self, rows: NDArray[np.bool_]) -> Figures:
        """Return the key figures of the people in some buildings."""
        question = self.question
        person, kind = question.person, question.kind.key
        frame = indicators(
            {person.key: self.metres[rows][:, None]},
            self.buildings[["residents"]].iloc[np.flatnonzero(rows)],
            {kind: question.limit},
            {person.key: person},
        )
        row = frame.iloc[0]
        return Figures(
            row["residents"],
            row["residents_within_limit"],
            row["share_within_limit"],
            row["residents_unreachable"],
            row["mean_min"],
            row["median_min"],
            row["p90_min"],
        )

    def counted(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return rows of the city as it is as rows of this state: new housing counts for no subject."""
        return np.append(rows, np.zeros(len(self.buildings) - len(rows), dtype=bool))

    def people(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the residents of some buildings per code, shape (7,)."""
        residents = self.buildings["residents"].to_numpy(float) * rows
        counted = np.bincount(self.codes, weights=residents, minlength=len(palette.SEQUENTIAL) + 2)
        return np.asarray(counted, dtype=np.float64)

    def sentence(self, name: str, rows: NDArray[np.bool_], say: Language) -> str:
        """Return the answer in one sentence."""
        return self.question.answer(name, self.figures(rows), say, any_place=len(self.places) > 0)


def figures_of(
    study: Study, person: Person, limits: Mapping[str, Sourced], *, rows: NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """Return the figures of units for one person and some kinds, each by its own limit.

    Parameters
    ----------
    study
        The municipality.
    person
        Who walks.
    limits
        Kind -> limit.
    rows
        Buildings whose people count, as one unit; None = all, by district, parent and area.

    Returns
    -------
    pandas.DataFrame
        As :func:`kudequa_geo.gaps.indicators.indicators`.
    """
    metres = study.nearest(person.key).metres[:, [study.kind_index[kind] for kind in limits], 0]
    buildings, districts = study.tables["buildings"], study.tables["districts"]
    if rows is not None:
        metres, buildings, districts = metres[rows], buildings.iloc[np.flatnonzero(rows)], None
    return indicators({person.key: metres}, buildings, limits, {person.key: person}, districts=districts)


def picture_of(study: Study, question: Question) -> Picture:
    """Return the city as it is."""
    places, usable = study.tables["places"], study.usable_places(question.person.key)
    of_kind = usable[study.place_kinds[usable] == study.kind_index[question.kind.key]]
    return Picture(
        None,
        question,
        study.tables["buildings"],
        study.metres(question.person.key, question.kind.key),
        places.iloc[of_kind],
        np.zeros(len(of_kind), dtype=bool),
    )


def picture_after(question: Question, state: State) -> Picture:
    """Return the city after a scenario."""
    # Most pictures show the city as it is.
    from kudequa_geo.scenarios.tables import buildings_after, places_after

    base, person = state.base, question.person.key
    usable: Any = state.usable_places(person)
    of_kind = usable[state.place_kinds[usable] == base.kind_index[question.kind.key]]
    known = len(base.places)
    moved = (state.place_points[:known] != base.place_points).any(axis=1)
    new = np.append(moved, np.ones(len(state.place_points) - known, dtype=bool))
    return Picture(
        state.scenario,
        question,
        buildings_after(state),
        state.metres(person, question.kind.key),
        places_after(state).iloc[of_kind],
        new[of_kind],
    )
