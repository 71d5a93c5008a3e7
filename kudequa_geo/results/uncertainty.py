"""How sure the figures are: bands, completeness and age of the data, per kind and district."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kudequa_geo.gaps.uncertainty import bands, completeness, edit_age, least_certain, unconnected
from kudequa_geo.gaps.units import Level
from kudequa_geo.prepare.districts import assign
from kudequa_geo.references import load_references
from kudequa_geo.results.need import district_levels
from kudequa_geo.results.walks import limits, reference
from kudequa_geo.study import Study


def data_day(study: Study) -> pd.Timestamp | None:
    """Return the day of the data, from which the age of edits is counted; None = nothing tells it.

    It is the date of the extract, else that of the latest edit in it, and never today: the same data
    give the same figures next year.
    """
    dates = [source.get("date") for source in study.package.sources[:1]]
    told = pd.to_datetime(dates[0], utc=True, errors="coerce") if dates and dates[0] else pd.NaT
    latest = study.tables["places"]["last_edit"].max()
    # A year alone is a date, too; places edited later in that year tell it better.
    known = [day for day in (told, latest) if not pd.isna(day)]
    return max(known) if known else None


def places_inside(study: Study) -> pd.DataFrame:
    """Return the places inside the area, not those of its margin, with ``district_id`` (missing = none)."""

    def make() -> pd.DataFrame:
        places = study.tables["places"]
        points = places.geometry.representative_point()
        inside = points.within(study.tables["area"].geometry.iloc[0])
        districts = study.tables["districts"]
        found = pd.DataFrame(places.drop(columns="geometry")[inside])
        if len(districts):
            return found.assign(district_id=assign(points[inside], districts))
        return found.assign(district_id=pd.Series(None, index=found.index, dtype="str"))

    return study.kept("places inside", make)


def uncertainty_frame(study: Study) -> pd.DataFrame:
    """Return how sure the figures of every kind are, per district, parent and area, for the reference person.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``kind``, ``person``; the band of the share within the limit
        (:func:`kudequa_geo.gaps.uncertainty.bands`); ``places``, ``per_1000``, ``reference_per_1000``,
        ``ratio``, ``completeness`` (:func:`kudequa_geo.gaps.uncertainty.completeness`); ``dated``,
        ``median_years``, ``oldest_years``, ``old_share``
        (:func:`kudequa_geo.gaps.uncertainty.edit_age`, counted to :func:`data_day`);
        ``places_unconnected``, ``residents``, ``residents_unconnected``.
    """
    frames = [
        uncertainty_of(study, level, unit)
        for level in district_levels(study)
        for unit in range(len(level.units))
    ]
    return pd.concat(frames, ignore_index=True)


def uncertainty_of(study: Study, level: Level, unit: int) -> pd.DataFrame:
    """Return the rows of :func:`uncertainty_frame` of one unit.

    Parameters
    ----------
    study
        The municipality.
    level, unit
        One of :func:`kudequa_geo.results.need.district_levels`, and a row of its units.
    """

    def make() -> pd.DataFrame:
        places = places_inside(study)
        rows = np.flatnonzero(level.codes == unit)
        found = _unit(study, rows, places[_units_of(places, level, study) == unit])
        named = {"level": level.name, **level.units.iloc[unit].to_dict()}
        if level.name == "area":
            named["name"] = study.config.name
        found = found.assign(**named).astype({"district_id": "str", "name": "str"})
        head = ["level", "district_id", "name", "kind", "person"]
        return found[head + [column for column in found.columns if column not in head]]

    return study.kept(("uncertainty", level.name, unit), make)


def uncertainty_at(study: Study, district: str = "") -> pd.DataFrame:
    """Return the rows of :func:`uncertainty_frame` of a district, by its id, or of the whole area."""
    wanted = "district" if district else "area"
    level = next(level for level in district_levels(study) if level.name == wanted)
    unit = int((level.units["district_id"] == district).to_numpy().argmax()) if district else 0
    return uncertainty_of(study, level, unit)


def _units_of(places: pd.DataFrame, level: Level, study: Study) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the unit of each place; those in no district belong to the unit without id, if there is one."""
    if level.name == "area":
        return np.zeros(len(places), dtype=np.int64)
    named = places["district_id"]
    if level.name == "parent":
        named = named.map(study.tables["districts"].set_index("district_id")["parent"])
    ids = level.units["district_id"]
    found = pd.Index(ids.dropna()).get_indexer(pd.Index(named)).astype(np.int64)
    return np.where(found < 0, len(ids) - 1 if ids.isna().any() else -1, found)


def _unit(study: Study, rows: np.ndarray[Any, Any], places: pd.DataFrame) -> pd.DataFrame:
    person = reference(study)
    kinds = [kind.key for kind in study.kinds]
    buildings = study.tables["buildings"].iloc[rows]
    residents = float(buildings["residents"].sum())
    nearest = study.nearest(person)
    dropped = study.kept("least certain", lambda: least_certain(study.tables["places"]))
    band = bands(
        nearest.metres[rows],
        nearest.place[rows],
        buildings["residents"],
        limits(study),
        study.persons[person],
        dropped,
    )
    usual = completeness(places["kind"], residents, kinds, load_references().per_1000())
    age = edit_age(places, kinds, data_day(study) or pd.Timestamp(0, tz="UTC"))
    lost = unconnected(buildings, places, kinds)
    frame = band.merge(usual.drop(columns=["source", "year"]), on="kind")
    frame = frame.merge(age.drop(columns="places"), on="kind")
    frame["places_unconnected"] = lost["unconnected"].to_numpy()[1:]
    frame["residents"] = residents
    frame["residents_unconnected"] = lost["unconnected"].iloc[0]
    return frame.assign(person=person)
