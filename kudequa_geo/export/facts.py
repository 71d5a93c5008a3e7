"""Figures that profiles and the guide tell: people, what is in reach, what is missing, rank, gaps, sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import Field, Person, Sourced
from kudequa_geo.errors import msg
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.picture import figures_of
from kudequa_geo.export.question import Question
from kudequa_geo.gaps.areas import MISSING_SHARE, GapAreas
from kudequa_geo.kinds import Kind
from kudequa_geo.profile import STEPS_MIN, Profile, join, profile
from kudequa_geo.results.gaps import found_areas, street_names
from kudequa_geo.results.naming import gap_names
from kudequa_geo.sources.labs import Lab, read_labs

if TYPE_CHECKING:
    from kudequa_geo.scenarios.outcome import Outcome

#: Whose figures a site's profile tells: everybody within this walk.
AROUND_SITE = STEPS_MIN[-1]


@dataclass(frozen=True)
class Reach:
    """How some people reach one kind of place.

    Attributes
    ----------
    kind, limit
        The kind of place and its limit.
    share
        Share within the limit, 0 to 1; NaN = nobody lives here, or the data hold no such place at all.
    share_area
        The same in the whole area.
    median_min, median_slow_min
        Minutes of the median for the person of the question and for a slow one; NaN = nobody reaches one.
    rank
        Rank among the districts by share, 1 = best; 0 = not ranked.
    """

    kind: Kind
    limit: Sourced
    share: float
    share_area: float
    median_min: float
    median_slow_min: float
    rank: int

    @property
    def missing(self) -> bool:
        """Whether the place is beyond the limit for most."""
        return self.share < 1 - MISSING_SHARE.value


class Facts:
    """What is the same for all profiles of a run, computed once.

    Parameters
    ----------
    edition
        The municipality.
    question
        The service mapped and the person the shares are for.
    slow
        Key of the slower person beside it.
    outcomes
        The city as it is, then after each scenario tried; empty = none tried.
    """

    def __init__(
        self, edition: Edition, question: Question, slow: str, outcomes: Sequence[Outcome] = ()
    ) -> None:
        self.edition = edition
        self.question = question
        self.slow = slow
        self.outcomes = outcomes

    @cached_property
    def limits(self) -> dict[str, Sourced]:
        """Limit of each kind; that of the question for its own."""
        usual = {kind.key: kind.limit.sourced() for kind in self.edition.study.kinds}
        return {**usual, self.question.kind.key: self.question.limit}

    @cached_property
    def everywhere(self) -> pd.DataFrame:
        """Figures of all units for the person of the question."""
        return figures_of(self.edition.study, self.question.person, self.limits)

    @cached_property
    def gaps(self) -> GapAreas:
        """Gap areas of the question."""
        question = self.question
        return found_areas(self.edition.study, question.kind.key, question.person.key, question.own_limit)

    def reach(self, rows: NDArray[np.bool_], district_id: str = "") -> list[Reach]:
        """Return what the people of some buildings reach, one entry per kind.

        Parameters
        ----------
        rows
            True for the buildings whose people count.
        district_id
            The district they are, for its rank; empty = none.
        """
        study = self.edition.study
        slow_person = study.persons[self.slow]
        here = figures_of(study, self.question.person, self.limits, rows=rows).set_index("kind")
        slow = figures_of(study, slow_person, self.limits, rows=rows).set_index("kind")
        frame = self.everywhere
        area = frame[frame["level"] == "area"].set_index("kind")["share_within_limit"]
        # Where the data hold no place of a kind at all, nobody can tell who lacks it.
        there = {
            kind.key: 1.0 if study.kind_index[kind.key] in study.place_kinds else np.nan
            for kind in study.kinds
        }
        ranks = self._ranks(frame[frame["level"] == "district"], district_id)
        return [
            Reach(
                kind,
                self.limits[kind.key],
                float(here.loc[kind.key, "share_within_limit"]) * there[kind.key],
                float(area[kind.key]) * there[kind.key],
                float(here.loc[kind.key, "median_min"]),
                float(slow.loc[kind.key, "median_min"]),
                ranks.get(kind.key, 0),
            )
            for kind in study.kinds
        ]

    def _ranks(self, districts: pd.DataFrame, district_id: str) -> dict[str, int]:
        if not district_id:
            return {}
        ranked = districts.assign(
            rank=districts.groupby("kind")["share_within_limit"].rank(ascending=False, method="min")
        )
        mine = ranked[(ranked["district_id"] == district_id) & ranked["rank"].notna()]
        return dict(zip(mine["kind"], mine["rank"].astype(int), strict=True))

    @cached_property
    def district_order(self) -> pd.Series:
        """District id -> rank by the mean share over all kinds, 1 = best supplied."""
        frame = self.everywhere
        mean = frame[frame["level"] == "district"].groupby("district_id")["share_within_limit"].mean()
        ranks: pd.Series = mean.rank(ascending=False, method="min")
        return ranks

    def sites_in(self, focus: Focus) -> pd.DataFrame:
        """Return the sites in a subject's outline, the largest first."""
        sites = self.edition.study.tables["sites"]
        if focus.scope == Scope.AREA or focus.shape is None:
            inside = sites
        else:
            inside = sites[shapely.intersects(sites.geometry.to_numpy(), focus.shape)]
        return inside.sort_values(["area_m2", "site_id"], ascending=[False, True], na_position="last")

    def gaps_in(self, focus: Focus) -> pd.DataFrame:
        """Return the gap areas of a subject: its own, those on the ground around a site, or all of them."""
        study = self.edition.study
        names, streets = gap_names(study, self.gaps, self.edition.say), street_names(study, self.gaps)
        areas = self.gaps.areas.assign(name=names, street=streets.to_numpy())
        if focus.scope == Scope.DISTRICT:
            return areas[areas["district_id"] == focus.key]
        if focus.scope == Scope.GAP:
            return areas[areas["area_id"] == focus.key]
        if focus.scope == Scope.AREA:
            return areas
        return areas[shapely.intersects(areas.geometry.to_numpy(), shapely.box(*focus.bounds))]

    def by_person(self, rows: NDArray[np.bool_]) -> list[tuple[Person, pd.Series]]:
        """Return the figures of some buildings' people for the service of the question, person by person."""
        study, question = self.edition.study, self.question
        limits = {question.kind.key: question.limit}
        return [
            (person, figures_of(study, person, limits, rows=rows).iloc[0])
            for person in study.persons.values()
        ]

    @cached_property
    def labs(self) -> tuple[Lab, ...]:
        """Notes on the municipality's neighbourhood labs."""
        path = self.edition.study.config.sites.labs
        return read_labs(path) if path else ()

    def labs_in(self, focus: Focus) -> list[Lab]:
        """Return the labs of a district, of a site, or all of the area."""
        if focus.scope == Scope.AREA:
            return list(self.labs)
        return [lab for lab in self.labs if focus.key and focus.key in (lab.district, *lab.sites)]

    def around(self, focus: Focus) -> Profile:
        """Return who lives around a site, and what a new service on it would close."""
        study, sites = self.edition.study, self.edition.study.tables["sites"]
        site = sites[sites["site_id"] == focus.key]
        return profile(study, self.question.person.key, join(study, site), self.limits)

    def rows(self, focus: Focus) -> NDArray[np.bool_]:
        """Return the buildings a subject counts: around a site a quarter of an hour's walk, else as shown."""
        if focus.scope != Scope.SITE:
            return shown_rows(self.edition, focus)
        longest = AROUND_SITE.value * self.question.person.metres_per_minute
        near: NDArray[np.bool_] = self.around(focus).metres <= longest
        return near if near.any() else shown_rows(self.edition, focus)

    def called(self, focus: Focus) -> str:
        """Return what to call the people's home in a sentence that begins with "in"."""
        if focus.scope != Scope.SITE:
            return focus.name
        say = self.edition.say
        return say(msg("der Umgebung ({minutes} Fußweg) des Ortes {site}")).format(
            minutes=say.length(AROUND_SITE.value, AROUND_SITE.unit), site=focus.name
        )


def shown_rows(edition: Edition, focus: Focus) -> NDArray[np.bool_]:
    """Return the buildings a subject counts: its own, or those on the ground it shows."""
    return focus.rows if focus.rows is not None else edition.homes_in(focus.bounds)


def by_field(reach: list[Reach]) -> dict[Field, list[Reach]]:
    """Return the entries by field of service, in the order of the fields."""
    return {field: [entry for entry in reach if entry.kind.field == field] for field in Field}


def site_status(status: object) -> str:
    """Return the status of a site for people; what is only a tag of the map is left out."""
    return status if isinstance(status, str) and "=" not in status else ""
