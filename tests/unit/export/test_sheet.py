"""Map sheets: true scale, everything a reader needs, the same bytes twice, and how they look."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader

from kudequa_geo.errors import AnalysisError
from kudequa_geo.export import lettering
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import (
    Focus,
    area_focus,
    district_focus,
    extent_focus,
    gap_focus,
    site_focus,
)
from kudequa_geo.export.paper import Orientation, Paper, Size, bar_length_m
from kudequa_geo.export.picture import Picture, picture_after, picture_of
from kudequa_geo.export.question import Question, ask
from kudequa_geo.export.request import sheets
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.export.sheet import Design, Sheet, draw_sheet
from kudequa_geo.language import Language
from kudequa_geo.maps import palette
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.scenario import Scenario
from tests.conftest import ROOT
from tests.fixtures.pdf import has_colour, paths_of, text_of
from tests.fixtures.prepared import Prepared

PT_PER_MM = 72 / 25.4
LANDSCAPE = Paper(orientation=Orientation.LANDSCAPE)
LOOK = {
    "baseline_dir": "baseline",
    "tolerance": 6,
    "savefig_kwargs": {"dpi": 80},
    "style": lettering.SETTINGS,
}


def _sheet(edition: Edition, picture: Picture, focus: Focus, design: Design | None = None) -> Sheet:
    return draw_sheet(edition, focus, [picture], design or Design())


@pytest.fixture(scope="module")
def north(edition: Edition, picture: Picture) -> Sheet:
    return _sheet(edition, picture, district_focus(edition, "Nord"))


@pytest.fixture(scope="module")
def north_pdf(north: Sheet) -> bytes:
    return rendered([north.figure], north.record, Format.PDF)


@pytest.fixture(scope="module")
def after(edition: Edition, question: Question) -> Picture:
    north = district_focus(edition, "Nord").rows
    home = edition.study.tables["buildings"]["building_id"][north].iloc[-1]
    shop = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(building=home), name="Dorfladen")
    study = edition.study
    base = today(study).base
    return picture_after(question, apply(base, Scenario(name="Ein neuer Laden", changes=(shop,))))


@pytest.mark.mpl_image_compare(filename="district.png", **LOOK)
def test_look_of_a_district(edition: Edition, picture: Picture) -> Figure:
    return _sheet(edition, picture, district_focus(edition, "Nord")).figure


@pytest.mark.mpl_image_compare(filename="area_landscape_en.png", **LOOK)
def test_look_of_the_area_in_english(edition: Edition, picture: Picture) -> Figure:
    english = dataclasses.replace(edition, say=Language("en"))
    return _sheet(english, picture, area_focus(english), Design(LANDSCAPE)).figure


@pytest.mark.mpl_image_compare(filename="pair.png", **LOOK)
def test_look_of_a_pair(edition: Edition, picture: Picture, after: Picture) -> Figure:
    return draw_sheet(edition, area_focus(edition), [picture, after], Design(LANDSCAPE)).figure


def test_scale_bar_measures_a_known_distance(edition: Edition, north: Sheet, north_pdf: bytes) -> None:
    """The bar, and the outline of the district whose size in reality is known, in the same file."""
    paths = paths_of(north_pdf)
    length = bar_length_m(north.scale, 55)
    wanted = length * 1000 / north.scale * PT_PER_MM
    bars = [
        path
        for path in paths
        if path.filled and has_colour(path, palette.TEXT) and 0 < path.height < 6 and path.width > 40
    ]
    assert [bar.width for bar in bars] == [pytest.approx(wanted, abs=0.05)]
    district = edition.study.tables["districts"].set_index("name").geometry["Nord"]
    minx, _, maxx, _ = district.bounds
    outlines = [path for path in paths if not path.filled and has_colour(path, palette.ACCENT)]
    widths = [path.width for path in outlines if path.width > 100]
    in_reality = bars[0].width / length * (maxx - minx)
    assert min(abs(width - in_reality) for width in widths) < 0.2


def test_extent_is_the_paper_times_the_scale(north: Sheet) -> None:
    width, height = north.map_mm
    minx, miny, maxx, maxy = north.extent
    assert maxx - minx == pytest.approx(width * north.scale / 1000)
    assert maxy - miny == pytest.approx(height * north.scale / 1000)


def test_text_of_the_sheet_is_text(north: Sheet, north_pdf: bytes) -> None:
    text = text_of(north_pdf)
    for words in (
        "Fußläufige Erreichbarkeit: Supermarkt – Nord",
        "Erwachsene (4,8",
        "Grenze: 500",
        "250 bis 500",
        "Maßstab 1 :",
        "© OpenStreetMap contributors",
        "ODbL 1.0",
        "ETRS89 / UTM zone 32N (EPSG:25832)",
        "Gedruckt am 01.06.2024",
        "Datenstand: 01.05.2024",
        "Modelldaten – keine Planungsgrundlage",
        "Lage in Musterstadt",
        "Gitternord",
        "Längsstraße",
        north.record.short,
    ):
        assert words.replace("\u00a0", " ") in text.replace("\u00a0", " "), words


def test_fonts_are_inside(north_pdf: bytes) -> None:
    page = PdfReader(io.BytesIO(north_pdf)).pages[0]
    for font in page["/Resources"]["/Font"].values():
        described = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in described.get_object()


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("orientation", Orientation)
def test_paper_is_true(edition: Edition, picture: Picture, size: Size, orientation: Orientation) -> None:
    paper = Paper(size, orientation)
    sheet = _sheet(edition, picture, area_focus(edition), Design(paper))
    box = PdfReader(io.BytesIO(rendered([sheet.figure], sheet.record, Format.PDF))).pages[0].mediabox
    assert float(box.width) == pytest.approx(paper.width_mm * PT_PER_MM, abs=0.01)
    assert float(box.height) == pytest.approx(paper.height_mm * PT_PER_MM, abs=0.01)


def test_record_is_inside_every_format(north: Sheet, north_pdf: bytes) -> None:
    told = json.loads(PdfReader(io.BytesIO(north_pdf)).metadata["/Keywords"])
    assert told == json.loads(north.record.as_json())
    assert told["parameters"]["service"] == "supermarket"
    assert set(told["tables"]) >= {"buildings", "edges", "places"}
    image = Image.open(io.BytesIO(rendered([north.figure], north.record, Format.PNG)))
    assert json.loads(image.text["Description"]) == told
    assert "OpenStreetMap" in image.text["Copyright"]
    assert image.size == (2480, 3508) or image.size == (2480, 3507)
    assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)


def test_svg_holds_text_and_its_fonts(north: Sheet) -> None:
    drawing = rendered([north.figure], north.record, Format.SVG).decode("utf-8")
    assert "@font-face" in drawing
    assert "© OpenStreetMap contributors" in drawing
    assert "Kennzahlen</text>" in drawing
    assert "<script" not in drawing


@pytest.mark.parametrize("form", Format)
def test_same_inputs_give_the_same_bytes(edition: Edition, picture: Picture, form: Format) -> None:
    first, second = (
        rendered([sheet.figure], sheet.record, form)
        for sheet in (_sheet(edition, picture, area_focus(edition)) for _ in range(2))
    )
    assert first == second


def test_another_process_gives_the_same_bytes(town: Prepared, tmp_path: Path) -> None:
    contents = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.pdf"
        words = [
            "map",
            "-m",
            town.key,
            "-d",
            "Nord",
            "--data-dir",
            str(town.data_dir),
            "--date",
            "2024-06-01",
        ]
        code = "from kudequa_geo.export_cli import app; app()"
        subprocess.run(
            [sys.executable, "-c", code, *words, "--out", str(out)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": ("UTC", "Asia/Tokyo")[seed == "2"]},
            check=True,
            capture_output=True,
        )
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


def test_people_of_the_legend_are_those_of_the_district(edition: Edition, picture: Picture) -> None:
    focus = district_focus(edition, "Süd")
    people = picture.people(focus.rows)
    figures = picture.figures(focus.rows)
    buildings = edition.study.tables["buildings"]
    south = buildings["district_id"] == focus.key
    assert people.sum() == pytest.approx(buildings["residents"][south].sum())
    limit_class = picture.question.classes.limit_index
    assert people[: limit_class + 1].sum() == pytest.approx(figures.within)


def test_pair_has_one_extent_and_both_names(edition: Edition, picture: Picture, after: Picture) -> None:
    sheet = draw_sheet(edition, area_focus(edition), [picture, after], Design(LANDSCAPE))
    text = text_of(rendered([sheet.figure], sheet.record, Format.PDF))
    assert "Heutiger Stand" in text
    assert "Ein neuer Laden" in text
    assert np.nansum(after.metres[: len(picture.metres)]) < np.nansum(picture.metres)


def test_series_keeps_one_scale(edition: Edition, question: Question) -> None:
    districts = [district_focus(edition, name) for name in ("Nord", "Süd")]
    drawn = [sheet for _, sheet in sheets(edition, [question], districts, Design())]
    assert len({sheet.scale for sheet in drawn}) == 1
    persons = [ask(edition.study, "supermarket", key) for key in ("adult", "wheelchair")]
    drawn = [sheet for _, sheet in sheets(edition, persons, districts[:1], Design())]
    assert len({sheet.extent for sheet in drawn}) == 1


def test_other_subjects(edition: Edition, question: Question, picture: Picture) -> None:
    site = edition.study.tables["sites"]["site_id"].iloc[0]
    for focus in (
        site_focus(edition, site),
        gap_focus(edition, question, 1),
        extent_focus(edition, (7.45, 51.54, 7.455, 51.543)),
    ):
        sheet = _sheet(edition, picture, focus)
        assert focus.name in text_of(rendered([sheet.figure], sheet.record, Format.PDF))


def test_kind_without_a_place_says_so(edition: Edition) -> None:
    question = ask(edition.study, "swimming", "adult")
    sheet = _sheet(edition, picture_of(edition.study, question), area_focus(edition))
    text = text_of(rendered([sheet.figure], sheet.record, Format.PDF))
    assert "keinen einzigen Ort" in text
    assert "keine Daten" in text


def test_names_from_outside_cannot_break_the_sheet(edition: Edition, picture: Picture) -> None:
    design = Design(title="$\\frac{1}{2}$ <script>alert(1)</script> \u202eקפה 🚲 " + "lang" * 80)
    sheet = _sheet(edition, picture, area_focus(edition), design)
    assert "<script>" in text_of(rendered([sheet.figure], sheet.record, Format.PDF))
    assert b"<script>alert" not in rendered([sheet.figure], sheet.record, Format.SVG)


def test_own_scale_is_kept_and_nonsense_refused(edition: Edition, picture: Picture) -> None:
    assert _sheet(edition, picture, area_focus(edition), Design(scale=7777)).scale == 7777
    with pytest.raises(AnalysisError, match="kein Maßstab"):
        _sheet(edition, picture, area_focus(edition), Design(scale=3))
