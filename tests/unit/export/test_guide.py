"""The guide: figures from the data alone, templates a planner can edit, files that need nothing else."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from kudequa_geo.errors import ConfigError, MissingInputError
from kudequa_geo.export.document import Bullets, Grid, Heading, Paragraph, read_template
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import Facts
from kudequa_geo.export.guide import WRITTEN, make_guide, template
from kudequa_geo.export.question import Question
from kudequa_geo.export.record import record_of
from kudequa_geo.export.web_page import web_page
from kudequa_geo.language import Language
from tests.fixtures.pdf import text_of

_FORMS = {
    "de": (
        "Bürgergenossenschaft",
        "Bürgeraktie",
        "Bürgersparbrief",
        "Verein",
        "Stiftung",
        "Sozialunternehmen",
    ),
    "en": ("cooperative", "shares", "savings bond", "Association", "Foundation", "Social enterprise"),
}


@pytest.fixture(scope="module", params=WRITTEN)
def facts(request: pytest.FixtureRequest, edition: Edition, question: Question) -> Facts:
    return Facts(dataclasses.replace(edition, say=Language(request.param)), question, "adult")


def test_pdf_tells_situation_method_forms_and_sources(facts: Facts) -> None:
    content = make_guide(facts).pdf()
    pages = PdfReader(io.BytesIO(content)).pages
    text = text_of(content)
    assert 4 <= len(pages) <= 14
    assert "Musterstadt" in text
    assert facts.edition.say.people(1200) in text
    assert "© OpenStreetMap contributors" in text
    for form in _FORMS[facts.edition.say.key]:
        assert form in text, form
    assert not re.search(r"[{}]|\[\[", text)


def test_html_needs_nothing_else(facts: Facts) -> None:
    page = make_guide(facts).html().decode("utf-8")
    assert not re.search(r"(?:src|href)=[\"']?(?!data:)[a-z]+:", page)
    assert 'url("data:font' in page
    assert f'<html lang="{facts.edition.say.key}"' in page
    assert "data:image/png;base64," in page
    assert "© OpenStreetMap contributors" in page
    assert '"tool": "KuDeQua Geo' in page


@pytest.mark.parametrize("title", ["<!--<script>", "</script><b>", "a\u2028b"])
def test_no_title_breaks_the_page(edition: Edition, title: str) -> None:
    say = Language("de")
    record = dataclasses.replace(record_of(edition.study, title, edition.printed), municipality=title)
    page = web_page([Paragraph("Nach dem Skript")], record, say, b"").decode("utf-8")
    told = re.findall(r'<script type="application/json" id="kudequa-record">(.*?)</script>', page)
    assert len(told) == 1
    assert "<" not in told[0]
    assert "\u2028" not in told[0]
    assert json.loads(told[0])["title"] == title


def test_no_figure_is_written_into_the_text() -> None:
    """Numbers of people, minutes or shares come from the data; section numbers and the law may stay."""
    for language in WRITTEN:
        text, _ = template(language)
        law = r"§§? ?\d+\w*|sections? \d+\w*|25[.,]000|50[.,]000"
        headings = r"^## \d+\."
        rest = re.sub(f"{law}|{headings}", "", text, flags=re.MULTILINE)
        assert re.findall(r"\d+", rest) == [], language


def test_own_template(edition: Edition, question: Question, tmp_path: Path) -> None:
    (tmp_path / "guide.de.md").write_text("# Unser Ort\n\n{residents} leben <b>hier</b>.\n", encoding="utf-8")
    guide = make_guide(Facts(edition, question, "adult"), templates=tmp_path)
    assert guide.blocks == [Heading(1, "Unser Ort"), Paragraph("1.200 leben <b>hier</b>.")]
    assert "&lt;b&gt;hier" in guide.html().decode("utf-8")


def test_unknown_names_in_a_template_are_all_told(
    edition: Edition, question: Question, tmp_path: Path
) -> None:
    (tmp_path / "guide.de.md").write_text("{einwohner}\n\n[[karte]]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        make_guide(Facts(edition, question, "adult"), templates=tmp_path)
    assert "{einwohner}, [[karte]]" in str(caught.value)
    assert "{residents}" in str(caught.value)
    with pytest.raises(MissingInputError, match="Vorlage"):
        make_guide(Facts(edition, question, "adult"), templates=tmp_path / "nirgends")


def test_template_blocks() -> None:
    text = "## Titel\nAbsatz\nüber zwei Zeilen\n\n- eins\n- {zwei}\n\n[[tabelle]]"
    grid = Grid(("a", "b"), (("1", "2"),))
    blocks = read_template(text, {"zwei": "2 {x}"}, {"tabelle": lambda: [grid]}, "t")
    assert blocks == [
        Heading(2, "Titel"),
        Paragraph("Absatz über zwei Zeilen"),
        Bullets(("eins", "2 {x}")),
        grid,
    ]


def test_turkish_is_refused_with_what_there_is(edition: Edition, question: Question) -> None:
    turkish = dataclasses.replace(edition, say=Language("tr"))
    with pytest.raises(ConfigError, match="de, en"):
        make_guide(Facts(turkish, question, "adult"))


def test_same_inputs_give_the_same_bytes(facts: Facts) -> None:
    assert make_guide(facts).pdf() == make_guide(facts).pdf()
    assert make_guide(facts).html() == make_guide(facts).html()
