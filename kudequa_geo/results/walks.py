"""Every walk of every person: the table ``access``, small enough to pass on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.constants import Sourced
from kudequa_geo.gaps.areas import Walks
from kudequa_geo.study import Study

#: Steps of the stored walks, powers of two so that the rest of each number is zeros: a quarter of a
#: millimetre, and a sixteenth of a second or so.
METRE_STEP, MINUTE_STEP = 1 / 4096, 1 / 1024


def reference(study: Study) -> str:
    """Return the person for whom a figure is given where only one is: the first of the municipality."""
    return next(iter(study.persons))


def limits(study: Study) -> dict[str, Sourced]:
    """Return the limit of each kind, in order."""
    return {kind.key: kind.limit.sourced() for kind in study.kinds}


def walks(study: Study, person: str, changed: Mapping[str, Sourced] | None = None) -> Walks:
    """Return a person's walks to the nearest place of every kind.

    Parameters
    ----------
    study
        The municipality.
    person
        Key of a person.
    changed
        Kind -> limit that replaces the municipality's.
    """
    found = study.nearest(person)
    return Walks(
        study.persons[person],
        {**limits(study), **(changed or {})},
        found.metres[:, :, 0],
        found.place[:, :, 0],
        study.usable_places(person),
    )


def access_table(study: Study) -> pd.DataFrame:
    """Return one row per building, kind and person with metres, minutes and the nearest place.

    See the table ``access`` of :mod:`kudequa_geo.schema`. Rows are ordered by building, kind, person:
    what is alike stands together, and the file stays small. Walks are given to a quarter of a
    millimetre, minutes to a thousandth.
    """
    building_ids = study.tables["buildings"]["building_id"].to_numpy()
    place_ids = study.tables["places"]["place_id"].to_numpy()
    n, kinds, persons = len(building_ids), len(study.kinds), len(study.persons)
    nearest = [study.nearest(person) for person in study.persons]
    metres = np.stack([found.metres[:, :, 0] for found in nearest], axis=2)
    speeds = np.array([person.metres_per_minute for person in study.persons.values()])
    place = np.stack([found.place[:, :, 0] for found in nearest], axis=2).ravel()
    return pd.DataFrame(
        {
            "building_id": _repeated(building_ids, np.repeat(np.arange(n), kinds * persons)),
            "kind": _repeated(
                [kind.key for kind in study.kinds], np.tile(np.repeat(np.arange(kinds), persons), n)
            ),
            "person": _repeated(list(study.persons), np.tile(np.arange(persons), n * kinds)),
            "metres": _in_steps(metres, METRE_STEP),
            "minutes": _in_steps(metres / speeds, MINUTE_STEP),
            "place_id": _repeated(place_ids, place),
        }
    )


def _repeated(names: object, codes: NDArray[np.integer]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, names)


def _in_steps(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    stepped: NDArray[np.float64] = np.rint(values.ravel() / step) * step
    return stepped
