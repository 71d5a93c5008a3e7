"""What counts as an obstacle, and what one walks over, under or around."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo import schema
from kudequa_geo.prepare.obstacles import find_obstacles
from tests.fixtures.features import CRS, features

LINE = shapely.LineString([(0, 0), (100, 0)])


def _ways(*ways: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ways between two points, the first ones last, so that the order must be made."""
    frame = pd.DataFrame(
        {
            "osm_id": np.arange(len(ways), 0, -1),
            "nodes": [np.array([7, 8])] * len(ways),
            **{
                key: pd.Series([way.get(key) for way in ways], dtype="str")
                for key in ("highway", "tunnel", "bridge")
            },
        }
    )
    return frame, pd.DataFrame({"x": [0.0, 50.0], "y": [9.0, 9.0]}, index=pd.Index([7, 8]))


@pytest.mark.parametrize(
    ("tags", "shape", "kind"),
    [
        ({"railway": "rail"}, LINE, "railway"),
        ({"railway": "rail", "tunnel": "yes"}, LINE, None),
        ({"railway": "rail", "bridge": "viaduct"}, LINE, None),
        ({"railway": "rail", "bridge": "no"}, LINE, "railway"),
        ({"railway": "tram"}, LINE, None),
        ({"railway": "abandoned"}, LINE, None),
        ({"railway": "station"}, (5, 5), None),
        ({"waterway": "canal"}, LINE, "water"),
        ({"waterway": "stream"}, LINE, None),
        ({"waterway": "river", "tunnel": "culvert"}, LINE, None),
        ({"natural": "water"}, (0, 0, 50, 50), "water"),
        ({"natural": "water"}, (0, 0, 49, 50), None),
        ({"landuse": "forest"}, (0, 0, 500, 500), None),
    ],
)
def test_features(tags: dict[str, str], shape: object, kind: str | None) -> None:
    found = find_obstacles(features(("w1", tags, shape)), *_ways())
    assert list(found["kind"]) == ([kind] if kind else [])
    assert found.crs == CRS
    schema.validate("obstacles", found)


def test_motorways_become_lines() -> None:
    ways = [{"highway": "residential"}, {"highway": "trunk"}, {"highway": "motorway", "tunnel": "yes"}]
    found = find_obstacles(features(), *_ways(*ways, {"highway": "motorway", "bridge": "no"}))
    assert list(found["kind"]) == ["motorway", "motorway"]
    assert all(line.equals(shapely.LineString([(0, 9), (50, 9)])) for line in found.geometry)
    schema.validate("obstacles", found)


def test_a_way_cut_down_to_one_point_is_no_line() -> None:
    highways, vertices = _ways({"highway": "motorway"})
    assert find_obstacles(features(), highways, vertices.iloc[:1]).empty


def test_order_is_by_kind_then_id_whatever_the_rows() -> None:
    given = features(
        ("w3", {"waterway": "river"}, LINE),
        ("w2", {"railway": "rail"}, LINE),
        ("w1", {"waterway": "canal"}, shapely.LineString([(0, 5), (9, 5)])),
    )
    found = find_obstacles(given, *_ways({"highway": "motorway"}))
    assert list(found["kind"]) == ["railway", "water", "water", "motorway"]
    shuffled = find_obstacles(given.iloc[::-1], *_ways({"highway": "motorway"}))
    assert found.geometry.to_wkb().equals(shuffled.geometry.to_wkb())
