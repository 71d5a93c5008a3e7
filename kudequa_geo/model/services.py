"""Modelled places: of the kinds the facts lack, as many as a German city of this size has."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from kudequa_geo.constants import Sourced
from kudequa_geo.model.places import Place
from kudequa_geo.references import load_references

Floats = NDArray[np.float64]

#: Districts without a food shop in reality; none is modelled there. Source: nordstadtblogger.de.
NO_FOOD_SHOP = ("Deusen", "Kirchderne", "Jungferntal-Rahm")
#: Districts whose shop vacancies are a known problem. Source: nordstadtblogger.de.
VACANCIES = {"Derne": 7, "Westerfilde": 7, "Mengede": 9, "Marten": 8}
_FOOD_SHOP = Sourced(
    1000 / 2650,
    "je 1.000 Einwohner",
    "Annahme für das Modell: ein Lebensmittelladen auf 2.650 Einwohner",
    2025,
    assumption=True,
)


def _assumed(inhabitants: float, what: str) -> Sourced:
    source = f"Annahme für das Modell: {what} je {inhabitants:.0f} Einwohner"
    return Sourced(1000 / inhabitants, "je 1.000 Einwohner", source, 2025, assumption=True)


@dataclass(frozen=True, slots=True)
class ModelledKind:
    """A kind of place that is modelled.

    Attributes
    ----------
    kind
        Key of the kind in the rule table, "" for none.
    tags, name
        OSM tags and the name, which gets " (Modell)".
    per_1000
        How many there shall be, real ones included.
    central
        How much it keeps to main roads and centres: 0 = wherever people live, 1 = only there.
    apart_m
        Least distance to another of the kind.
    """

    kind: str
    tags: dict[str, str]
    name: str
    per_1000: Sourced
    central: float
    apart_m: float


def modelled_kinds() -> list[ModelledKind]:
    """Return the kinds to model, with their reference values."""
    per = load_references().per_1000()
    return [
        ModelledKind("supermarket", {"shop": "supermarket"}, "Lebensmittelladen", _FOOD_SHOP, 0.7, 420),
        ModelledKind("convenience", {"shop": "kiosk"}, "Kiosk", _assumed(2600, "ein Kiosk"), 0.4, 200),
        ModelledKind("bakery", {"shop": "bakery"}, "Bäckerei", per["bakery"], 0.7, 180),
        ModelledKind("drugstore", {"shop": "chemist"}, "Drogerie", per["drugstore"], 1.0, 700),
        ModelledKind(
            "fresh_food", {"shop": "butcher"}, "Metzgerei", _assumed(9000, "eine Metzgerei"), 0.8, 500
        ),
        ModelledKind(
            "fresh_food",
            {"shop": "greengrocer"},
            "Obst und Gemüse",
            _assumed(9000, "ein Gemüseladen"),
            0.8,
            500,
        ),
        ModelledKind(
            "gp",
            {"amenity": "doctors", "healthcare:speciality": "general"},
            "Hausarztpraxis",
            per["gp"],
            0.6,
            120,
        ),
        ModelledKind("dentist", {"amenity": "dentist"}, "Zahnarztpraxis", per["dentist"], 0.6, 120),
        ModelledKind(
            "care_home",
            {"amenity": "social_facility", "social_facility": "nursing_home"},
            "Pflegeheim",
            per["care_home"],
            0.2,
            500,
        ),
        ModelledKind(
            "day_care",
            {"amenity": "social_facility", "social_facility": "ambulatory_care"},
            "Ambulante Pflege",
            per["day_care"],
            0.5,
            250,
        ),
        ModelledKind("hairdresser", {"shop": "hairdresser"}, "Friseur", per["hairdresser"], 0.6, 70),
        ModelledKind(
            "laundry", {"shop": "dry_cleaning"}, "Reinigung", _assumed(13000, "eine Reinigung"), 0.9, 800
        ),
        ModelledKind("post", {"amenity": "post_office"}, "Postfiliale", per["post"], 0.8, 600),
        ModelledKind("bank", {"amenity": "bank"}, "Bank", per["bank"], 0.9, 250),
        ModelledKind(
            "repair", {"shop": "tailor"}, "Änderungsschneiderei", _assumed(8000, "eine Schneiderei"), 0.7, 400
        ),
        ModelledKind(
            "repair",
            {"shop": "bicycle"},
            "Fahrradwerkstatt",
            _assumed(15000, "eine Fahrradwerkstatt"),
            0.6,
            900,
        ),
        ModelledKind(
            "playground", {"leisure": "playground"}, "Spielplatz", _assumed(2000, "ein Spielplatz"), 0.0, 260
        ),
        ModelledKind("cafe", {"amenity": "cafe"}, "Café", _assumed(4500, "ein Café"), 0.9, 150),
        ModelledKind(
            "counselling",
            {"amenity": "social_facility", "social_facility": "outreach"},
            "Beratungsstelle",
            _assumed(12000, "eine Beratungsstelle"),
            0.8,
            900,
        ),
        ModelledKind(
            "sharing",
            {"amenity": "bicycle_rental"},
            "Leihradstation",
            _assumed(9000, "eine Station"),
            0.7,
            600,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Spots:
    """Where a place may be: points at the front of houses.

    Attributes
    ----------
    place
        x, y.
    people
        Residents around.
    central
        0 to 1: on a main road, near a stop and other places.
    district
        Name of the statistischer Bezirk.
    """

    place: Floats
    people: Floats
    central: Floats
    district: NDArray[np.object_]


def model_places(
    spots: Spots, existing: dict[str, Floats], inhabitants: float, rng: np.random.Generator
) -> list[Place]:
    """Return the modelled places.

    Parameters
    ----------
    spots
        Where they may be.
    existing
        Points of the real places inside the study area, by the value of their shop, amenity or leisure tag.
    inhabitants
        Residents of the study area.
    rng
        Chooses among the spots.

    Notes
    -----
    A spot's chance grows with the people around it, with how central it is, and for food shops with the
    distance to the next one.
    """
    made: list[Place] = []
    for kind in modelled_kinds():
        tag = next(key for key in ("shop", "leisure", "social_facility", "amenity") if key in kind.tags)
        value = kind.tags[tag]
        taken = existing.get(value, np.empty((0, 2)))
        wanted = round(inhabitants / 1000 * kind.per_1000.value) - len(taken)
        chosen = _choose(kind, spots, taken, wanted, rng)
        for x, y in spots.place[chosen]:
            tags = {**kind.tags, "name": f"{kind.name} (Modell)", "modelled": "yes"}
            made.append(Place(float(x), float(y), tags))
    return made


def _choose(
    kind: ModelledKind, spots: Spots, taken: Floats, wanted: int, rng: np.random.Generator
) -> list[int]:
    chance = spots.people * ((1 - kind.central) + kind.central * spots.central**2 * 6)
    if kind.kind == "supermarket":
        chance = np.where(np.isin(spots.district, NO_FOOD_SHOP), 0.0, chance)
        chance = np.where(np.isin(spots.district, list(VACANCIES)), 0.3 * chance, chance)
    if len(taken):
        away = cKDTree(taken).query(spots.place)[0]
        chance = np.where(away < kind.apart_m, 0.0, chance * np.minimum(away / (3 * kind.apart_m), 1.5))
    chosen: list[int] = []
    tree = cKDTree(spots.place)
    while len(chosen) < wanted and chance.sum() > 0:
        index = int(rng.choice(len(chance), p=chance / chance.sum()))
        chosen.append(index)
        chance[tree.query_ball_point(spots.place[index], kind.apart_m)] = 0.0
    return chosen


def model_vacancies(spots: Spots, rng: np.random.Generator) -> list[Place]:
    """Return vacant shops in the districts where vacancies are a known problem."""
    made = []
    for district, count in VACANCIES.items():
        chance = np.where(spots.district == district, spots.central**2, 0.0)
        for index in rng.choice(len(chance), size=count, replace=False, p=chance / chance.sum()):
            x, y = spots.place[index]
            made.append(
                Place(float(x), float(y), {"shop": "vacant", "name": "Leerstand (Modell)", "modelled": "yes"})
            )
    return made


def build_spots(
    fronts: Floats, main: Floats, anchors: Floats, people: Floats, districts: gpd.GeoDataFrame
) -> Spots:
    """Rate the fronts of houses.

    Parameters
    ----------
    fronts
        Points at which a shop could be, and ``people`` around each.
    main
        Points along main roads.
    anchors
        Real shops, markets, stops: where they cluster is a centre.
    people
        Residents around each front.
    districts
        ``name`` and polygons.
    """
    on_main = np.exp(-cKDTree(main).query(fronts)[0] / 35.0)
    around = cKDTree(anchors).query_ball_point(fronts, 260.0, return_length=True)
    crowd = np.minimum(np.asarray(around, dtype=float) / 9.0, 1.0)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(fronts[:, 0], fronts[:, 1]), crs=districts.crs)
    joined = points.sjoin(districts[["name", "geometry"]], how="left", predicate="within")
    joined = joined[~joined.index.duplicated()]
    name = joined["name"].fillna("").to_numpy(dtype=object)
    return Spots(fronts, people, 0.45 * on_main + 0.55 * crowd, name)
