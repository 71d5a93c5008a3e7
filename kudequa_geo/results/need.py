"""Need of the districts: the index, its parts, and how firm its ranks are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kudequa_geo.gaps.need import Need, Unmet, rank_stability, unmet, weigh
from kudequa_geo.gaps.units import Level, levels
from kudequa_geo.results.gaps import gaps_of
from kudequa_geo.results.walks import reference
from kudequa_geo.study import Study

#: Where the random factors of the rank check begin: the same for everybody, so that figures can be repeated.
SEED = 20180423


def district_levels(study: Study) -> list[Level]:
    """Return districts, their parents and the area as divisions of the buildings."""
    return study.kept("levels", lambda: levels(study.tables["buildings"], study.tables["districts"]))


def unmet_by(study: Study, level: Level, person: str) -> Unmet:
    """Return the people beyond the limits per unit of a level, before any weight.

    Parameters
    ----------
    study
        The municipality.
    level
        One of :func:`district_levels`; units are named by their row.
    person
        Who walks.
    """
    units = pd.RangeIndex(len(level.units))
    return study.kept(
        ("unmet", level.name, person),
        lambda: unmet(gaps_of(study, person), study.tables["buildings"], level.codes, units),
    )


def stability(need: Need) -> pd.DataFrame:
    """Return how firm the ranks are; see :func:`kudequa_geo.gaps.need.rank_stability`."""
    return rank_stability(need, np.random.default_rng(SEED))


def need_frame(study: Study) -> pd.DataFrame:
    """Return the need of every district, parent and the area for the reference person.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``person``, ``residents``, ``need`` (weighted persons),
        ``need_per_1000`` (residents), ``rank`` within the level and its check ``rank_low``,
        ``rank_high``, ``same_rank``, ``in_first`` (see :func:`stability`); then what the need is made
        of, twice: ``by_people_...`` (all residents once, groups beyond that) and ``by_service_...``; each
        of the two sums to ``need``. Kinds of which the data hold no place and groups that are not known
        have no column.
    """
    person = reference(study)
    frames = []
    for level in district_levels(study):
        need = weigh(unmet_by(study, level, person))
        frame = level.units.assign(level=level.name, person=person, residents=need.residents.to_numpy())
        frame["need"] = need.total.to_numpy()
        frame["need_per_1000"] = need.per_1000.to_numpy()
        frame = frame.join(stability(need))
        parts = [need.by("part").add_prefix("by_people_"), need.by("kind").add_prefix("by_service_")]
        frames.append(pd.concat([frame, *parts], axis=1))
    found = pd.concat(frames, ignore_index=True)
    found.loc[found["level"] == "area", "name"] = study.config.name
    head = ["level", "district_id", "name", "person"]
    return found[head + [column for column in found.columns if column not in head]]
