"""Supply for those who compete for it: floating catchments on pairs of buildings and places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import Floats, checked_weights
from kudequa_geo.gaps.weighted import ratio as ratio_of

CATCHMENT_M = Sourced(
    1200.0,
    "m",
    "Annahme: 15 Minuten Fußweg eines Erwachsenen (80 m/min)",
    2025,
    assumption=True,
)

_LUO_QI = "Luo und Qi (2009), An enhanced two-step floating catchment area (E2SFCA) method, Health & Place 15"
_LUO_QI_URL = "https://doi.org/10.1016/j.healthplace.2009.06.002"
#: Weights of the three zones from near to far, for a slow decay with distance.
ZONE_WEIGHTS = tuple(Sourced(value, "Gewicht", _LUO_QI, 2009, _LUO_QI_URL) for value in (1.0, 0.68, 0.22))

CAPACITY_LEAST_KNOWN = Sourced(
    0.5,
    "Anteil",
    "Annahme: erst wenn die Hälfte der Orte ihre Plätze nennt, wird in Plätzen gerechnet, sonst in Orten",
    2025,
    assumption=True,
)


@dataclass(frozen=True)
class Pairs:
    """Which building reaches which place, and over how many metres, grouped by place.

    Attributes
    ----------
    origin
        Row of the building, int32, one per pair; a pair occurs once.
    start
        Where each place's pairs begin, int32, one more than there are places.
    metres
        Walk in metres, one per pair.
    origins
        Number of all buildings.
    """

    origin: NDArray[np.int32]
    start: NDArray[np.int32]
    metres: Floats
    origins: int

    @property
    def places(self) -> int:
        """Number of all places."""
        return len(self.start) - 1

    def matrix(self, weights: Floats) -> csr_array:
        """Return the pairs' weights as a sparse matrix, places by buildings."""
        return csr_array((weights, self.origin, self.start), shape=(self.places, self.origins))


def pairs_of(origin: ArrayLike, place: ArrayLike, metres: ArrayLike, origins: int, places: int) -> Pairs:
    """Return pairs in any order grouped by place.

    Parameters
    ----------
    origin, place
        Row of the building and of the place, one per pair; a pair may occur only once.
    metres
        Walk in metres; pairs with NaN (unreachable) are left out.
    origins, places
        Number of all buildings and all places.
    """
    walks = np.asarray(metres, dtype=np.float64)
    home, goal = np.asarray(origin, dtype=np.int32), np.asarray(place, dtype=np.int32)
    if np.isnan(walks).any():
        known = ~np.isnan(walks)
        home, goal, walks = home[known], goal[known], walks[known]
    if (goal[1:] < goal[:-1]).any():
        order = np.argsort(goal, kind="stable")
        home, goal, walks = home[order], goal[order], walks[order]
    start = np.searchsorted(goal, np.arange(places + 1, dtype=np.int32)).astype(np.int32)
    return Pairs(home, start, walks, origins)


@dataclass(frozen=True)
class Catchment:
    """What a floating catchment tells.

    Attributes
    ----------
    access
        Per building: supply per resident within reach; 0 where no place is within the catchment.
        Buildings that are not connected have no pair either: the caller marks them as unknown.
    demand
        Per place: residents (weighted) who come to it.
    ratio
        Per place: supply per resident who comes; NaN where nobody does.
    """

    access: Floats
    demand: Floats
    ratio: Floats


@dataclass(frozen=True)
class Supply:
    """What places offer.

    Attributes
    ----------
    amount
        Per place, not negative.
    in_capacity
        True: in the unit of the capacity (seats, beds, children); False: every place counts 1.
    known
        Share of places whose capacity is known, 0 to 1; NaN without places.
    """

    amount: Floats
    in_capacity: bool
    known: float


def supply_of(capacity: ArrayLike, *, least_known: float = CAPACITY_LEAST_KNOWN.value) -> Supply:
    """Return the supply of places, some of whose capacities are not known.

    Where at least ``least_known`` of the places state a capacity, the others are given the median
    of the stated ones; otherwise every place counts 1.

    Parameters
    ----------
    capacity
        Per place; NaN = not known.
    least_known
        Share of places, 0 to 1.

    Raises
    ------
    AnalysisError
        For negative capacities.
    """
    stated = checked_weights(capacity, "capacity", unknown=True)
    unknown = np.isnan(stated)
    share = float(1 - unknown.mean()) if len(stated) else np.nan
    if len(stated) and share > 0 and share >= least_known:
        return Supply(np.where(unknown, np.median(stated[~unknown]), stated), True, share)
    return Supply(np.ones(len(stated)), False, share)


def zone_weights(metres: ArrayLike, *, radius_m: float = CATCHMENT_M.value) -> Floats:
    """Return the weight of each pair: the catchment is cut into zones of equal width, near first.

    Parameters
    ----------
    metres
        Walks in metres; the outer border of a zone belongs to it.
    radius_m
        Radius of the catchment in metres; beyond it the weight is 0.

    Raises
    ------
    AnalysisError
        If the radius is not a positive number.

    Notes
    -----
    *Source*: Luo and Qi (2009), three zones; their 10, 20 and 30 minutes by car are thirds of the
    walking catchment here.
    """
    _check_radius(radius_m)
    walks = np.asarray(metres, dtype=np.float64)
    table = np.array([*(weight.value for weight in ZONE_WEIGHTS), 0.0])
    zone = np.zeros(len(walks), dtype=np.int8)
    for border in range(1, len(table)):
        # As numbers, and of one type: numpy adds and looks up twice as fast.
        zone += (walks > radius_m * border / len(ZONE_WEIGHTS)).view(np.int8)
    return table[zone.astype(np.intp)]


def two_step(
    pairs: Pairs, supply: ArrayLike, demand: ArrayLike, *, radius_m: float = CATCHMENT_M.value
) -> Catchment:
    r"""Return the two-step floating catchment (2SFCA): everybody within the radius counts the same.

    .. math:: R_j = \frac{S_j}{\sum_{d_{ij} \le r} P_i}, \qquad A_i = \sum_{d_{ij} \le r} R_j

    Parameters
    ----------
    pairs
        At least all pairs within the radius.
    supply, demand
        :math:`S_j` per place and :math:`P_i` (residents) per building, not negative.
    radius_m
        Radius :math:`r` in metres, itself included.

    Raises
    ------
    AnalysisError
        For negative or missing supply or demand, shapes that do not fit, a radius without meaning.

    Notes
    -----
    Residents times access sum to the supply of all places that somebody reaches.

    *Source*: Luo and Wang (2003), "Measures of spatial accessibility to health care in a GIS
    environment", Environment and Planning B 30.
    """
    _check_radius(radius_m)
    return enhanced(pairs, supply, demand, (pairs.metres <= radius_m).astype(np.float64))


def enhanced(pairs: Pairs, supply: ArrayLike, demand: ArrayLike, weights: Floats) -> Catchment:
    r"""Return the enhanced two-step floating catchment (E2SFCA): nearer residents count more.

    .. math:: R_j = \frac{S_j}{\sum_i W_{ij} P_i}, \qquad A_i = \sum_j W_{ij} R_j

    Parameters
    ----------
    pairs
        Pairs of building and place.
    supply, demand
        :math:`S_j` per place and :math:`P_i` per building, not negative.
    weights
        :math:`W_{ij}` per pair, 0 to 1, for example of :func:`zone_weights`.

    Raises
    ------
    AnalysisError
        As :func:`two_step`.

    Notes
    -----
    *Source*: Luo and Qi (2009), Health & Place 15, 1100-1107.
    """
    offered, people = _checked(pairs, supply, demand)
    matrix = pairs.matrix(weights)
    came = matrix @ people
    ratio = ratio_of(offered, came)
    # A place to which nobody comes has no ratio, and nothing to give.
    return Catchment(matrix.T @ np.nan_to_num(ratio), came, ratio)


def balanced(pairs: Pairs, supply: ArrayLike, demand: ArrayLike, weights: Floats) -> Catchment:
    r"""Return the balanced floating catchment as published: nothing is counted twice.

    .. math::

        W^i_{ij} = \frac{W_{ij}}{\sum_j W_{ij}}, \quad W^j_{ij} = \frac{W_{ij}}{\sum_i W_{ij}}, \quad
        L_j = \frac{S_j}{\sum_i W^i_{ij} P_i}, \quad A_i = \sum_j W^j_{ij} L_j

    Every resident is divided among the places, so the demands sum to the residents in reach; every
    level of service :math:`L_j` is divided among the buildings, so that
    :math:`\sum_i A_i = \sum_j L_j`. ``access`` therefore depends on how many buildings share a
    place; for a figure per resident see :func:`balanced_per_resident`.

    Parameters, errors
        As :func:`enhanced`.

    Notes
    -----
    *Source*: Páez, Higgins and Vivona (2019), "Demand and level of service inflation in floating
    catchment area (FCA) methods", PLOS ONE 14(6): e0218773.
    """
    offered, people = _checked(pairs, supply, demand)
    matrix = pairs.matrix(weights)
    came, ratio = _shared_demand(matrix, offered, people)
    per_weight = np.nan_to_num(ratio_of(np.nan_to_num(ratio), matrix.sum(axis=1)))
    return Catchment(matrix.T @ per_weight, came, ratio)


def balanced_per_resident(pairs: Pairs, supply: ArrayLike, demand: ArrayLike, weights: Floats) -> Catchment:
    r"""Return the supply per resident when every resident is divided among the places in reach.

    .. math:: L_j = \frac{S_j}{\sum_i W^i_{ij} P_i}, \qquad A_i = \sum_j W^i_{ij} L_j

    The first step is that of :func:`balanced`; the second gives each resident of a place the same
    share of it. Residents and supply are both conserved: the demands sum to the residents in reach,
    and :math:`\sum_i P_i A_i = \sum_j S_j` over the places that somebody reaches. Dividing a
    building in two changes nothing.

    Parameters, errors
        As :func:`enhanced`.

    Notes
    -----
    *Source*: first step Páez, Higgins and Vivona (2019); the same weights in both steps as in
    Luo (2014), "Integrating the Huff model and floating catchment area methods to analyze spatial
    access to healthcare services", Transactions in GIS 18.
    """
    offered, people = _checked(pairs, supply, demand)
    matrix = pairs.matrix(weights)
    came, ratio = _shared_demand(matrix, offered, people)
    total = matrix.T @ np.nan_to_num(ratio)
    return Catchment(np.nan_to_num(ratio_of(total, matrix.sum(axis=0))), came, ratio)


def _shared_demand(matrix: csr_array, supply: Floats, people: Floats) -> tuple[Floats, Floats]:
    per_weight = np.nan_to_num(ratio_of(people, matrix.sum(axis=0)))
    came = matrix @ per_weight
    return came, ratio_of(supply, came)


def _checked(pairs: Pairs, supply: ArrayLike, demand: ArrayLike) -> tuple[Floats, Floats]:
    offered, people = checked_weights(supply, "supply"), checked_weights(demand, "demand")
    if len(offered) != pairs.places or len(people) != pairs.origins:
        raise AnalysisError(
            msg("{supply} Angebote und {demand} Nachfragen für {places} Orte und {origins} Gebäude."),
            remedy=msg("Bitte Angebot, Nachfrage und Wege aus demselben Lauf verwenden."),
            supply=len(offered),
            demand=len(people),
            places=pairs.places,
            origins=pairs.origins,
        )
    return offered, people


def _check_radius(radius_m: float) -> None:
    if not 0 < radius_m < np.inf:
        raise AnalysisError(
            msg("Der Radius des Einzugsgebiets ist {radius} m."),
            remedy=msg("Bitte eine Weite über 0 m angeben."),
            radius=radius_m,
        )
