"""Several records of one thing made one: stops, and the buildings of a Kita or school."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


def clusters(points: gpd.GeoDataFrame, key: pd.Series, distance_m: float) -> NDArray[np.int64]:
    """Label the groups of points with the same key that lie within a distance of each other.

    Parameters
    ----------
    points
        Points in a metric CRS.
    key
        What must be equal; a missing key never joins.
    distance_m
        Largest distance of two members in metres; chains join.

    Returns
    -------
    numpy.ndarray
        Group number per row, 0 upwards in row order of the first member.
    """
    place = np.column_stack([points.geometry.x, points.geometry.y])
    pairs = cKDTree(place).query_pairs(distance_m, output_type="ndarray")
    codes = pd.factorize(key)[0]
    same = (codes[pairs[:, 0]] == codes[pairs[:, 1]]) & (codes[pairs[:, 0]] >= 0)
    joined = pairs[same]
    count = len(points)
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(count, count))
    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def merge_stops(records: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make one stop of all records of a name within 400 m of each other.

    Parameters
    ----------
    records
        Points in a metric CRS: ``name``, ``products`` (joined by ``|``, missing = not told), ``town``.

    Returns
    -------
    geopandas.GeoDataFrame
        ``name``, ``products`` (sorted union), ``records`` (how many were merged), ``town``, geometry at
        the mean position of the records that name a product, else of all.
    """
    records = records.reset_index(drop=True)
    label = clusters(records, records["name"] + "|" + records["town"], 400)
    rows = []
    for _, group in records.groupby(label, sort=True):
        told = group[group["products"].notna()]
        place = told if len(told) else group
        products = sorted({product for entry in told["products"] for product in entry.split("|")})
        rows.append(
            {
                "name": group["name"].iloc[0],
                "town": group["town"].iloc[0],
                "products": "|".join(products),
                "records": len(group),
                "x": place.geometry.x.mean(),
                "y": place.geometry.y.mean(),
            }
        )
    table = pd.DataFrame(rows)
    geometry = gpd.points_from_xy(table.pop("x"), table.pop("y"), crs=records.crs)
    return gpd.GeoDataFrame(table, geometry=geometry)


def merge_sites(records: gpd.GeoDataFrame, distance_m: float) -> gpd.GeoDataFrame:
    """Make one place of all records of the same kind and name within a distance.

    Records without a name stay, unless a named one of the same kind lies within 60 m: then they are
    another building of it.

    Returns
    -------
    geopandas.GeoDataFrame
        First record of each group with ``records``: how many were merged; geometry of the record
        nearest to their mean.
    """
    records = records.reset_index(drop=True)
    key = records["kind"] + "|" + records["name"]
    label = clusters(records, key, distance_m)
    kept = []
    for _, group in records.groupby(label, sort=True):
        centre = group.geometry.union_all().centroid
        nearest = group.geometry.distance(centre).to_numpy().argmin()
        kept.append((group.index[nearest], len(group)))
    merged = records.loc[[index for index, _ in kept]].copy()
    merged["records"] = [count for _, count in kept]
    return _drop_unnamed_neighbours(merged.reset_index(drop=True))


def _drop_unnamed_neighbours(merged: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    named = merged[merged["name"].notna()]
    drop = []
    for index, row in merged[merged["name"].isna()].iterrows():
        same = named[named["kind"] == row["kind"]]
        if len(same) and same.geometry.distance(row.geometry).min() < 60:
            drop.append(index)
    return merged.drop(index=drop).reset_index(drop=True)
