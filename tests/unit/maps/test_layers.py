"""What travels to the browser: no foreign address, no HTML from data, one byte per building."""

import base64
import json
import re
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely

from kudequa_geo.constants import Field
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.offline import OfflineMap
from kudequa_geo.maps.palette import classes_for
from tests.fixtures.town import HOSTILE_NAME

URLS = {name: f"../../app/static/tiles/{name}.pmtiles" for name in ("ground", "detail", "buildings")}
STATIC = Path(__file__).parents[3] / "static"


def _map() -> OfflineMap:
    return OfflineMap(
        (7.4, 51.5, 7.5, 51.6), label="Karte", attribution="© A", zoom_labels=("n", "w"), language="de"
    )


def _script(element: object) -> str:
    group = folium.FeatureGroup()
    element.add_to(group)  # type: ignore[attr-defined]
    return str(element._template.module.script(element))  # type: ignore[attr-defined]


def _settings(element: object) -> dict:
    # The last argument of the call is JSON.
    text = _script(element)
    return dict(json.loads(text[text.index("{") : text.rindex("}") + 1]))


def test_map_names_only_shipped_files() -> None:
    base = _map()
    layers.ground(URLS).add_to(base)
    layers.building_tiles(URLS).add_to(base)
    html = base.get_root().render()
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", html)
    for _name, address in [*base.default_js, *base.default_css]:
        assert (STATIC / address.split("static/")[1].split("?")[0]).is_file()


def test_own_files_name_no_foreign_address() -> None:
    for path in (STATIC / "kudequa").glob("*.*s"):
        addresses = re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
        assert [a for a in addresses if not a.startswith("http://www.w3.org/")] == []


def test_colours_are_one_byte_per_building() -> None:
    codes = np.array([0, 1, 5, 6, 4], dtype=np.uint8)
    settings = _settings(layers.colours(codes))
    assert base64.b64decode(settings["codes"]) == codes.tobytes()
    assert len(settings["colours"]) == 7
    other = _settings(layers.colours(codes[::-1]))
    assert other["key"] != settings["key"]


def test_hostile_names_stay_text() -> None:
    frame = gpd.GeoDataFrame(
        {"field": ["leisure"]}, geometry=[shapely.Point(400_000, 5_700_000)], crs="EPSG:25832"
    )
    script = _script(layers.places(frame, [HOSTILE_NAME], "EPSG:25832"))
    assert "<" not in script
    assert "{{" not in script
    assert _settings(layers.places(frame, [HOSTILE_NAME], "EPSG:25832"))["places"][0][3] == HOSTILE_NAME


def test_name_that_looks_like_a_template_travels_as_it_is() -> None:
    name = "{% for x in this %}{{ 7 * 7 }}{# {{'x'}} #} &"
    frame = gpd.GeoDataFrame(
        {"field": ["leisure"]}, geometry=[shapely.Point(400_000, 5_700_000)], crs="EPSG:25832"
    )
    base, group = _map(), Group()
    layers.places(frame, [name], "EPSG:25832").add_to(group)
    group.add_to(base)
    page = base.get_root().render()
    settings = page[page.index('{"casing"') : page.index(f").addTo({group.get_name()}")]
    assert json.loads(settings)["places"][0][3] == name
    assert page.index(f"var {group.get_name()} =") < page.index("new kudequa.Places")
    assert page.index("new kudequa.Places") < page.index(f"{group.get_name()}.addTo({base.get_name()})")


def test_walk_runs_from_building_to_place() -> None:
    building = shapely.box(400_000, 5_700_000, 400_010, 5_700_010)
    place = shapely.Point(400_100, 5_700_005)
    path = shapely.LineString([(400_005, 5_700_005), (400_050, 5_700_050), place])
    settings = _settings(layers.walk(path, building, place, "EPSG:25832"))
    assert len(settings["line"]) == 3
    assert settings["beeline"] == [settings["line"][0], settings["line"][-1]]
    assert settings["start"] == settings["line"][0]
    assert 51 < settings["line"][0][0] < 52  # latitude first
    alone = _settings(layers.walk(None, building, None, "EPSG:25832"))
    assert alone["line"] == alone["beeline"] == []
    assert alone["footprint"]


def test_focus_of_the_whole_area_draws_no_outline() -> None:
    bounds = (7.4, 51.5, 7.5, 51.6)
    district = shapely.box(400_000, 5_700_000, 401_000, 5_701_000)
    assert _settings(layers.focus("", None, bounds, "EPSG:25832"))["outline"] == []
    chosen = _settings(layers.focus("12", district, bounds, "EPSG:25832"))
    assert len(chosen["outline"][0][0]) == 5
    assert chosen["bounds"] == [[51.5, 7.4], [51.6, 7.5]]


def test_legend_marks_the_limit_and_lists_every_code() -> None:
    texts = layers.LegendTexts("T", "Legende", "Weg", "Menschen", list("abcdefg"), list("1234567"), "Grenze")
    from kudequa_geo.constants import Sourced

    classes = classes_for(Sourced(10, "min", "Test", 2025))
    settings = _settings(layers.legend(texts, classes, {Field.LEISURE: "Café"}))
    assert [row["words"] for row in settings["rows"]] == list("abcdefg")
    assert settings["limitAfter"] == classes.limit_index
    assert settings["symbols"] == [
        {"shape": "hexagon", "colour": "#33691e", "filling": "solid", "words": "Café"}
    ]
    with pytest.raises(ValueError, match="zip"):
        layers.legend(layers.LegendTexts("T", "L", "W", "M", list("abc"), list("1234"), "G"), classes, {})


def test_symbols_are_drawn_by_the_browser() -> None:
    script = (STATIC / "kudequa" / "map.js").read_text(encoding="utf-8")
    for symbol in palette.FIELD_SYMBOLS.values():
        assert re.search(rf"\b{symbol.shape}: ", script), symbol.shape


def test_sites_travel_with_their_kind_and_outline() -> None:
    shapes = [shapely.box(390_000, 5_710_000, 390_200, 5_710_100), shapely.Point(390_500, 5_710_500)]
    frame = gpd.GeoDataFrame(
        {"site_id": ["a", "b"], "kind": ["brownfield", "lab"]}, geometry=shapes, crs="EPSG:25832"
    )
    settings = _settings(layers.sites(frame, ["<b>Brache</b>", "Labor"], "EPSG:25832", chosen="b"))
    assert settings["chosen"] == 1
    (_, _, brownfield, name, rings), (lat, lon, lab, _, none) = settings["sites"]
    assert settings["symbols"][brownfield]["filling"] == "hatched"
    assert settings["symbols"][lab]["shape"] == "star"
    assert name == "<b>Brache</b>"
    assert len(rings[0][0]) == 5
    assert none == []
    assert 51 < lat < 52
    assert 7 < lon < 8
    assert _settings(layers.sites(frame, ["", ""], "EPSG:25832"))["chosen"] == -1


def test_areas_without_ground_are_left_out() -> None:
    shapes = [shapely.box(390_000, 5_710_000, 390_200, 5_710_100), shapely.MultiPolygon()]
    settings = _settings(layers.areas(shapes, ["15 min", "5 min"], "EPSG:25832"))
    assert [area["label"] for area in settings["areas"]] == ["15 min"]
