"""The whole flow: sources → prepare → access → gaps, in the order it happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from kudequa_geo import schema, store
from kudequa_geo.config import Municipality
from kudequa_geo.connection import connect
from kudequa_geo.constants import WGS84
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.people import Population, place_residents, read_population
from kudequa_geo.prepare.buildings import address_points, residential_buildings
from kudequa_geo.prepare.network import walkable_network
from kudequa_geo.prepare.obstacles import find_obstacles
from kudequa_geo.prepare.places import places_by_kind
from kudequa_geo.prepare.residents import Residents
from kudequa_geo.prepare.sites import sites_from_features
from kudequa_geo.progress import Progress, silent
from kudequa_geo.report import Report
from kudequa_geo.results.catchment import catchment_frame
from kudequa_geo.results.equity import EVERYBODY, equity_frame, known_groups
from kudequa_geo.results.gaps import gap_frame
from kudequa_geo.results.need import need_frame
from kudequa_geo.results.secrecy import masked
from kudequa_geo.results.uncertainty import uncertainty_frame
from kudequa_geo.results.walks import access_table
from kudequa_geo.sources.osm import OsmExtract, read_osm
from kudequa_geo.sources.provenance import describe
from kudequa_geo.sources.sites import read_sites
from kudequa_geo.store import DataPackage, Stage
from kudequa_geo.study import Study
from kudequa_geo.territory import districts_inside, read_territory

DISTRICTS = schema.columns("districts")


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
    area, districts = read_territory(config, path)
    extract = read_osm(
        path,
        area=area,
        margin_m=config.margin_m,
        crs=config.crs,
        progress=lambda text, share: progress(text, 0.4 * share),
    )
    report.counts["extract"] = dict(extract.counts)
    area_m = gpd.GeoSeries([area], crs=WGS84).to_crs(config.crs).iloc[0]
    districts = districts_inside(config, districts, extract.boundaries, area_m)
    progress(msg("Wegenetz knüpfen"), 0.4)
    network = walkable_network(extract.highways, extract.vertices, crs=config.crs)
    progress(msg("Orte finden"), 0.5)
    places, found = places_by_kind(extract.features, config.kinds())
    if not len(places):
        raise SourceError(
            msg("Der OSM-Auszug enthält im Gebiet und seinem Rand keinen Ort eines Dienstes."),
            where=str(path),
            remedy=msg("Bitte einen Auszug mit Läden, Haltestellen und Einrichtungen verwenden."),
        )
    report.counts["places"] = {"total": len(places), "merged": len(found.merged), "closed": found.closed}
    report.lists["places_merged"] = found.merged.fillna("").to_dict("records")
    progress(msg("Einwohner auf Wohngebäude verteilen"), 0.6)
    population = read_population(config, districts, area_m)
    residents = _residents(config, extract, population, area_m)
    progress(msg("Gebäude und Orte an das Netz anbinden"), 0.7)
    sites = read_sites(config, sites_from_features(extract.features))
    report.lists["sites_not_located"] = list(sites.attrs["not_located"])
    tables = connect(network, places, residents.buildings, sites, report)
    tables |= {"nodes": network.nodes, "edges": network.edges, "districts": population.districts[DISTRICTS]}
    tables["obstacles"] = find_obstacles(extract.features, extract.highways, extract.vertices)
    tables["area"] = gpd.GeoDataFrame({"name": [config.name]}, geometry=[area_m], crs=config.crs)
    _tell(report, tables["buildings"], residents, population)
    modelled = extract.modelled or population.estimated
    sources = _sources(config, path, extract, population)
    return Prepared(
        tables, store.new_package(config.name, sources, modelled=modelled), report, extract.features
    )


def analyse(study: Study, stage: Stage, *, progress: Progress = silent) -> None:
    """Compute every walk and every measure of a municipality and add them to its folder."""
    for number, person in enumerate(study.persons):
        progress(msg("Wege berechnen"), 0.2 * number / len(study.persons))
        study.nearest(person)
    progress(msg("Wege schreiben"), 0.2)
    stage.table("access", access_table(study))
    progress(msg("Kennzahlen berechnen"), 0.3)
    indicators = study.indicators(groups=known_groups(study))
    stage.csv("indicators.csv", masked(indicators[indicators["group"] == EVERYBODY]))
    stage.csv("equity.csv", masked(equity_frame(study, indicators)))
    stage.csv("need.csv", masked(need_frame(study)))
    stage.csv("catchment.csv", masked(catchment_frame(study)))
    stage.csv("uncertainty.csv", masked(uncertainty_frame(study)))
    progress(msg("Versorgungslücken abgrenzen"), 0.5)
    stage.geojson("gaps.geojson", gap_frame(study))
    progress(msg("Fertig"), 1.0)


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


def _tell(report: Report, buildings: gpd.GeoDataFrame, residents: Residents, population: Population) -> None:
    """Add what became of the residents to the report."""
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
    given = config.districts
    if given is not None and given.file is not None:
        sources.append(
            describe(given.file, licence=given.licence, attribution=given.attribution, date=given.date)
        )
    return [source.as_resource() for source in sources] + population.sources
