"""From the facts to the model extract: the whole way, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.errors import msg
from kudequa_geo.model.buildings import Building, build_houses
from kudequa_geo.model.crossings import add_foot_crossings, build_crossings, build_steps
from kudequa_geo.model.derive import study_area
from kudequa_geo.model.draft import Draft, draft_extract
from kudequa_geo.model.facts import Facts
from kudequa_geo.model.ground import public_buildings, residential_ground
from kudequa_geo.model.landscape import Landscape, build_landscape
from kudequa_geo.model.measure import figures
from kudequa_geo.model.naming import classify, name_ways
from kudequa_geo.model.network import Net, build_net
from kudequa_geo.model.orientation import CrossField, cross_field
from kudequa_geo.model.paths import connect_points, cut_blocks, drop_islands, join_components, link_dead_ends
from kudequa_geo.model.places import Place, real_places
from kudequa_geo.model.services import build_spots, model_places, model_vacancies
from kudequa_geo.model.skeleton import anchors, build_skeleton
from kudequa_geo.model.streets import Street, Tracer, grow_streets
from kudequa_geo.progress import Progress, silent

Floats = NDArray[np.float64]

#: Dortmund's closed blocks of the 1890s stand in the Stadtbezirke of this name.
_INNER_CITY = "Innenstadt"


@dataclass(frozen=True, slots=True)
class Built:
    """A finished model, before it is drafted as OSM objects.

    Attributes
    ----------
    landscape, net, places, houses, public
        The ground, the ways, all places, the residential and the public buildings.
    figures
        How plausible it is; see :mod:`kudequa_geo.model.measure`.
    """

    landscape: Landscape
    net: Net
    places: list[Place]
    houses: list[Building]
    public: list[Building]
    figures: dict[str, Any]


def build_model(
    facts: Facts, districts: Sequence[str], margin_m: float, seed: int, *, progress: Progress = silent
) -> Built:
    """Model a study area.

    Parameters
    ----------
    facts
        The fact tables.
    districts
        Names or ids of the districts of the study area.
    margin_m
        Width of the surroundings with streets and services but without houses, metres.
    seed
        The same seed and facts give the same model.
    progress
        Called with each step.
    """
    chosen = study_area(facts.districts, districts)
    progress(msg("Gelände und Hauptstraßen"), 0.0)
    landscape = build_landscape(facts, chosen.union_all(), margin_m)
    # One generator per step: a change in one leaves the chances of the others as they are.
    rngs = [np.random.default_rng([seed, step]) for step in range(6)]
    tracer = _main_roads(facts, landscape, rngs[0])
    progress(msg("Straßen"), 0.1)
    points, names = _street_points(facts, landscape)
    grow_streets(tracer, points, names)
    progress(msg("Wegenetz"), 0.4)
    real = [place for place in real_places(facts) if shapely.contains_xy(landscape.domain, place.x, place.y)]
    sites = shapely.get_coordinates(facts.sites.geometry.centroid.to_numpy())
    goals = np.vstack([np.array([(place.x, place.y) for place in real]), sites])
    net = _network(tracer, landscape, goals, rngs[1])
    classify(net)
    name_ways(net, points, names)
    progress(msg("Häuser"), 0.7)
    public = public_buildings(real, net, tracer.orientation, landscape)
    inner_city = chosen.geometry[chosen["parent"].str.startswith(_INNER_CITY)].union_all()
    taken = [one.footprint for one in public]
    houses = build_houses(net, landscape, rngs[2], taken=taken, closed=inner_city)
    progress(msg("Läden und Dienste"), 0.9)
    spots = build_spots(*_fronts(houses, net, real, landscape), chosen)
    existing = _by_value([place for place in real if shapely.contains_xy(landscape.area, place.x, place.y)])
    modelled = model_places(spots, existing, float(chosen["population"].sum()), rngs[3])
    vacancies = model_vacancies(spots, rngs[4])
    places = [*real, *modelled, *vacancies]
    progress(msg("Plausibilität"), 0.95)
    return Built(landscape, net, places, houses, public, figures(net, landscape, places, houses, chosen))


def draft_model(facts: Facts, built: Built, seed: int) -> Draft:
    """Return the model as OSM objects."""
    return draft_extract(
        facts,
        built.net,
        built.places,
        [*built.public, *built.houses],
        residential_ground(built.landscape),
        np.random.default_rng([seed, 6]),
    )


def _main_roads(facts: Facts, landscape: Landscape, rng: np.random.Generator) -> Tracer:
    points = np.vstack([_xy(facts.stops), _xy(facts.stations)])
    skeleton = build_skeleton(anchors(points, landscape), landscape)
    barriers = [shapely.get_coordinates(shapely.segmentize(line, 15.0)) for line in landscape.directions]
    field: CrossField = cross_field(landscape.coarse, skeleton.curves, barriers, rng)
    tracer = Tracer(landscape, field, rng)
    for course, stroke, crossing in zip(skeleton.curves, skeleton.stroke, skeleton.crossing, strict=True):
        tracer.add(Street(course, 0, stroke=stroke, crossing=crossing))
    return tracer


def _network(tracer: Tracer, landscape: Landscape, goals: Floats, rng: np.random.Generator) -> Net:
    net = build_net(tracer.streets)
    link_dead_ends(net, landscape, rng)
    join_components(net, landscape)
    drop_islands(net)
    connect_points(net, landscape, goals)
    cut_blocks(net, landscape, rng)
    add_foot_crossings(net, landscape, rng)
    build_crossings(net, landscape)
    build_steps(net, rng)
    return net


def _street_points(facts: Facts, landscape: Landscape) -> tuple[Floats, list[str]]:
    points = _xy(facts.streets)
    inside = shapely.contains_xy(landscape.domain, points[:, 0], points[:, 1])
    return points[inside], facts.streets["name"][inside].tolist()


def _xy(frame: object) -> Floats:
    points: Floats = shapely.get_coordinates(frame.geometry.to_numpy())  # type: ignore[attr-defined]
    return points


def _fronts(
    houses: list[Building], net: Net, real: list[Place], landscape: Landscape
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return where shops can be, points along main roads, what makes a centre, and the people around."""
    fronts = shapely.get_coordinates(shapely.centroid([house.footprint for house in houses]))
    main = np.vstack([edge.course for edge in net.edges if edge.highway in ("secondary", "tertiary")])
    anchors_ = np.array([(place.x, place.y) for place in real if "leisure" not in place.tags])
    return fronts, main, anchors_, landscape.density_at(fronts[:, 0], fronts[:, 1])


def _by_value(places: list[Place]) -> dict[str, Floats]:
    found: dict[str, list[tuple[float, float]]] = {}
    for place in places:
        for key in ("shop", "leisure", "social_facility", "amenity"):
            if key in place.tags:
                found.setdefault(place.tags[key], []).append((place.x, place.y))
    return {value: np.array(points) for value, points in found.items()}
