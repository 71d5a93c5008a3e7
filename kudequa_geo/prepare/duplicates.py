"""Features of one kind that are one place on the ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kudequa_geo.constants import DUPLICATE_MAX_M

Keep = Literal["point", "area", "middle"]


class Cluster(NamedTuple):
    """Rows that are one place: the one that stands for it, and the others in order."""

    kept: int
    others: list[int]


def clusters(
    shapes: NDArray[np.object_], tags: Iterable[Mapping[str, str]], merge_m: float, *, keep: Keep = "point"
) -> list[Cluster]:
    """Group the features of one kind into places.

    Two features are one place if they share a name or a brand within ``merge_m``; also a feature
    without name and brand that lies inside another. Stops without a name join the nearest stop
    within 50 m.

    Parameters
    ----------
    shapes, tags
        Geometry in metres and tags of the features of one kind, in a stable order.
    merge_m
        Largest distance in metres between the geometries of equal names.
    keep
        Which of them stands for the place: a mapped point before an area, an area before a point
        (then the first in order), or the one in the middle, for stops.

    Returns
    -------
    list
        Ordered by the kept row.
    """
    n = len(shapes)
    if n == 0:
        return []
    labels = [_labels(feature) for feature in tags]
    links = np.concatenate(
        [_same_label(shapes, labels, merge_m), _unnamed(shapes, labels, stops=keep == "middle")]
    )
    matrix = coo_array((np.ones(len(links), dtype=np.int8), (links[:, 0], links[:, 1])), shape=(n, n))
    group = connected_components(matrix, directed=False)[1]
    rows = pd.Series(np.arange(n)).groupby(group, sort=False).agg(list)
    points = shapely.point_on_surface(shapes)
    found = []
    for members in rows:
        kept = _medoid(points, members) if keep == "middle" else _first(shapes, members, keep)
        found.append(Cluster(kept, [row for row in members if row != kept]))
    return sorted(found)


def _labels(tags: Mapping[str, str]) -> frozenset[str]:
    given = (tags.get(key, "") for key in ("name", "brand"))
    return frozenset(" ".join(text.casefold().split()) for text in given if text.strip())


def _near(shapes: NDArray[np.object_], distance_m: float) -> NDArray[np.int64]:
    """Return pairs of rows, lower first, whose shapes are within a distance."""
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, predicate="dwithin", distance=distance_m).T.astype(np.int64)
    ordered = pairs[pairs[:, 0] < pairs[:, 1]]
    return np.asarray(ordered[np.lexsort((ordered[:, 1], ordered[:, 0]))], dtype=np.int64)


def _same_label(
    shapes: NDArray[np.object_], labels: list[frozenset[str]], merge_m: float
) -> NDArray[np.int64]:
    pairs = _near(shapes, merge_m)
    same = [pair for pair in pairs if not labels[pair[0]].isdisjoint(labels[pair[1]])]
    return np.array(same, dtype=np.int64).reshape(-1, 2)


def _unnamed(shapes: NDArray[np.object_], labels: list[frozenset[str]], *, stops: bool) -> NDArray[np.int64]:
    """Return the one partner of each feature without a name that has one.

    One partner only, or an unnamed building would make one practice of all in it.
    """
    points = shapely.point_on_surface(shapes)
    partners: dict[int, tuple[float, int]] = {}
    for a, b in _near(shapes, DUPLICATE_MAX_M.value if stops else 0.0):
        for row, other in ((int(a), int(b)), (int(b), int(a))):
            if labels[row]:
                continue
            inside = shapely.contains(shapes[other], points[row]) or shapely.contains(
                shapes[row], points[other]
            )
            if stops or inside:
                # Named partners first, then the nearest, then the first.
                rank = (shapely.distance(points[row], points[other]) + (0 if labels[other] else 1e9), other)
                partners[row] = min(partners.get(row, (np.inf, -1)), rank)
    return np.array([(row, other) for row, (_, other) in partners.items()], dtype=np.int64).reshape(-1, 2)


def _medoid(points: NDArray[np.object_], members: list[int]) -> int:
    xy = shapely.get_coordinates(points[members])
    total = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1)).sum(axis=1)
    return members[int(np.argmin(np.round(total, 6)))]


def _first(shapes: NDArray[np.object_], members: list[int], keep: Keep) -> int:
    return min(members, key=lambda row: ((shapely.get_type_id(shapes[row]) != 0) == (keep == "point"), row))
