"""The tiles of ground and buildings, written from tables and OSM features."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from kudequa_geo.errors import StoreError
from kudequa_geo.maps import basemap

CRS = "EPSG:25832"
X, Y = 400_000.0, 5_700_000.0


def _box(x: float, y: float, side: float = 12.0) -> shapely.Polygon:
    return shapely.box(X + x, Y + y, X + x + side, Y + y + side)


def _features() -> gpd.GeoDataFrame:
    objects: list[tuple[dict[str, str], Any]] = [
        ({"landuse": "forest", "name": "Wald"}, _box(0, 0, 400)),
        ({"natural": "water"}, _box(500, 0, 100)),
        ({"waterway": "river"}, shapely.LineString([(X, Y), (X + 900, Y + 900)])),
        ({"railway": "rail"}, shapely.LineString([(X, Y + 300), (X + 900, Y + 300)])),
        ({"railway": "rail", "tunnel": "yes"}, shapely.LineString([(X, Y), (X + 900, Y)])),
        ({"building": "house"}, _box(100, 100)),
        ({"building": "shed"}, _box(300, 100)),
        ({"building": "no"}, _box(350, 100)),
        ({"shop": "supermarket"}, shapely.Point(X, Y)),
    ]
    frame = gpd.GeoDataFrame(geometry=[geometry for _tags, geometry in objects], crs=CRS)
    frame["tags"] = [tags for tags, _geometry in objects]
    return frame


def _tables() -> dict[str, Any]:
    lines = [[(X + 100 * i, Y), (X + 100 * (i + 1), Y)] for i in range(4)]
    edges = gpd.GeoDataFrame(
        {
            "highway": ["primary", "primary", "residential", "footway"],
            "name": pd.Series(["Hauptstraße", "Hauptstraße", None, None], dtype="str"),
            "tunnel": [False] * 4,
        },
        geometry=[shapely.LineString(line) for line in lines],
        crs=CRS,
    )
    buildings = gpd.GeoDataFrame(geometry=[_box(100, 100), _box(200, 100)], crs=CRS)
    districts = gpd.GeoDataFrame(
        {"name": ["West", "Ost"], "area_ha": [1.0, 2.0]},
        geometry=[_box(0, 0, 500), _box(500, 0, 500)],
        crs=CRS,
    )
    obstacles = gpd.GeoDataFrame(
        {"kind": ["motorway", "railway", "water"]},
        geometry=[shapely.LineString([(X, Y + 600), (X + 900, Y + 600)])] * 2 + [_box(500, 0, 100)],
        crs=CRS,
    )
    return {"edges": edges, "buildings": buildings, "districts": districts, "obstacles": obstacles}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiles")
    basemap.write(folder, _features(), _tables())
    return folder


def _read(folder: Path, tiles: basemap.TileSet) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / tiles.file_name, layer=tiles.name)


def test_every_building_keeps_its_row(written: Path) -> None:
    rows = _read(written, basemap.BUILDINGS)
    assert sorted(np.unique(rows["row"])) == [0, 1]
    near = gpd.GeoSeries([_box(100, 100).centroid], crs=CRS).to_crs(rows.crs).iloc[0]
    assert rows.loc[rows.distance(near).idxmin(), "row"] == 0


def test_ground_holds_what_orients(written: Path) -> None:
    ground = _read(written, basemap.GROUND)
    assert {"green", "water", "waterway", "rail", "major", "district", "quarter"} <= set(ground["kind"])
    assert (ground["kind"] == "motorway").sum() == 1
    assert (ground["kind"] == "rail").sum() == 1  # none in the tunnel
    assert set(ground.loc[ground["kind"] == "quarter", "name"]) == {"West", "Ost"}
    # Two edges of one street are one line, so that its name fits along it.
    assert (ground["kind"] == "major").sum() == 1


def test_detail_holds_streets_and_the_buildings_nobody_lives_in(written: Path) -> None:
    detail = _read(written, basemap.DETAIL)
    assert {"minor", "path", "building"} == set(detail["kind"])
    assert (detail["kind"] == "building").sum() == 1


def test_missing_names_what_lacks(written: Path, tmp_path: Path) -> None:
    assert list(basemap.missing(written)) == []
    assert list(basemap.missing(tmp_path)) == ["ground.pmtiles", "detail.pmtiles", "buildings.pmtiles"]


def test_without_districts_and_features(tmp_path: Path) -> None:
    tables = _tables()
    tables["districts"] = tables["districts"].iloc[:0]
    tables["obstacles"] = tables["obstacles"].iloc[:0]
    basemap.write(tmp_path, _features().iloc[:0], tables)
    assert list(basemap.missing(tmp_path)) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Kartenkacheln"):
        basemap.write(tmp_path / "nowhere" / "deep", _features(), _tables())
