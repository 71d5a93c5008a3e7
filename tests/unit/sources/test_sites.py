"""The city's own list of sites is read whole or refused whole; prepared files join it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo import schema
from kudequa_geo.config import Municipality
from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.sources.sites import COLUMNS, MAX_ROWS, read_own_sites, read_site_file, read_sites
from tests.fixtures.town import HOSTILE_NAME

CRS = "EPSG:25832"
HEAD = "name;kind;lon;lat;address;area_m2;area_ha;status;source;source_date\n"


def own(tmp_path: Path, rows: str, name: str = "flaechen.csv", head: str = HEAD) -> Path:
    path = tmp_path / name
    path.write_text(head + rows, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_own_sites(path, target_crs=CRS)
    return str(caught.value)


def municipality(tmp_path: Path, **sites: Any) -> Municipality:
    return Municipality.model_validate(
        {
            "key": "town",
            "path": tmp_path / "town.toml",
            "name": "Town",
            "osm": {"file": tmp_path / "town.osm.pbf"},
            "area": {"bbox": (7.4, 51.5, 7.5, 51.6)},
            "sites": sites,
        }
    )


def found_sites(*ids: str) -> gpd.GeoDataFrame:
    columns: dict[str, Any] = dict.fromkeys(COLUMNS, "x")
    columns |= {"site_id": list(ids), "kind": "vacancy", "area_m2": np.nan}
    columns |= {"area_approximate": False, "modelled": False}
    columns["geometry"] = [shapely.Point(392_000, 5_711_000)] * len(ids)
    return gpd.GeoDataFrame(columns, crs=CRS)


def test_a_list_is_read(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        "Alte Zeche;Brachfläche;7,46;51,55;;;1,5;frei;Stadt;2024\n"
        "Laden;vacancy;7.45;51.54;;120;;;;\n"
        "Labor;lab;7.45;51.54;;;;;;\n",
    )
    sites, not_located = read_own_sites(path, target_crs=CRS)
    assert sites.columns.tolist() == COLUMNS
    assert sites["kind"].tolist() == ["brownfield", "vacancy", "lab"]
    assert sites["site_id"].tolist() == ["own:flaechen:2", "own:flaechen:3", "own:flaechen:4"]
    assert sites["area_m2"].iloc[:2].tolist() == [15_000, 120]
    assert np.isnan(sites["area_m2"].iloc[2])
    assert sites["area_approximate"].tolist() == [True, True, False]
    assert sites.area.to_numpy() == pytest.approx([15_000, 120, 0], rel=0.01)
    centre = sites.to_crs(4326).geometry.iloc[0].centroid
    assert (centre.x, centre.y) == pytest.approx((7.46, 51.55), abs=1e-5)
    assert sites[["status", "source", "source_date"]].iloc[0].tolist() == ["frei", "Stadt", "2024"]
    assert len(not_located) == 0
    snapped = sites.assign(edge_id=-1, offset_m=np.nan, to_street_m=np.nan)
    assert len(schema.validate("sites", snapped)) == 3


def test_addresses_are_listed_and_not_searched_for(tmp_path: Path) -> None:
    path = own(tmp_path, "Laden;vacancy;;;Marktplatz 1;;;;;\nLabor;lab;7.45;51.54;egal;;;;;\n")
    sites, not_located = read_own_sites(path, target_crs=CRS)
    assert sites["name"].tolist() == ["Labor"]
    assert not_located.to_dict("records") == [
        {"name": "Laden", "kind": "vacancy", "address": "Marktplatz 1", "file": "flaechen.csv"}
    ]


def test_all_defects_at_once(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        ";Brache;7.4;51.5;;;;;;\n"
        "a;park;7.4;51.5;;;;;;\n"
        "b;lab;acht;51.5;;;;;;\n"
        "c;lab;392000;5711000;;;;;;\n"
        "d;lab;51.5;7.4;;;;;;\n"
        "e;lab;7.4;;;;;;;\n"
        "f;lab;;;;;;;;\n"
        "g;lab;7.4;51.5;;-5;;;;\n"
        "h;lab;7.4;51.5;;;groß;;;\n",
    )
    text = refused(path)
    for defect in (
        "Zeile 2, name: fehlt",
        "Zeile 3, kind: 'park' ist keine Art (brownfield, vacancy, lab)",
        "Zeile 4, lon: 'acht' ist keine Zahl",
        "Zeile 5, lon: '392000' liegt nicht in Grad vor",
        "Zeile 6, lon: '51.5' ist vermutlich mit lat vertauscht",
        "Zeile 7: nur eine von lon und lat ist angegeben",
        "Zeile 8: weder lon und lat noch address",
        "Zeile 9, area_m2: '-5' ist nicht größer als 0",
        "Zeile 10, area_ha: 'groß' ist keine Zahl",
    ):
        assert defect in text
    assert str(path) in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    name = HOSTILE_NAME.replace("\n", " ").replace('"', "'")
    sites, _ = read_own_sites(own(tmp_path, f"{name};lab;7.4;51.5;;;;=1+1;;\n"), target_crs=CRS)
    assert sites["name"].iloc[0] == name[:500]
    assert sites["status"].iloc[0] == "=1+1"
    text = refused(own(tmp_path, "a;{kind} <b>%s;7.4;51.5;;;;;;\n"))
    assert "{kind} <b>%s" in text


def test_column_names_in_any_case(tmp_path: Path) -> None:
    path = own(tmp_path, "Labor,LAB,7.4,51.5\n", head="Name,Kind,LON,Lat\n")
    assert len(read_own_sites(path, target_crs=CRS)[0]) == 1
    assert "kommt mehrfach vor" in refused(own(tmp_path, "a,lab,b\n", head="name,kind,Name\n"))


def test_missing_columns(tmp_path: Path) -> None:
    text = refused(own(tmp_path, "a;7.4;51.5\n", head="bezeichnung;lon;lat\n"))
    assert "Spalte „name“ fehlt" in text
    assert "Spalte „kind“ fehlt" in text


def test_limits(tmp_path: Path) -> None:
    many = own(tmp_path, "a;lab;7.4;51.5;;;;;;\n" * (MAX_ROWS + 1))
    assert f"{MAX_ROWS + 1} Zeilen, höchstens {MAX_ROWS}" in refused(many)
    many.write_bytes(b"x" * 10_000_001)
    assert "höchstens 10 MB" in refused(many)
    package = tmp_path / "large.gpkg"
    package.write_bytes(b"x" * 10_000_001)
    assert "höchstens 10 MB" in refused(package)


def test_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "flaechen.gpkg"
    area = shapely.box(392_000, 5_711_000, 392_100, 5_711_050)
    frame = gpd.GeoDataFrame(
        {"name": ["Feld", "Labor"], "kind": ["Brache", "lab"], "area_ha": [None, 0.25]},
        geometry=[area, shapely.Point(392_000, 5_711_000)],
        crs=CRS,
    )
    frame.to_crs(4326).to_file(path)
    sites, _ = read_own_sites(path, target_crs=CRS)
    assert sites["area_m2"].to_numpy() == pytest.approx([5000, 2500], rel=1e-4)
    assert sites["area_approximate"].tolist() == [False, True]
    frame.assign(geometry=[None, area]).to_file(path)
    assert "Zeile 1: ohne Geometrie" in refused(path)


def test_a_folder_of_lists(tmp_path: Path) -> None:
    own(tmp_path, "a;lab;7.4;51.5;;;;;;\n", "a.csv")
    own(tmp_path, "b;lab;7.4;51.5;;;;;;\nc;lab;;;Weg 1;;;;;\n", "b.csv")
    (tmp_path / "liesmich.txt").write_text("no table", encoding="utf-8")
    sites, not_located = read_own_sites(tmp_path, target_crs=CRS)
    assert sites["site_id"].tolist() == ["own:a:2", "own:b:2"]
    assert not_located["file"].tolist() == ["b.csv"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_own_sites(tmp_path, target_crs=CRS)
    with pytest.raises(MissingInputError):
        read_own_sites(tmp_path / "nowhere.csv", target_crs=CRS)
    with pytest.raises(MissingInputError):
        read_site_file(tmp_path / "nowhere.geojson", target_crs=CRS)


def test_a_site_file(tmp_path: Path) -> None:
    path = tmp_path / "sites.geojson"
    found_sites("a", "b").to_crs(4326).to_file(path)
    sites = read_site_file(path, target_crs=CRS)
    assert sites.columns.tolist() == COLUMNS
    assert sites.geometry.x.tolist() == pytest.approx([392_000] * 2, abs=0.01)
    found_sites("a").assign(kind="park").to_crs(4326).to_file(path)
    with pytest.raises(SourceError, match="a: unbekannte Art"):
        read_site_file(path, target_crs=CRS)
    found_sites("a").drop(columns="status").to_crs(4326).to_file(path)
    with pytest.raises(SourceError, match="Spalte „status“ fehlt"):
        read_site_file(path, target_crs=CRS)
    path.write_text("<html>", encoding="utf-8")
    with pytest.raises(SourceError, match="lässt sich nicht lesen"):
        read_site_file(path, target_crs=CRS)


def test_all_sites_of_a_municipality(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared.geojson"
    found_sites("named").to_crs(4326).to_file(prepared)
    path = own(tmp_path, "a;lab;7.4;51.5;;;;;;\nb;lab;;;Weg 1;;;;;\n")
    sites = read_sites(municipality(tmp_path, files=(prepared,), own=path), found_sites("n1", "w2"))
    assert sites["site_id"].tolist() == ["n1", "w2", "named", "own:flaechen:2"]
    assert sites.columns.tolist() == COLUMNS
    assert [row["name"] for row in sites.attrs["not_located"]] == ["b"]
    assert sites.crs.to_epsg() == 25832


def test_without_any_site(tmp_path: Path) -> None:
    sites = read_sites(municipality(tmp_path), found_sites())
    assert len(sites) == 0
    assert sites.columns.tolist() == COLUMNS


def test_the_same_site_twice(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared.geojson"
    found_sites("w2").to_crs(4326).to_file(prepared)
    with pytest.raises(SourceError, match="dieselbe Nummer: w2"):
        read_sites(municipality(tmp_path, files=(prepared,)), found_sites("n1", "w2"))


def test_names_may_be_missing_in_a_site_file(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared.geojson"
    found_sites("a").assign(name=None).to_crs(4326).to_file(prepared)
    assert pd.isna(read_site_file(prepared, target_crs=CRS)["name"].iloc[0])
