"""The whole flow: sources → prepare → access → gaps, in the order it happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kudequa_geo import store
from kudequa_geo.access.snapping import snap
from kudequa_geo.config import Municipality
from kudequa_geo.constants import SNAP_MAX_M, WGS84
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.people import Population, place_residents, read_population
from kudequa_geo.prepare.buildings import address_points, residential_buildings
from kudequa_geo.prepare.districts import clean_districts, select_districts, study_area
from kudequa_geo.prepare.network import Walkable, islands, walkable_network
from kudequa_geo.prepare.places import places_by_kind
from kudequa_geo.prepare.residents import Residents, anchors
from kudequa_geo.prepare.sites import sites_from_features
from kudequa_geo.progress import Progress, silent
from kudequa_geo.report import Report
from kudequa_geo.sources.area import read_area
from kudequa_geo.sources.districts import read_districts
from kudequa_geo.sources.osm import OsmExtract, read_osm
from kudequa_geo.sources.provenance import describe
from kudequa_geo.sources.sites import read_sites
from kudequa_geo.store import DataPackage, Stage
from kudequa_geo.study import Study


@dataclass(frozen=True)
class Prepared:
    """What ``prepare`` made: the tables, what they say of themselves, and what is drawn below them."""

    tables: dict[str, Any]
    package: DataPackage
    report: Report
    features: gpd.GeoDataFrame


def prepare(config: Municipality, osm: Path | None = None, *, progress: Progress = silent) -> Prepared:
    """Turn a municipality's sources into its tables.

    Parameters
    ----------
    config
        The municipality.
    osm
        Extract to use in place of the configured one.
    progress
        Told how far the work is.

    Raises
    ------
    SourceError, MissingInputError, ConfigError
        A source cannot be used; nothing has been written then.
    """
    path = osm or config.osm.file
    report = Report()
    districts, area = _area(config, path)
    extract = read_osm(
        path,
        area=area,
        margin_m=config.margin_m,
        crs=config.crs,
        progress=lambda text, share: progress(text, 0.4 * share),
    )
    report.counts["extract"] = dict(extract.counts)
    area_m = gpd.GeoSeries([area], crs=WGS84).to_crs(config.crs).iloc[0]
    districts = _districts_of(config, districts, extract, area_m)
    progress(msg("Wegenetz knüpfen"), 0.4)
    network = walkable_network(extract.highways, extract.vertices, crs=config.crs)
    progress(msg("Orte finden"), 0.5)
    places, found = places_by_kind(extract.features, config.kinds())
    report.counts["places"] = {"total": len(places), "merged": len(found.merged), "closed": found.closed}
    report.lists["places_merged"] = found.merged.fillna("").to_dict("records")
    progress(msg("Einwohner auf Wohngebäude verteilen"), 0.6)
    population = read_population(config, districts, area_m)
    residents = _residents(config, extract, population, area_m)
    progress(msg("Gebäude und Orte an das Netz anbinden"), 0.7)
    sites = read_sites(config, sites_from_features(extract.features))
    tables = _connected(network, places, residents.buildings, sites, report)
    tables["districts"] = population.districts
    _tell(report, tables, residents, population)
    modelled = extract.modelled or population.estimated
    sources = _sources(config, path, extract, population)
    return Prepared(
        tables, store.new_package(config.name, sources, modelled=modelled), report, extract.features
    )


def analyse(study: Study, stage: Stage, *, progress: Progress = silent) -> None:
    """Compute every walk and every indicator of a municipality and add them to its folder."""
    for number, person in enumerate(study.persons):
        progress(msg("Wege berechnen"), 0.4 * number / len(study.persons))
        study.nearest(person)
    progress(msg("Wege schreiben"), 0.4)
    stage.table("access", access_table(study))
    progress(msg("Kennzahlen berechnen"), 0.7)
    stage.csv("indicators.csv", study.indicators())
    progress(msg("Fertig"), 1.0)


def access_table(study: Study) -> pd.DataFrame:
    """Return one row per building, kind and person with metres, minutes and the nearest place.

    See the table ``access`` of :mod:`kudequa_geo.schema`. Rows are ordered by person, kind, building.
    """
    building_ids = study.tables["buildings"]["building_id"].to_numpy()
    place_ids = study.tables["places"]["place_id"].to_numpy()
    n, kinds, persons = len(building_ids), len(study.kinds), len(study.persons)
    nearest = [study.nearest(person) for person in study.persons]
    metres = np.concatenate([found.metres[:, :, 0].T.ravel() for found in nearest])
    speed = np.repeat([person.metres_per_minute for person in study.persons.values()], n * kinds)
    row = np.concatenate([found.place[:, :, 0].T.ravel() for found in nearest])
    kind_codes = np.tile(np.repeat(np.arange(kinds), n), persons)
    return pd.DataFrame(
        {
            "building_id": pd.Categorical.from_codes(np.tile(np.arange(n), kinds * persons), building_ids),
            "kind": pd.Categorical.from_codes(kind_codes, [kind.key for kind in study.kinds]),
            "person": pd.Categorical.from_codes(
                np.repeat(np.arange(persons), n * kinds), list(study.persons)
            ),
            "metres": metres,
            "minutes": metres / speed,
            "place_id": pd.Categorical.from_codes(row, place_ids),
        }
    )


def _area(config: Municipality, osm: Path) -> tuple[gpd.GeoDataFrame | None, BaseGeometry]:
    """Return the districts of a file (metric CRS), and the study area (WGS84)."""
    told, districts = config.districts, None
    if told is not None and told.file is not None:
        districts = clean_districts(read_districts(told.file, told, target_crs=config.crs))
    if config.area.districts is None or districts is None:
        return districts, read_area(config.area, osm)
    chosen = select_districts(districts, config.area.districts).reset_index(drop=True)
    area = gpd.GeoSeries([study_area(chosen)], crs=config.crs).to_crs(WGS84).iloc[0]
    return chosen, area


def _districts_of(
    config: Municipality, districts: gpd.GeoDataFrame | None, extract: OsmExtract, area: BaseGeometry
) -> gpd.GeoDataFrame:
    """Return the districts that lie in the area: those of the file, or boundaries of the extract, or none."""
    level = config.districts.osm_admin_level if config.districts else None
    if level is not None:
        at_level = extract.boundaries[extract.boundaries["admin_level"] == str(level)]
        if not len(at_level):
            raise SourceError(
                msg("Der OSM-Auszug enthält keine vollständigen Grenzen der Ebene {level}."),
                where="districts.osm_admin_level",
                remedy=msg("Bitte eine andere Ebene wählen oder eine Bezirksdatei angeben."),
                level=level,
            )
        districts = clean_districts(
            gpd.GeoDataFrame(
                {
                    "district_id": at_level["osm_id"].astype("str"),
                    "name": at_level["name"].fillna(at_level["osm_id"].astype("str")),
                    "parent": None,
                    "population": pd.to_numeric(at_level["population"], errors="coerce"),
                },
                geometry=at_level.geometry,
            ).reset_index(drop=True)
        )
    if districts is None:
        empty = {"district_id": [], "name": [], "parent": [], "population": [], "area_ha": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=config.crs)
    # A district that only touches the area with its border is none of it.
    inside = districts.geometry.intersection(area).area > 0.01 * districts.area
    if not inside.any():
        raise SourceError(
            msg("Kein Bezirk liegt im Untersuchungsgebiet."),
            where="districts",
            remedy=msg("Bitte Bezirksdatei, ihr Koordinatensystem und das Gebiet vergleichen."),
        )
    return districts[inside].reset_index(drop=True)


def _residents(
    config: Municipality, extract: OsmExtract, population: Population, area: BaseGeometry
) -> Residents:
    homes, _ = residential_buildings(extract.features)
    residents = place_residents(population, homes, address_points(extract.features), area)
    if not len(residents.buildings):
        raise SourceError(
            msg("Im Untersuchungsgebiet liegt kein Wohngebäude."),
            where=str(config.osm.file),
            remedy=msg("Bitte einen Auszug mit Gebäuden verwenden oder die Einwohner als Gitter angeben."),
        )
    return residents


def _connected(
    network: Walkable,
    places: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    report: Report,
) -> dict[str, Any]:
    """Snap buildings, then all else to the network where people live; list what could not be connected."""
    nodes, edges = network.nodes, network.edges
    # Nobody's door opens on steps or in a tunnel, and a kerb is a point.
    usable = ~(edges["steps"] | edges["tunnel"] | (edges["length_m"] == 0)).to_numpy(bool)
    component = nodes["component"].to_numpy()[edges["u"].to_numpy()]
    small = islands(nodes, edges)
    connected = _snapped(buildings, edges, usable & ~np.isin(component, small["component"]))
    lonely = islands(nodes, edges, connected)
    inhabited = usable & ~np.isin(component, lonely["component"])
    tables = {
        "nodes": nodes,
        "edges": edges,
        "places": _snapped(places, edges, inhabited),
        "buildings": connected,
        "sites": _snapped(sites, edges, inhabited),
    }
    report.counts["network"] = {
        name: network.report[name] for name in ("nodes", "edges", "walkable_km", "components")
    }
    points = gpd.GeoSeries(gpd.points_from_xy(lonely["x"], lonely["y"]), crs=edges.crs).to_crs(WGS84)
    report.lists["islands"] = [
        {
            "points": int(row.points),
            "metres": round(row.length_m),
            "lon": round(point.x, 5),
            "lat": round(point.y, 5),
        }
        for row, point in zip(lonely.itertuples(), points, strict=True)
    ]
    report.lists["network_rules"] = network.report["rules"]
    return tables


def _snapped(
    frame: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, allowed: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Return the frame with the columns that say where its rows join the network."""
    points = anchors(frame)
    found = snap(
        points.x.to_numpy(), points.y.to_numpy(), edges, max_distance_m=SNAP_MAX_M.value, allowed=allowed
    )
    return frame.assign(edge_id=found.edge, offset_m=found.offset_m, to_street_m=found.leg_m)


def _tell(report: Report, tables: dict[str, Any], residents: Residents, population: Population) -> None:
    """Count and list what is not connected or not placed."""
    for name, identity in (("places", "place_id"), ("buildings", "building_id"), ("sites", "site_id")):
        frame = tables[name]
        lost = frame[frame["edge_id"] < 0]
        report.counts.setdefault(name, {"total": len(frame)})["not_connected"] = len(lost)
        columns = [identity, *({"kind", "name"} & set(frame.columns))]
        report.lists[f"{name}_not_connected"] = lost[sorted(columns)].fillna("").to_dict("records")
    buildings = tables["buildings"]
    report.counts["buildings"] |= {
        "residents": float(buildings["residents"].sum()),
        "residents_not_connected": float(buildings.loc[buildings["edge_id"] < 0, "residents"].sum()),
    }
    report.counts["districts"] = {
        "total": len(population.districts),
        "partly_inside": population.partly_inside,
    }
    report.lists["residents_not_placed"] = residents.not_placed.to_dict("records")
    report.notes += population.notes


def _sources(
    config: Municipality, osm: Path, extract: OsmExtract, population: Population
) -> list[dict[str, Any]]:
    told = config.osm
    date = told.date or (extract.timestamp.date() if extract.timestamp else None)
    sources = [
        describe(
            osm, licence=told.licence, attribution=told.attribution, date=date, modelled=extract.modelled
        )
    ]
    if config.districts and config.districts.file:
        given = config.districts
        sources.append(
            describe(given.file, licence=given.licence, attribution=given.attribution, date=given.date)
        )
    return [source.as_resource() for source in sources] + population.sources
