"""Which figures of residents a municipality has, and the residents of its homes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kudequa_geo.config import Municipality
from kudequa_geo.config import Population as PopulationSettings
from kudequa_geo.constants import DWELLING_SHARE, LIVING_SPACE_M2
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.prepare.residents import (
    Residents,
    residents_by_district,
    residents_by_grid,
    residents_by_total,
)
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.sources.provenance import describe
from kudequa_geo.sources.statistics import read_district_population, read_population_grid


@dataclass(frozen=True)
class Population:
    """The population figures of a municipality.

    Attributes
    ----------
    districts
        Table ``districts``; ``population`` is that of the part inside the area, NaN = not known.
    by_district
        True where the figures of the districts are to be placed; they then hold columns of groups, too.
    cells, total
        A grid, or one total to place; None = neither.
    partly_inside
        Districts of which only a part lies in the area.
    estimated
        True where there is no figure at all and the total is estimated from dwelling space.
    notes, sources
        Sentences for the report; entries for the data package.
    """

    districts: gpd.GeoDataFrame
    by_district: bool = False
    cells: gpd.GeoDataFrame | None = None
    total: float | None = None
    partly_inside: int = 0
    estimated: bool = False
    notes: list[str] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)


def read_population(config: Municipality, districts: gpd.GeoDataFrame, area: BaseGeometry) -> Population:
    """Read the population figures that the municipality's file names.

    Parameters
    ----------
    config
        The municipality.
    districts
        Its districts inside the area, cleaned; may be empty.
    area
        The study area in the metric CRS.

    Raises
    ------
    SourceError, MissingInputError
        A file cannot be used, or a district has no figure.
    """
    told = config.population
    if told is None:
        note = msg(
            "Es ist keine Einwohnerzahl angegeben; sie wird aus der Wohnfläche geschätzt. "
            "Bitte im Abschnitt [population] eine Zahl oder Tabelle angeben."
        )
        return Population(districts, estimated=True, notes=[note])
    if told.total is not None:
        return Population(districts, total=told.total)
    if told.grid is not None:
        cells = read_population_grid(told.grid, told, target_crs=config.crs)
        cells = cells.assign(cell_id=cells.index.astype("str"))
        return Population(districts, cells=cells, sources=[_source(told.grid, told)])
    sources = []
    if told.table is not None:
        figures = read_district_population(told.table, id_column=told.id_column, columns=told.columns)
        districts = _joined(districts, figures, str(told.table))
        sources.append(_source(told.table, told))
    inside = districts.geometry.intersection(area).area / districts.area
    # Where only a part lies in the area, its people are taken to be spread evenly over the district.
    partly = inside < 0.99
    counts = [name for name in ("population", *RESIDENT_GROUPS) if name in districts]
    share = inside.where(partly, 1.0)
    districts = districts.assign(**{name: districts[name] * share for name in counts})
    return Population(districts, by_district=True, partly_inside=int(partly.sum()), sources=sources)


def place_residents(
    population: Population, homes: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame, area: BaseGeometry
) -> Residents:
    """Place the population figures on homes; see :mod:`kudequa_geo.prepare.residents`.

    Parameters
    ----------
    population
        The figures.
    homes, addresses
        Residential buildings and address points, with the margin around the area.
    area
        The study area in the homes' CRS.
    """
    named = population.districts if len(population.districts) else None
    if population.by_district:
        return residents_by_district(homes, population.districts, addresses=addresses, area=area)
    if population.cells is not None:
        return residents_by_grid(homes, population.cells, area, districts=named)
    total = population.total
    if total is None:
        inside = homes[homes.geometry.representative_point().within(area)]
        total = float(inside["weight"].sum() * DWELLING_SHARE.value / LIVING_SPACE_M2.value)
    return residents_by_total(homes, total, area, districts=named, addresses=addresses)


def _joined(districts: gpd.GeoDataFrame, figures: pd.DataFrame, where: str) -> gpd.GeoDataFrame:
    """Return the districts with the figures of a table; every district must have one."""
    named = figures.rename(columns={"residents": "population"}).set_index("district_id")
    missing = sorted(set(districts["district_id"]) - set(named.index))
    if missing:
        raise SourceError(
            msg("Für diese Bezirke fehlt die Einwohnerzahl: {ids}."),
            where=where,
            remedy=msg("Bitte die Tabelle ergänzen; eine leere Angabe gilt nicht als null."),
            ids=", ".join(missing),
        )
    return districts.drop(columns="population").join(named, on="district_id")


def _source(path: Path, told: PopulationSettings) -> dict[str, Any]:
    described = describe(path, licence=told.licence, attribution=told.source, date=told.year)
    return described.as_resource()
