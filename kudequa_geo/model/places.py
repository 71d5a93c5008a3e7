"""Real places as OSM objects, and the modelled ones that fill what the facts lack."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.model.facts import RESOURCES, Facts

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A point with OSM tags and the date of the fact (ISO, empty for a modelled one)."""

    x: float
    y: float
    tags: dict[str, str]
    date: str = ""

    @property
    def modelled(self) -> bool:
        """True for an invented one."""
        return self.tags.get("modelled") == "yes"


_SERVICE_TAGS: dict[str, dict[str, str]] = {
    "supermarket": {"shop": "supermarket"},
    "discounter": {"shop": "supermarket", "supermarket": "discount"},
    "kiosk": {"shop": "kiosk"},
    "pharmacy": {"amenity": "pharmacy"},
    "doctor": {"amenity": "doctors"},
    "dentist": {"amenity": "dentist"},
    "hospital": {"amenity": "hospital"},
    "care_home": {"amenity": "social_facility", "social_facility": "nursing_home"},
    "bank": {"amenity": "bank"},
    "post": {"amenity": "post_office"},
    "parcel_locker": {"amenity": "parcel_locker"},
    "library": {"amenity": "library"},
    "community_centre": {"amenity": "community_centre"},
    "weekly_market": {"amenity": "marketplace"},
}
_SCHOOL_TAGS = {
    "kindergarten": {"amenity": "kindergarten"},
    "childcare": {"amenity": "childcare"},
    "school": {"amenity": "school"},
}
#: What the file calls a school but is none.
_NO_SCHOOL = r"DLRG|Parkplatz|Fahrschule|Schulhof|Schulgelände|Musikschule"


def real_places(facts: Facts) -> list[Place]:
    """Return every real place of the facts with tags, source and date, but no closed or unsure ones."""
    return [
        *_services(facts.services[facts.services["supply"]]),
        *_schools(facts.schools),
        *_meeting_places(facts.meeting_places, facts.services),
        *_stops(facts.stops),
        *_stations(facts.stations),
    ]


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()


def _sourced(tags: dict[str, str], source: str, date: str) -> dict[str, str]:
    kept = {key: value[:255] for key, value in tags.items() if value}
    return {**kept, "source": source[:255], "source:date": date}


def _services(services: gpd.GeoDataFrame) -> list[Place]:
    found = []
    for row in services.itertuples():
        tags = {
            **_SERVICE_TAGS[row.kind],
            "name": _text(row.name) or _text(row.brand),
            "brand": _text(row.brand),
            "addr:street": _text(row.street),
            "approx": "yes" if row.approx else "",
        }
        if row.kind == "weekly_market":
            tags["opening_hours"] = _text(row.note)
        date = _text(row.date)
        found.append(Place(row.geometry.x, row.geometry.y, _sourced(tags, row.source, date), date))
    return found


def _schools(schools: gpd.GeoDataFrame) -> list[Place]:
    resource = RESOURCES["schools"]
    named = schools["name"].fillna("")
    kept = schools[~(schools["kind"].eq("school") & named.str.contains(_NO_SCHOOL, case=False))]
    found = []
    for row in kept.itertuples():
        name = _text(row.name)
        tags = {**_SCHOOL_TAGS[row.kind], "name": name}
        if "VHS" in name or "Volkshochschule" in name:
            tags["amenity"] = "college"
        found.append(
            Place(
                row.geometry.x, row.geometry.y, _sourced(tags, resource.source, resource.date), resource.date
            )
        )
    return found


def _meeting_places(points: gpd.GeoDataFrame, services: gpd.GeoDataFrame) -> list[Place]:
    """Leave out what the services name already."""
    resource = RESOURCES["meeting_places"]
    known = services[services["kind"].isin(["community_centre", "library"])].geometry.union_all()
    found = []
    for row in points.itertuples():
        tags = dict(pair.split("=", 1) for pair in row.tags.split(";"))
        if tags.get("amenity") == "community_centre" and row.geometry.distance(known) < 60:
            continue
        tags["name"] = row.name
        tags["note"] = "Art aus dem Namen erschlossen"
        found.append(
            Place(
                row.geometry.x, row.geometry.y, _sourced(tags, resource.source, resource.date), resource.date
            )
        )
    return found


def _stops(stops: gpd.GeoDataFrame) -> list[Place]:
    """Return the stops; one that the source names no product for is taken for a bus stop and says so."""
    resource = RESOURCES["stops"]
    found = []
    for row in stops.itertuples():
        products = set(_text(row.products).split("|")) - {""}
        rail = products & {"subway", "tram"}
        tags = {"name": row.name}
        if products & {"bus", "taxi"} or not products:
            bus = {**tags, "highway": "bus_stop", "public_transport": "platform", "bus": "yes"}
            if not products:
                bus["note"] = "Verkehrsmittel in der Quelle nicht genannt"
            elif products == {"taxi"}:
                bus["note"] = "Anruf-Linientaxi"
            found.append(_stop(row, bus, resource.source, resource.date))
        if rail:
            tram = {**tags, "railway": "tram_stop", "public_transport": "stop_position"}
            found.append(
                _stop(
                    row,
                    {**tram, "tram" if "tram" in rail else "light_rail": "yes"},
                    resource.source,
                    resource.date,
                )
            )
    return found


def _stop(row: object, tags: dict[str, str], source: str, date: str) -> Place:
    point = row.geometry  # type: ignore[attr-defined]
    return Place(point.x, point.y, _sourced(tags, source, date), date)


def _stations(stations: gpd.GeoDataFrame) -> list[Place]:
    resource = RESOURCES["stations"]
    found = []
    for row in stations.itertuples():
        tags = {
            "railway": _text(row.railway),
            "public_transport": "station",
            "train": "yes",
            "name": _text(row.name),
            "wheelchair": _text(row.wheelchair),
        }
        found.append(
            Place(
                row.geometry.x, row.geometry.y, _sourced(tags, resource.source, resource.date), resource.date
            )
        )
    return found
