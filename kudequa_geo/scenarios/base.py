"""The city as it is prepared: what every scenario starts from and none changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from kudequa_geo.access.graph import Network, Positions, network_from_tables, positions
from kudequa_geo.access.labels import Bool, Float64, Int32, Int64
from kudequa_geo.access.nearest import Nearest, Router
from kudequa_geo.constants import Barrier, Person
from kudequa_geo.gaps.units import Level, levels
from kudequa_geo.kinds import Kind
from kudequa_geo.memory import Memory
from kudequa_geo.prepare.network import islands
from kudequa_geo.scenarios.change import Spot

#: Results of a base that are kept; each is a few megabytes to some ten.
_RESULTS_KEPT = 48


@dataclass(frozen=True, eq=False)
class Base:
    """A prepared municipality, read-only.

    Attributes
    ----------
    network
        The walking network.
    component
        Connected part of each node, int32; two nodes with the same number can reach each other.
    snappable
        Edges that houses and places may be joined to, Boolean; not those of islands.
    places, buildings, districts, sites
        The prepared tables; see :mod:`kudequa_geo.schema`.
    kinds, persons
        The kinds of place and the persons of the municipality, in order.
    municipality
        Its key; empty = not told.
    """

    network: Network
    component: Int32
    snappable: Bool
    places: Any
    buildings: Any
    districts: Any
    sites: Any
    kinds: tuple[Kind, ...]
    persons: Mapping[str, Person]
    municipality: str = ""

    @cached_property
    def crs(self) -> str:
        """The metric CRS of all tables; empty where they do not tell."""
        crs = getattr(self.buildings, "crs", None)
        return "" if crs is None else str(crs.to_string())

    @cached_property
    def kind_index(self) -> dict[str, int]:
        """Position of each kind in :attr:`kinds`."""
        return {kind.key: row for row, kind in enumerate(self.kinds)}

    @cached_property
    def place_kinds(self) -> Int64:
        """Position of each place's kind in :attr:`kinds`; -1 = not one of the municipality's."""
        kinds: Int64 = self.places["kind"].map(self.kind_index).fillna(-1).to_numpy(np.int64)
        return kinds

    @cached_property
    def place_rows(self) -> dict[str, int]:
        """Row of each place by its identifier."""
        return {key: row for row, key in enumerate(self.places["place_id"])}

    @cached_property
    def place_names(self) -> list[str]:
        """What to call each place: its name, or its identifier where it has none."""
        keys = [str(key) for key in self.places["place_id"]]
        return [
            key if pd.isna(name) else str(name) for key, name in zip(keys, self.places["name"], strict=True)
        ]

    @cached_property
    def building_rows(self) -> dict[str, int]:
        """Row of each building by its identifier."""
        return {key: row for row, key in enumerate(self.buildings["building_id"])}

    @cached_property
    def site_rows(self) -> dict[str, int]:
        """Row of each site by its identifier."""
        return {key: row for row, key in enumerate(self.sites["site_id"])}

    @cached_property
    def avoided(self) -> Bool:
        """Places that are no goal with a wheelchair."""
        avoided: Bool = (self.places["wheelchair"] == "no").to_numpy(bool)
        return avoided

    @cached_property
    def capacity(self) -> Float64:
        """Capacity of each place; NaN = not known."""
        capacity: Float64 = self.places["capacity"].to_numpy(np.float64)
        return capacity

    @cached_property
    def groups(self) -> list[str]:
        """Columns of the buildings that hold people: all residents, then their groups."""
        return [name for name in self.buildings.columns if str(name).startswith("residents")]

    @cached_property
    def people(self) -> pd.DataFrame:
        """Residents, their groups and ``district_id`` of each building."""
        return pd.DataFrame(self.buildings[[*self.groups, "district_id"]]).reset_index(drop=True)

    @cached_property
    def levels(self) -> list[Level]:
        """The districts, their parents and the whole area as divisions of the buildings."""
        return levels(self.people, self.districts)

    @cached_property
    def origins(self) -> Positions:
        """Where buildings join the network."""
        return positions(self.buildings)

    @cached_property
    def destinations(self) -> Positions:
        """Where places join the network."""
        return positions(self.places)

    @cached_property
    def site_positions(self) -> Positions:
        """Where sites join the network."""
        return positions(self.sites)

    @cached_property
    def building_points(self) -> Float64:
        """A point in each building, shape (buildings, 2)."""
        return _points(self.buildings)

    @cached_property
    def place_points(self) -> Float64:
        """A point in each place, shape (places, 2)."""
        return _points(self.places)

    @cached_property
    def site_points(self) -> Float64:
        """A point on each site, shape (sites, 2)."""
        return _points(self.sites)

    @cached_property
    def edge_boxes(self) -> Float64:
        """Smallest x, smallest y, largest x and largest y of each edge, shape (4, edges)."""
        first = self.network.shape_start[:-1]
        if not len(first):
            return np.empty((4, 0))
        low, high = (
            np.minimum.reduceat(self.network.shape, first),
            np.maximum.reduceat(self.network.shape, first),
        )
        return np.vstack((low.T, high.T))

    @cached_property
    def area(self) -> shapely.Geometry | None:
        """The study area: all districts together; None where there are none."""
        if self.districts is None or not len(self.districts):
            return None
        whole = shapely.union_all(self.districts.geometry.to_numpy())
        shapely.prepare(whole)
        return whole

    def point_of(self, spot: Spot) -> Float64:
        """Return the coordinates of a spot whose site or building exists."""
        point: Float64 = np.array(spot.point, dtype=np.float64)
        if spot.site is not None:
            point = self.site_points[self.site_rows[spot.site]]
        elif spot.building is not None:
            point = self.building_points[self.building_rows[spot.building]]
        return point

    def district_at(self, x: float, y: float) -> str | None:
        """Return the district in which a point lies; None where in none."""
        if self.area is None:
            return None
        inside = shapely.covers(self.districts.geometry.to_numpy(), shapely.Point(x, y))
        return str(self.districts["district_id"].iloc[int(inside.argmax())]) if inside.any() else None

    @cached_property
    def memory(self) -> Memory:
        """What has been computed of the base, for all scenarios and readers."""
        return Memory(_RESULTS_KEPT)

    def router(self, barriers: frozenset[Barrier]) -> Router:
        """Return the routing for persons stopped by these barriers; made once."""
        return self.memory.get(("router", barriers), lambda: Router(self.network, barriers))

    def nearest(self, barriers: frozenset[Barrier], k: int) -> Nearest:
        """Return the nearest places of every kind for every building; made once for these barriers."""

        def search() -> Nearest:
            goals = self.destinations.only(usable(self.place_kinds, self.avoided, barriers))
            kinds = np.maximum(self.place_kinds, 0)
            return self.router(barriers).nearest(self.origins, goals, kinds, len(self.kinds), k=k)

        return self.memory.get(("nearest", barriers, k), search)


def usable(kinds: Int64, avoided: Bool, barriers: frozenset[Barrier]) -> Bool:
    """Tell which places are open and count for persons stopped by some barriers.

    Parameters
    ----------
    kinds
        Position of each place's kind; -1 = closed or none of the municipality's.
    avoided
        Places that are no goal with a wheelchair.
    barriers
        What stops the persons.
    """
    open_places = kinds >= 0
    if Barrier.WHEELCHAIR_NO in barriers:
        open_places &= ~avoided
    return open_places


def base_of(
    tables: Mapping[str, Any],
    kinds: Sequence[Kind],
    persons: Mapping[str, Person],
    *,
    municipality: str = "",
    network: Network | None = None,
) -> Base:
    """Return prepared tables as the base of scenarios.

    Parameters
    ----------
    tables
        ``nodes``, ``edges``, ``places``, ``buildings``, ``districts``, ``sites`` as prepared, rows of nodes
        and edges in the order of their ids.
    kinds, persons
        Those of the municipality.
    municipality
        Its key: scenarios of another one are refused.
    network
        The network of the tables where it has been built already.
    """
    nodes, edges = tables["nodes"], tables["edges"]
    component = nodes["component"].to_numpy(np.int32)
    isolated = islands(nodes, edges, tables["buildings"])["component"].to_numpy()
    on_island = np.isin(component[edges["u"].to_numpy(np.int64)], isolated)
    return Base(
        network=network or network_from_tables(nodes, edges),
        component=component,
        snappable=~on_island & (edges["length_m"].to_numpy(np.float64) > 0),
        places=tables["places"],
        buildings=tables["buildings"],
        districts=tables["districts"],
        sites=tables["sites"],
        kinds=tuple(kinds),
        persons=dict(persons),
        municipality=municipality,
    )


def _points(frame: pd.DataFrame) -> Float64:
    if not len(frame):
        return np.empty((0, 2))
    inside = shapely.point_on_surface(frame["geometry"].to_numpy())
    return np.column_stack((shapely.get_x(inside), shapely.get_y(inside)))
