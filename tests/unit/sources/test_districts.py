"""District files: any format and CRS in, one frame out; every defect is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from kudequa_geo.config import Districts
from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.sources.districts import read_districts

CRS = "EPSG:25832"
X, Y = 392_000, 5_711_000


def square(column: float, row: float = 0, side: float = 1000) -> shapely.Polygon:
    """A square of one kilometre in a grid of such squares near Dortmund."""
    return shapely.box(X + column * 1000, Y + row * 1000, X + column * 1000 + side, Y + row * 1000 + side)


def frame(**changes: Any) -> gpd.GeoDataFrame:
    columns = {
        "nr": ["010", "020", "110"],
        "name": ["Süd", "Nord", "West"],
        "stadtteil": ["Mitte", "Mitte", None],
        "einwohner": [1200.0, 800.0, np.nan],
        "geometry": [square(0), square(1), square(2)],
    }
    return gpd.GeoDataFrame(columns | changes, crs=CRS)


def settings(path: Path, **changes: Any) -> Districts:
    return Districts.model_validate({"file": path, "id_column": "nr", "name_column": "name", **changes})


def read(path: Path, **changes: Any) -> gpd.GeoDataFrame:
    return read_districts(path, settings(path, **changes), target_crs=CRS)


def written(tmp_path: Path, districts: gpd.GeoDataFrame, name: str = "bezirke.gpkg") -> Path:
    path = tmp_path / name
    districts.to_file(path, engine="pyogrio")
    return path


def refused(path: Path, **changes: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read(path, **changes)
    text = str(caught.value)
    assert str(path) in text
    assert "Abhilfe: " in text
    return text


@pytest.mark.parametrize("name", ["b.gpkg", "b.geojson", "b.shp"])
def test_formats(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, frame().to_crs(4326) if name.endswith("json") else frame(), name)
    found = read(path, parent_column="stadtteil", population_column="einwohner")
    assert found.columns.tolist() == ["district_id", "name", "parent", "population", "geometry"]
    assert found["district_id"].tolist() == ["010", "020", "110"]
    assert found["name"].tolist() == ["Süd", "Nord", "West"]
    assert found["parent"].iloc[0] == "Mitte"
    assert pd.isna(found["parent"].iloc[2])
    assert found["population"].iloc[:2].tolist() == [1200, 800]
    assert np.isnan(found["population"].iloc[2])
    assert found.crs.to_epsg() == 25832
    assert found.area.to_numpy() == pytest.approx([1e6] * 3, rel=1e-5)
    assert found.attrs["repaired"] == []


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    folder = tmp_path / "shape"
    folder.mkdir()
    written(folder, frame(), "b.shp")
    path = Path(shutil.make_archive(str(tmp_path / "b"), "zip", folder))
    assert len(read(path)) == 3


def test_a_geojson_with_its_own_crs(tmp_path: Path) -> None:
    path = tmp_path / "b.geojson"
    frame().to_file(path, engine="pyogrio", layer_options={"RFC7946": "NO"})
    assert "25832" in path.read_text(encoding="utf-8")
    assert read(path).area.to_numpy() == pytest.approx([1e6] * 3, rel=1e-6)


def test_numbers_as_ids_stay_whole(tmp_path: Path) -> None:
    path = written(tmp_path, frame(nr=[10.0, 20.0, 110.0]))
    assert read(path)["district_id"].tolist() == ["10", "20", "110"]


def test_without_optional_columns(tmp_path: Path) -> None:
    found = read(written(tmp_path, frame()))
    assert found["parent"].isna().all()
    assert found["population"].isna().all()


def test_without_crs(tmp_path: Path) -> None:
    path = tmp_path / "b.shp"
    frame().to_file(path, engine="pyogrio")
    path.with_suffix(".prj").unlink()
    assert "nennt kein Koordinatensystem" in refused(path)
    assert read(path, crs=CRS).area.to_numpy() == pytest.approx([1e6] * 3, rel=1e-6)
    assert "kein Koordinatensystem" in refused(path, crs="EPSG:nonsense")


def test_crs_that_contradicts_the_coordinates(tmp_path: Path) -> None:
    metres_as_degrees = written(tmp_path, frame().set_crs(4326, allow_override=True), "a.gpkg")
    assert "passen nicht zu ihrem Koordinatensystem" in refused(metres_as_degrees)
    degrees_as_metres = written(tmp_path, frame().to_crs(4326).set_crs(CRS, allow_override=True), "b.gpkg")
    assert "passen nicht zu ihrem Koordinatensystem" in refused(degrees_as_metres)


def test_unknown_columns_are_named_with_those_there_are(tmp_path: Path) -> None:
    text = refused(written(tmp_path, frame()), id_column="nummer", parent_column="stadtteile")
    assert "Spalte „nummer“ fehlt" in text
    assert "Spalte „stadtteile“ fehlt; gemeint ist vielleicht „stadtteil“" in text
    assert "vorhandene Spalten: nr, name, stadtteil, einwohner" in text


def test_all_defects_at_once(tmp_path: Path) -> None:
    districts = frame(
        nr=["010", "010", None],
        name=["Süd", " ", "West"],
        einwohner=[-3.0, 5.0, 1.0],
        geometry=[square(0), shapely.Polygon(), square(2)],
    )
    text = refused(written(tmp_path, districts), population_column="einwohner")
    for defect in (
        "nr „010“ kommt mehrfach vor",
        "Objekt 3: nr fehlt",
        "Objekt 2: name fehlt",
        "Objekt 1: einwohner ist negativ",
        "010: ohne Fläche",
    ):
        assert defect in text


def test_population_as_text(tmp_path: Path) -> None:
    path = written(tmp_path, frame(einwohner=["1.200", "12.345", None]))
    assert read(path, population_column="einwohner")["population"].iloc[:2].tolist() == [1200, 12345]
    wrong = written(tmp_path, frame(einwohner=["1200", "viele", None]), "w.gpkg")
    assert "Objekt 2: einwohner ist keine Zahl" in refused(wrong, population_column="einwohner")


def test_other_geometry_is_refused(tmp_path: Path) -> None:
    lines = frame(geometry=[square(0), square(1).boundary, square(2).centroid])
    text = refused(written(tmp_path, lines, "b.geojson"))
    assert "020: LineString statt einer Fläche" in text
    assert "110: Point statt einer Fläche" in text


def test_a_small_loop_is_repaired(tmp_path: Path) -> None:
    west, south, east, north = square(0).bounds
    loop = [(west, south), (east, south), (east + 5, south + 5), (east, south + 5), (east + 5, south)]
    crossed = shapely.Polygon([*loop, (east, north), (west, north)])
    assert not crossed.is_valid
    found = read(written(tmp_path, frame(geometry=[crossed, square(2), square(3)])))
    assert found.geometry.is_valid.all()
    assert found.attrs["repaired"] == ["010"]
    assert found.area.iloc[0] == pytest.approx(1e6, rel=5e-3)


def test_a_bow_tie_is_refused(tmp_path: Path) -> None:
    west, south, east, north = square(0).bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    assert "010: der Umriss schneidet sich" in refused(
        written(tmp_path, frame(geometry=[bow, square(2), square(3)]))
    )


def test_overlaps(tmp_path: Path) -> None:
    small = frame(geometry=[square(0), square(0.95), square(2)])
    assert len(read(written(tmp_path, small, "small.gpkg"))) == 3
    large = frame(geometry=[square(0), square(0.5), square(2)])
    assert "010 (Süd) und 020 (Nord) überlappen sich auf 50% der kleineren Fläche" in refused(
        written(tmp_path, large, "large.gpkg")
    )


@pytest.mark.parametrize("name", ["b.geojson", "b.gpkg", "b.zip", "b.shp"])
def test_garbage(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("<html>not found</html>", encoding="utf-8")
    assert "lässt sich nicht lesen" in refused(path)


def test_a_table_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "b.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"nr": ["1"], "name": ["a"]}), path)
    assert "keine Flächen" in refused(path)


def test_no_district(tmp_path: Path) -> None:
    assert "keinen Bezirk" in refused(written(tmp_path, frame().iloc[:0]))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read(tmp_path / "nowhere.gpkg")


def test_an_unknown_layer(tmp_path: Path) -> None:
    path = written(tmp_path, frame())
    text = refused(path, layer="nowhere")
    assert "keine Ebene „nowhere“; vorhanden: bezirke" in text
    assert len(read(path, layer="bezirke")) == 3


def test_districts_of_dortmund(real_data: Path) -> None:
    path = real_data / "dortmund" / "statistische_bezirke_portal_2025.geojson"
    columns = {"id_column": "statistischer_bezirk_nr", "name_column": "statistischer_bezirk"}
    found = read(path, **columns)
    assert len(found) == 62
    assert found.set_index("district_id").loc["120", "name"] == "Eving"
    assert found.area.sum() / 1e6 == pytest.approx(280.5, abs=0.5)


def test_a_real_defect_is_found(real_data: Path) -> None:
    path = real_data / "dortmund" / "statistische_bezirke_osm_2025.geojson"
    assert "ref „05“ kommt mehrfach vor" in refused(path, id_column="ref")
