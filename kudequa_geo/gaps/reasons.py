"""Why a place is far: a barrier, a missing path, or simply no place near."""

from __future__ import annotations

from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps.weighted import Floats
from kudequa_geo.schema import Obstacle

DETOUR = Sourced(
    2.0,
    "Faktor",
    "Annahme: Wege sind im Mittel 1,25- bis 1,45-mal so lang wie die Luftlinie; ab dem Doppelten ein Umweg",
    2025,
    assumption=True,
)
NEAR_M = Sourced(2000.0, "m", "Annahme: weiter geht kaum jemand zu Fuß", 2025, assumption=True)


class Reason(StrEnum):
    """Why the nearest place is beyond the limit."""

    NO_PLACE = "no_place"
    NO_PATH = "no_path"
    NONE_NEAR = "none_near"
    BARRIER = "barrier"
    DETOUR = "detour"
    FAR = "far"


REASON_LABELS: dict[Reason, str] = {
    Reason.NO_PLACE: msg("Im ganzen Gebiet ist kein solcher Ort erfasst, den diese Person nutzen kann."),
    Reason.NO_PATH: msg("Es führt kein begehbarer Weg zu einem solchen Ort."),
    Reason.NONE_NEAR: msg("Im Umkreis von 2 km (Luftlinie) liegt kein solcher Ort."),
    Reason.BARRIER: msg("Der nächste Ort liegt nah, aber hinter einem Hindernis; der Weg ist ein Umweg."),
    Reason.DETOUR: msg("Der nächste Ort liegt nah, aber der Weg dorthin ist mehr als doppelt so lang."),
    Reason.FAR: msg("Der nächste Ort liegt jenseits des Grenzwerts."),
}


OBSTACLE_LABELS: dict[Obstacle, str] = {
    Obstacle.RAILWAY: msg("Bahnstrecke"),
    Obstacle.WATER: msg("Gewässer"),
    Obstacle.MOTORWAY: msg("Autobahn oder Schnellstraße"),
}


def reasons(
    x: ArrayLike,
    y: ArrayLike,
    metres: ArrayLike,
    places: NDArray[np.float64],
    *,
    obstacles: gpd.GeoDataFrame | None = None,
    any_place: bool = True,
) -> pd.DataFrame:
    """Return for each building why the nearest place is as far as it is.

    In this order: no place of the kind at all (``no_place``); unreachable (``no_path``); nearest
    place over 2 km away in a straight line (``none_near``); the walk is more than twice the straight
    line to that place, which crosses an obstacle (``barrier``) or none that is known (``detour``);
    else ``far``.

    Parameters
    ----------
    x, y
        Buildings in metres in the municipality's CRS.
    metres
        Walk to the nearest place; NaN = unreachable.
    places
        Coordinates of the places that can be walked to by this person, shape (places, 2).
    obstacles
        Column ``kind`` (:class:`kudequa_geo.schema.Obstacle`) and lines or areas in the same CRS.
    any_place
        Whether any place of the kind exists, connected or not.

    Returns
    -------
    pandas.DataFrame
        ``reason`` (:class:`Reason`), ``beeline_m`` (to the nearest place in a straight line; NaN
        without one), ``obstacle`` (missing unless the reason is ``barrier``), in row order.
    """
    walks = np.asarray(metres, dtype=np.float64)
    points = np.column_stack((np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)))
    found = pd.DataFrame({"beeline_m": np.full(len(points), np.nan)})
    crossed = np.full(len(points), "", dtype=object)
    if len(places) and len(points):
        # Imported here: it takes a tenth of a second, and most questions do not come this far.
        from scipy.spatial import cKDTree

        beeline, nearest = cKDTree(places).query(points)
        found["beeline_m"] = beeline
        long_way = np.flatnonzero((beeline <= NEAR_M.value) & (walks > DETOUR.value * beeline))
        if obstacles is not None and len(obstacles):
            crossed[long_way] = _crossed(points[long_way], places[nearest[long_way]], obstacles)
    else:
        long_way = np.empty(0, dtype=np.int64)
    reason = np.full(len(points), str(Reason.FAR), dtype=object)
    reason[long_way] = str(Reason.DETOUR)
    reason[crossed != ""] = str(Reason.BARRIER)
    reason[found["beeline_m"].to_numpy() > NEAR_M.value] = str(Reason.NONE_NEAR)
    reason[np.isnan(walks)] = str(Reason.NO_PATH if any_place else Reason.NO_PLACE)
    found["reason"] = pd.Series(reason, dtype="str")
    found["obstacle"] = pd.Series(crossed, dtype="str").where(found["reason"] == Reason.BARRIER)
    return found


def _crossed(start: Floats, end: Floats, obstacles: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the kind of obstacle that each straight line crosses, "" for none; railways come first."""
    lines = shapely.linestrings(np.stack((start, end), axis=1))
    kinds = obstacles["kind"].to_numpy()
    result = np.full(len(lines), "", dtype=object)
    line, obstacle = shapely.STRtree(obstacles.geometry.to_numpy()).query(lines, predicate="intersects")
    for kind in reversed(Obstacle):
        result[line[kinds[obstacle] == kind]] = str(kind)
    return result
