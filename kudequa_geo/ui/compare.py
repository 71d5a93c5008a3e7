"""The figures of a comparison: two questions side by side, and how districts are spread over the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.gaps.indicators import distribution
from kudequa_geo.gaps.weighted import ratio
from kudequa_geo.kinds import Kind
from kudequa_geo.maps import difference, palette
from kudequa_geo.maps.palette import Code
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.answer import Answer, people
from kudequa_geo.ui.difference import words as difference_words
from kudequa_geo.ui.explain import limit_of
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import OWN_LIMIT, View


def class_people(answer: Answer) -> tuple[list[str], NDArray[np.float64]]:
    """Return the districts with residents and their people per code, shape (districts, 7)."""
    buildings = answer.study.tables["buildings"]
    ids = [unit.district_id for unit in answer.districts]
    at = answer.study.kept(
        ("row of district", *ids), lambda: pd.Index(ids).get_indexer(pd.Index(buildings["district_id"]))
    )
    known = at >= 0
    width = len(palette.SEQUENTIAL) + 2
    flat = at[known] * width + answer.codes[known]
    counted = np.bincount(flat, buildings["residents"].to_numpy(float)[known], minlength=len(ids) * width)
    return ids, counted.astype(np.float64).reshape(len(ids), width)


def reached(answer: Answer, district: str | None, upper: Sequence[float]) -> NDArray[np.float64]:
    """Return the share of residents whose walk is at most so long, one per length.

    Parameters
    ----------
    answer
        The question.
    district
        ``district_id``, None = the whole area.
    upper
        Rising lengths in the unit of the limit.

    Returns
    -------
    numpy.ndarray
        Shares 0 to 1; NaN where nobody lives. The unreachable count among all.
    """
    buildings = answer.study.tables["buildings"]
    here = buildings["residents"].to_numpy(float)
    if district is not None:
        here = here * (buildings["district_id"] == district).to_numpy()
    walks = palette.in_unit(answer.metres, answer.view.limit.unit, answer.view.person)
    counted = distribution(walks, here, upper)[0]
    return ratio(np.cumsum(counted[: len(upper)]), counted.sum())


@dataclass(frozen=True, eq=False)
class Pair:
    """Two questions with the same classes.

    Attributes
    ----------
    first, second
        What is compared; both with the limit and the unit of the first.
    names
        What tells them apart, in the reader's language.
    """

    first: Answer
    second: Answer
    names: tuple[str, str]

    @property
    def unit(self) -> str:
        """``m`` or ``min``."""
        return self.first.view.limit.unit

    @property
    def ground(self) -> Study:
        """The data whose buildings the difference is told of."""
        return self.second.study

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which buildings of :attr:`ground` are in the data of both."""
        return np.ones(len(self.ground.tables["buildings"]), dtype=bool)

    def walks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both walks per building of :attr:`ground`, in :attr:`unit`; NaN = none."""
        first, second = (
            palette.in_unit(each.metres, self.unit, each.view.person) for each in (self.first, self.second)
        )
        return first, second

    @cached_property
    def difference(self) -> NDArray[np.float64]:
        """How much longer the second walk is, per building in :attr:`unit`; NaN where one of them is none."""
        first, second = self.walks()
        return second - first

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Code of each building's difference, see :func:`kudequa_geo.maps.difference.codes`."""
        found = difference.codes(self.difference, self.unit)
        if not (self.first.any_place and self.second.any_place):
            found[:] = Code.NO_DATA
        found[~self.known] = Code.NO_DATA
        return found

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """Residents of the shown area per code, shape (9,)."""
        buildings = self.ground.tables["buildings"]
        residents = buildings["residents"].to_numpy(float)
        if self.second.here.level == "district":
            residents = residents * (buildings["district_id"] == self.second.view.district).to_numpy()
        return np.bincount(self.codes, residents, minlength=len(difference.FILLS)).astype(np.float64)

    def words(self) -> list[str]:
        """Return the classes in words, in the order of :data:`kudequa_geo.maps.difference.LEGEND`."""
        return [*difference_words(self.unit), _("für eines von beiden kein Weg"), self.unknown]

    @property
    def unknown(self) -> str:
        """Why a building can have no difference, in words."""
        return _("keine Daten")

    @property
    def head(self) -> str:
        """Words above the classes of :meth:`words`."""
        return _("Mit „{second}“ ist der Weg").format(second=self.names[1])

    def remark(self) -> str:
        """Return what both are measured by, in one sentence."""
        first, second = self.first.view, self.second.view
        if first.kind.key != second.kind.key:
            text = _("Verglichen wird mit der Grenze des ersten Dienstes; die des zweiten ist {limit}.")
            return text.format(limit=limit_of(second.kind))
        text = _("Verglichen wird in Minuten: {limit} sind für „{person}“ {metres}, für „{other}“ {more}.")
        metres = {"metres": i18n.metres(first.limit_m), "more": i18n.metres(second.limit_m)}
        return text.format(limit=first.limit_words, person=self.names[0], other=self.names[1], **metres)

    def sentence(self) -> str:
        """Return the answer in one sentence of plain text."""
        one, two = self.first.here, self.second.here
        words = {"area": one.name, "first": self.names[0], "second": self.names[1]}
        words["limit"] = self.first.view.limit_words
        lacking = [each for each in (self.first, self.second) if not each.any_place]
        if lacking:
            return _("Für „{service}“ enthalten die Daten von {area} keinen einzigen Ort.").format(
                service=_(lacking[0].view.kind.label), area=one.name
            )
        if not one.residents > 0:
            return _("In {area} sind keine Menschen verortet.").format(**words)
        more = two.within - one.within
        numbers = {
            "share_one": i18n.percent(one.share),
            "share_two": i18n.percent(two.share),
            "people": people(abs(more)),
        }
        if round(abs(more)) == 0:
            text = _(
                "In {area} sind {share_one} der Menschen innerhalb von {limit}, ob „{first}“ oder „{second}“."
            )
        elif more < 0:
            text = _(
                "In {area} liegen innerhalb von {limit}: bei „{first}“ {share_one} der Menschen, bei "
                "„{second}“ {share_two}, also {people} Menschen weniger."
            )
        else:
            text = _(
                "In {area} liegen innerhalb von {limit}: bei „{first}“ {share_one} der Menschen, bei "
                "„{second}“ {share_two}, also {people} Menschen mehr."
            )
        return text.format(**words, **numbers)


def two_persons(study: Study, asked: View, other: Person) -> Pair:
    """Compare two persons on the way to one service, in minutes: a metre is the same for everybody."""
    minutes = asked.limit_m / asked.person.metres_per_minute
    limit = Sourced(minutes, "min", OWN_LIMIT, asked.limit.year, assumption=True)
    first = replace(asked, limit=limit, own_limit=True)
    second = replace(first, person=other)
    names = (_(asked.person.label), _(other.label))
    return Pair(Answer(study, first), Answer(study, second), names)


def two_services(study: Study, asked: View, other: Kind) -> Pair:
    """Compare two services for one person, by the limit of the first."""
    second = replace(asked, kind=other, own_limit=True)
    names = (_(asked.kind.label), _(other.label))
    return Pair(Answer(study, asked), Answer(study, second), names)
