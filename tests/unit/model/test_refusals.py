"""What the model command says when it cannot work."""

import geopandas as gpd
import pytest
import shapely

from kudequa_geo.config import load_municipality
from kudequa_geo.errors import ConfigError, MissingInputError, SourceError
from kudequa_geo.model import build, raw
from kudequa_geo.model.derive import study_area
from tests.conftest import ROOT

DATA = ROOT / "data"


@pytest.fixture
def districts():
    table = {
        "district_id": ["110", "120", "740"],
        "name": ["Brechten", "Eving", "Marten"],
        "parent": ["Eving", "Eving", "Lütgendortmund"],
    }
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:25832")


def test_a_stadtbezirk_means_all_its_districts(districts):
    assert study_area(districts, ["Eving", "740"])["name"].tolist() == ["Brechten", "Eving", "Marten"]
    assert study_area(districts, ["Marten"])["name"].tolist() == ["Marten"]


def test_unknown_districts_are_all_named(districts):
    with pytest.raises(ConfigError, match="Merten, Huckerde"):
        study_area(districts, ["Merten", "Eving", "Huckerde"])


def test_a_municipality_without_a_model_is_refused():
    config = load_municipality("dortmund-nord", DATA).model_copy(update={"model": None})
    with pytest.raises(ConfigError, match="kein Modell vorgesehen"):
        build(config)


def test_a_folder_without_raw_data_is_named(tmp_path):
    with pytest.raises(MissingInputError, match="Rohdaten"):
        raw.folder(tmp_path)


def test_raw_data_may_lie_in_a_subfolder(tmp_path):
    (tmp_path / "dortmund").mkdir()
    (tmp_path / "dortmund" / "stops_2025.csv").write_text("", encoding="utf-8")
    assert raw.folder(tmp_path) == tmp_path / "dortmund"


def test_a_damaged_raw_file_is_named(tmp_path):
    (tmp_path / "street_points_osm_2018.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(SourceError, match="street_points_osm_2018"):
        raw.names(tmp_path, "street_points_osm_2018.json", "EPSG:25832")
    with pytest.raises(SourceError, match="kitas_schools"):
        raw.schools(tmp_path, "EPSG:25832")
    with pytest.raises(SourceError, match="rails"):
        raw.layer(tmp_path, "rails_osm_2025.geojson", "EPSG:25832")
