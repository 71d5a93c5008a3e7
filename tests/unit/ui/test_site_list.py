"""An uploaded list of sites is read as what it holds."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from kudequa_geo.errors import SourceError
from kudequa_geo.study import Study
from kudequa_geo.ui import site_list


@pytest.mark.usefixtures("german")
def test_an_upload_reads_no_other_file(study: Study, tmp_path: Path) -> None:
    secret = tmp_path / "secret.gpkg"
    middle = study.tables["buildings"].geometry.iloc[0]
    frame = gpd.GeoDataFrame(
        {"name": ["geheim"], "kind": ["lab"]}, geometry=[middle.centroid], crs=study.config.crs
    )
    frame.to_file(secret, engine="pyogrio")
    text = (
        '<OGRVRTDataSource><OGRVRTLayer name="secret">'
        f"<SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(SourceError, match="kein GeoPackage"):
        site_list.upload(study, "liste.gpkg", text.encode())
    assert site_list.uploaded() is None
    found = site_list.upload(study, "liste.gpkg", secret.read_bytes())
    assert found.frame["name"].tolist() == ["geheim"]
    assert shapely.get_type_id(found.frame.geometry.iloc[0]) == shapely.GeometryType.POINT
