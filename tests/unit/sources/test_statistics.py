"""Population tables and grids: exact where they are right, refused with all defects where not."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from kudequa_geo.config import Population
from kudequa_geo.errors import ConfigError, MissingInputError, SourceError
from kudequa_geo.sources.statistics import read_district_population, read_population_grid

CRS = "EPSG:25832"
COLUMNS = {"residents": "Einwohner", "residents_65_plus": "ab 65"}


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "einwohner.csv"
    path.write_text(text, encoding=encoding)
    return path


def grid(path: Path, **changes: object) -> Population:
    return Population.model_validate({"grid": path, "cell_m": 100, **changes})


def test_district_table(tmp_path: Path) -> None:
    path = table(tmp_path, "Nr;Bezirk;Einwohner;ab 65\n010;Süd;1.200;310\n020;Nord;2.345;.\n", "cp1252")
    found = read_district_population(path, id_column="Nr", columns=COLUMNS)
    assert found.columns.tolist() == ["district_id", "residents", "residents_65_plus"]
    assert found["district_id"].tolist() == ["010", "020"]
    assert found["residents"].tolist() == [1200.0, 2345.0]
    assert found["residents_65_plus"].iloc[0] == 310
    assert np.isnan(found["residents_65_plus"].iloc[1])


def test_district_table_names_all_defects(tmp_path: Path) -> None:
    path = table(
        tmp_path, "Nr;Einwohner;ab 65\n1;10;3\n1;-5;2\n;7;1\n4;viele;1\n5;;1\n6;10;11\n", "utf-8-sig"
    )
    with pytest.raises(SourceError) as caught:
        read_district_population(path, id_column="Nr", columns=COLUMNS)
    text = str(caught.value)
    for defect in (
        "Zeile 2, Nr: '1' kommt mehrfach vor",
        "Zeile 3, Einwohner: '-5' ist negativ",
        "Zeile 4, Nr: die Nummer des Bezirks fehlt",
        "Zeile 5, Einwohner: 'viele' ist keine Zahl",
        "Zeile 6, Einwohner: die Einwohnerzahl fehlt",
        "Zeile 7, ab 65: '11' ist mehr als die Einwohner",
    ):
        assert defect in text


def test_district_table_without_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="vorhandene Spalten: Nr, Personen"):
        read_district_population(table(tmp_path, "Nr;Personen\n1;2\n"), id_column="Nr", columns=COLUMNS)


def test_unknown_group(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="residents_of_mars"):
        read_district_population(
            table(tmp_path, "Nr;a\n1;2\n"), id_column="Nr", columns={"residents_of_mars": "a"}
        )


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_district_population(tmp_path / "nowhere.csv", id_column="Nr", columns=COLUMNS)


def test_grid_of_lower_left_corners(tmp_path: Path) -> None:
    path = table(tmp_path, "x;y;residents\n4148300;3146200;12\n4148400;3146200;-1\n4148300;3146300;0\n")
    cells = read_population_grid(path, grid(path), target_crs=CRS)
    assert cells["residents"].tolist() == [12.0, 0.0]
    assert cells.crs.to_epsg() == 25832
    # ETRS89-LAEA keeps areas, UTM changes them by less than one per mille.
    assert cells.area.to_numpy() == pytest.approx([10_000, 10_000], rel=1e-3)
    first = gpd.GeoSeries([shapely.Point(4148350, 3146250)], crs=3035).to_crs(CRS).iloc[0]
    assert cells.geometry.iloc[0].contains(first)


def test_grid_of_centres_gives_the_same(tmp_path: Path) -> None:
    corners = table(tmp_path, "x;y;residents\n4148300;3146200;12\n4148300;3146300;5\n")
    expected = read_population_grid(corners, grid(corners), target_crs=CRS)
    centres = tmp_path / "zensus2022.csv"
    centres.write_text(
        "GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\na;4148350;3146250;12\nb;4148350;3146350;5\n",
        encoding="utf-8",
    )
    settings = grid(centres, x_column="x_mp_100m", y_column="y_mp_100m", value_column="Einwohner")
    found = read_population_grid(centres, settings, target_crs=CRS)
    assert found.geometry.to_wkt().tolist() == expected.geometry.to_wkt().tolist()


def test_grid_names_all_defects(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "x;y;residents\n100;200;5\n100;200;6\n130;200;7\n300;;8\n400;200;-3\nabc;200;4\n500;200;wenig\n",
    )
    with pytest.raises(SourceError) as caught:
        read_population_grid(path, grid(path), target_crs=CRS)
    text = str(caught.value)
    for defect in (
        "Zeile 3, x: '100' kommt mit demselben y mehrfach vor",
        "Zeile 4, x: '130' liegt neben dem 100-m-Gitter",
        "Zeile 5, y: die Koordinate fehlt",
        "Zeile 6, residents: '-3' ist negativ",
        "Zeile 7, x: 'abc' ist keine Zahl",
        "Zeile 8, residents: 'wenig' ist keine Zahl",
    ):
        assert defect in text


def test_grid_without_a_known_number(tmp_path: Path) -> None:
    path = table(tmp_path, "x;y;residents\n100;200;-1\n200;200;–\n")
    with pytest.raises(SourceError, match="keine Zelle hat eine bekannte Zahl"):
        read_population_grid(path, grid(path), target_crs=CRS)


def test_grid_without_a_mark_for_unknown(tmp_path: Path) -> None:
    path = table(tmp_path, "x;y;residents\n100;200;-1\n")
    with pytest.raises(SourceError, match="'-1' ist negativ"):
        read_population_grid(path, grid(path, missing=None), target_crs=CRS)


def test_census_of_dortmund(real_data: Path) -> None:
    path = real_data / "dortmund" / "zensus2011_1km_Einwohner.csv"
    settings = grid(
        path, x_column="e_laea3035_ll", y_column="n_laea3035_ll", value_column="Einwohner", cell_m=1000
    )
    cells = read_population_grid(path, settings, target_crs=CRS)
    city = gpd.read_file(real_data / "dortmund" / "city_boundary_osm_2022.geojson").to_crs(CRS)
    inside = cells.geometry.centroid.within(city.geometry.union_all())
    assert cells.loc[inside, "residents"].sum() == 567_330
