"""From the raw open data to the fact tables of a study area."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.model import raw
from kudequa_geo.model.facts import Facts
from kudequa_geo.model.merging import merge_sites, merge_stops
from kudequa_geo.model.placenames import is_street, meeting_places
from kudequa_geo.model.population import (
    by_district,
    cell_weights,
    fill_gaps,
    fit_to_register,
    residents_by_cell,
)
from kudequa_geo.model.sites import named_sites
from kudequa_geo.progress import Progress, silent

#: Facts are kept this far around the study area; a little more than people walk over the boundary.
MARGIN_M = 2500.0
_SIMPLIFY_M = 3.0
_SHARES = ("share_65_plus", "share_under_18", "share_foreign")
_CENSUS_CRS = "EPSG:3035"


def study_area(districts: gpd.GeoDataFrame, wanted: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the districts that the configuration names by id, name, or name of their Stadtbezirk.

    Raises
    ------
    ConfigError
        Naming those that do not exist.
    """
    columns = districts[["district_id", "name", "parent"]]
    unknown = [name for name in wanted if not (columns == name).any(axis=None)]
    if unknown:
        raise ConfigError(
            msg("Diese Bezirke gibt es nicht: {names}"),
            where="area.districts",
            remedy=msg(
                "Bitte Nummer oder Namen eines statistischen Bezirks oder eines Stadtbezirks angeben."
            ),
            names=", ".join(unknown),
        )
    chosen = columns.isin(wanted)
    # A name that is both a Bezirk and a Stadtbezirk (Eving) means the Stadtbezirk.
    return districts[chosen.any(axis=1)].reset_index(drop=True)


def derive_facts(raw_folder: Path, wanted: Sequence[str], crs: str, *, progress: Progress = silent) -> Facts:
    """Derive every fact table.

    Parameters
    ----------
    raw_folder
        Folder of the raw files.
    wanted
        The districts of the study area.
    crs
        Metric CRS of the geometry.
    progress
        Called with each step.
    """
    folder = raw.folder(raw_folder)
    progress(msg("Bezirke und Einwohner"), 0.0)
    districts, register = raw.districts(folder, crs)
    within = study_area(districts, wanted).union_all().buffer(MARGIN_M)
    squares = raw.cells_1km(folder)
    cells = _cells(fill_gaps(raw.cells_100m(folder)), squares, districts, register)
    population = by_district(cells, register, _SHARES)
    districts = _near(_simplified(districts), within)
    districts["population"] = districts["district_id"].map(population.set_index("district_id")["residents"])
    progress(msg("Haltestellen, Läden und Schulen"), 0.5)
    services = _near(raw.services(folder, crs), within)
    points = raw.names(folder, "place_points_osm_2018.json", crs)
    streets = raw.names(folder, "street_points_osm_2018.json", crs)
    return Facts(
        districts=districts,
        population=population[population["district_id"].isin(districts["district_id"])],
        cells_1km=_cells_near(squares, 1000, within, crs),
        cells_100m=_cells_near(cells.drop(columns=[*_SHARES, "parent"]), 100, within, crs),
        stops=_near(merge_stops(_near(raw.stops(folder, crs), within.buffer(500))), within),
        stations=_near(_stations(raw.layer(folder, "rail_stations_osm_2025.geojson", crs)), within),
        services=services.assign(supply=~services["status"].str.contains("not confirmed", na=False)),
        schools=merge_sites(_near(raw.schools(folder, crs), within), 300),
        meeting_places=_near(meeting_places(points), within),
        streets=_near(streets[streets["name"].map(is_street)], within),
        rails=_lines(raw.layer(folder, "rails_osm_2025.geojson", crs), ["ref", "name", "route"], within),
        rivers=_lines(raw.layer(folder, "rivers_osm_2025.geojson", crs), ["name"], within),
        lakes=_lines(raw.layer(folder, "lakes_osm_2025.geojson", crs), ["name", "water"], within),
        sites=named_sites(crs),
    )


def _cells(
    cells: pd.DataFrame, squares: pd.DataFrame, districts: gpd.GeoDataFrame, register: dict[str, int]
) -> pd.DataFrame:
    """Return the 100 m cells with residents, shares, district and Stadtbezirk."""
    row_of = {(east, north): row for row, (east, north) in enumerate(squares[["east", "north"]].to_numpy())}
    square = np.array(
        [
            row_of.get((east // 1000 * 1000, north // 1000 * 1000), -1)
            for east, north in cells[["east", "north"]].to_numpy()
        ]
    )
    inhabitants = squares["inhabitants"].to_numpy(dtype=float)
    residents = residents_by_cell(cell_weights(cells, square, inhabitants), square, inhabitants)
    for share in _SHARES:
        values = np.append(squares[share].to_numpy(dtype=float), np.nan)
        cells[share] = values[square]
    place = gpd.GeoDataFrame(geometry=_centres(cells, 100).to_crs(districts.crs))
    joined = place.sjoin(districts, predicate="within", how="left")
    joined = joined[~joined.index.duplicated()]
    cells["district_id"] = joined["district_id"]
    cells["parent"] = joined["parent"]
    cells["residents"] = fit_to_register(residents, cells["parent"], register)
    return cells


def _centres(cells: pd.DataFrame, size_m: int) -> gpd.GeoSeries:
    half = size_m / 2
    return gpd.GeoSeries.from_xy(cells["east"] + half, cells["north"] + half, crs=_CENSUS_CRS)


def _cells_near(cells: pd.DataFrame, size_m: int, within: BaseGeometry, crs: str) -> pd.DataFrame:
    near: NDArray[np.bool_] = shapely.dwithin(
        _centres(cells, size_m).to_crs(crs).to_numpy(), within, size_m * 0.71
    )
    kept = cells[near].reset_index(drop=True)
    return kept.assign(residents=kept["residents"].round(1)) if "residents" in kept else kept


def _simplified(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.coverage_simplify(districts.geometry.to_numpy(), _SIMPLIFY_M)
    return districts.set_geometry(gpd.GeoSeries(shapes, crs=districts.crs))


def _near(frame: gpd.GeoDataFrame, within: BaseGeometry) -> gpd.GeoDataFrame:
    return frame[frame.intersects(within)].reset_index(drop=True)


def _lines(frame: gpd.GeoDataFrame, columns: list[str], within: BaseGeometry) -> gpd.GeoDataFrame:
    """Cut lines or areas to the surroundings, one row per name; the H-Bahn runs on stilts and bars nobody."""
    if "route" in frame:
        frame = frame[frame["route"] != "monorail"]
    cut = frame[[*columns, "geometry"]].clip(within).sort_index().reset_index(drop=True)
    cut.geometry = cut.geometry.simplify(0.5)
    return cut[~cut.is_empty].reset_index(drop=True)


def _stations(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = frame[frame["name"].notna() & ~frame["name"].str.contains("H-Bahn")]
    frame = frame[frame["station"].isna() if "station" in frame else slice(None)]
    return frame[["name", "railway", "wheelchair", "geometry"]].sort_values("name", ignore_index=True)
