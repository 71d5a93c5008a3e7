"""Files of shapes are opened as what they hold: no file may make the reader open another one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from kudequa_geo.config import Districts
from kudequa_geo.errors import SourceError
from kudequa_geo.sources.area import read_polygon
from kudequa_geo.sources.districts import read_districts
from kudequa_geo.sources.sites import read_own_sites, read_site_file
from kudequa_geo.sources.vector_file import ForeignFileError, geopackage_source, vector_source

CRS = "EPSG:25832"
FORMATS = {"a.gpkg": "GPKG", "a.geojson": "GeoJSON", "a.shp": "ESRI Shapefile"}


def shapes() -> gpd.GeoDataFrame:
    """One shape that passes as district, as area and as site."""
    columns = {"nr": "1", "name": "geheim", "kind": "lab"}
    return gpd.GeoDataFrame([columns], geometry=[shapely.box(7.4, 51.5, 7.41, 51.51)], crs=4326)


def written(folder: Path, name: str) -> Path:
    shapes().to_file(folder / name, engine="pyogrio")
    return folder / name


def pointing(folder: Path, form: str, name: str) -> Path:
    """A file that holds no shape of its own, only where others lie."""
    other = written(folder, "other.gpkg")
    texts = {
        "vrt": '<OGRVRTDataSource><OGRVRTLayer name="other">'
        f"<SrcDataSource>{other}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "pipeline": json.dumps(
            {
                "type": "gdal_streamed_alg",
                "command_line": f"gdal vector pipeline ! read {other} ! write --output-format stream dummy",
            }
        ),
    }
    path = folder / name
    path.write_text(texts[form], encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_what_it_holds_decides(tmp_path: Path, name: str) -> None:
    source = vector_source(written(tmp_path, name))
    assert pyogrio.read_info(source)["driver"] == FORMATS[name]
    assert pyogrio.read_dataframe(source)["name"].tolist() == ["geheim"]


@pytest.mark.parametrize("name", FORMATS)
def test_inside_a_zip(tmp_path: Path, name: str) -> None:
    written(tmp_path, name)
    path = tmp_path / "b #ä.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("a.*"):
            archive.write(part, f"Ordner/{part.name}")
    assert pyogrio.read_info(vector_source(path))["driver"] == FORMATS[name]


def test_the_layer_chooses_a_member(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a.geojson", "b.geojson"):
            archive.write(written(tmp_path, name), name)
    assert vector_source(path).endswith("/a.geojson")
    assert vector_source(path, layer="b").endswith("/b.geojson")


@pytest.mark.parametrize("name", ["a:b.gpkg", "ä b#c?d%20!e.gpkg", "ä b#c?d%20!e.geojson"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    try:
        path.write_bytes(written(tmp_path, f"plain{path.suffix}").read_bytes())
    except OSError:
        pytest.skip("the file system has no such name")
    assert len(pyogrio.read_dataframe(vector_source(path))) == 1


@pytest.mark.parametrize("form", ["vrt", "pipeline"])
@pytest.mark.parametrize("name", ["liste.gpkg", "liste.geojson", "liste.vrt", "liste.json", "liste.shp"])
def test_instructions_are_not_followed(tmp_path: Path, form: str, name: str) -> None:
    path = pointing(tmp_path, form, name)
    settings = Districts.model_validate({"file": path, "id_column": "nr", "name_column": "name"})
    for read in (
        lambda: read_site_file(path, target_crs=CRS),
        lambda: read_districts(path, settings, target_crs=CRS),
        lambda: read_polygon(path),
    ):
        with pytest.raises(SourceError, match="lässt sich nicht lesen"):
            read()


@pytest.mark.parametrize("form", ["vrt", "pipeline"])
def test_an_own_list_is_a_geopackage_or_nothing(tmp_path: Path, form: str) -> None:
    with pytest.raises(SourceError, match="sie ist kein GeoPackage"):
        read_own_sites(pointing(tmp_path, form, "liste.gpkg"), target_crs=CRS)
    disguised = tmp_path / "zip.gpkg"
    with zipfile.ZipFile(disguised, "w") as archive:
        archive.write(written(tmp_path, "a.gpkg"), "a.gpkg")
    with pytest.raises(SourceError, match="sie ist kein GeoPackage"):
        read_own_sites(disguised, target_crs=CRS)
    sites, _ = read_own_sites(written(tmp_path, "b.gpkg"), target_crs=CRS)
    assert sites["name"].tolist() == ["geheim"]


def test_instructions_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(pointing(tmp_path, "vrt", "b.gpkg"), "b.gpkg")
    with pytest.raises(ForeignFileError):
        vector_source(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("liesmich.txt", "nothing")
    with pytest.raises(ForeignFileError):
        vector_source(path)


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    path = written(tmp_path, "a.gpkg")
    whole = bytearray(path.read_bytes())
    whole[68:72] = b"\x00\x00\x00\x00"
    path.write_bytes(whole)
    for source in (vector_source, geopackage_source):
        with pytest.raises(ForeignFileError):
            source(path)
