"""Tables of the pages open in the spreadsheets of their language, and say where they come from."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from kudequa_geo.language import LANGUAGES, Language
from kudequa_geo.study import Study
from kudequa_geo.ui.sheets import csv_bytes

_HEAD = ["name", "minutes", "sure", "note", "places"]
_ROWS = [["=1+1", 7.5, True, None, 7], ["x;y,z", 1234567.8, False, float("nan"), -2]]


def made(study: Study, language: str, head: list[str] = _HEAD) -> bytes:
    return csv_bytes(study, "Kennzahlen", (head, _ROWS), {"limit": 500.0}, Language(language))


def rows(study: Study, language: str) -> list[dict[str, str]]:
    sign = "," if language == "en" else ";"
    return list(csv.DictReader(io.StringIO(made(study, language).decode("utf-8-sig")), delimiter=sign))


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_stand_as_the_spreadsheet_of_the_language_reads_them(study: Study, language: str) -> None:
    first, second = rows(study, language)
    # With a point, a German spreadsheet would read the seventh of May.
    assert first["minutes"] == ("7.5" if language == "en" else "7,5")
    assert (second["minutes"], second["places"], first["limit"]) == ("1234568", "-2", "500")
    assert (first["sure"], second["sure"], first["note"], second["note"]) == ("true", "false", "", "")
    assert first["name"] == "'=1+1"
    assert second["name"] == "x;y,z"
    assert made(study, language).startswith(b"\xef\xbb\xbf") == (language != "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_says_where_it_comes_from(study: Study, language: str) -> None:
    today = datetime.now(UTC).astimezone().date()
    for row in rows(study, language):
        assert "OpenStreetMap" in row["source"]
        assert "ODbL" in row["licence"]
        assert row["data_date"]
        assert row["printed"] == today.isoformat()
        assert row["modelled"] == str(study.package.modelled).lower()
        assert row["export"] == f"{Language(language)('Kennzahlen')} – {study.config.name}"
        assert len(row["run"]) == 10


def test_a_column_of_its_own_is_not_written_over(study: Study) -> None:
    heads = made(study, "de", ["source", "minutes", "modelled", "note", "places"]).decode("utf-8-sig")
    named = heads.splitlines()[0].split(";")
    assert len(named) == len(set(named))
    assert {"source", "data_source", "modelled", "data_modelled"} <= set(named)
