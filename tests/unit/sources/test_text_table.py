"""CSV files are read as people keep them, and refused with all their defects."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.sources.text_table import MAX_TEXT, missing_columns, numbers, read_text_table, refuse


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_delimiter_and_encoding_are_recognised(
    tmp_path: Path, delimiter: str, encoding: str, line_end: str
) -> None:
    rows = [["nummer", "Name ", "Größe"], ["010", "Mörser", "3"], ["020", "", "4"]]
    path = tmp_path / "t.csv"
    path.write_bytes(line_end.join(delimiter.join(row) for row in rows).encode(encoding))
    table = read_text_table(path)
    assert table.columns.tolist() == ["nummer", "Name", "Größe"]
    assert table["nummer"].tolist() == ["010", "020"]
    assert table["Name"].iloc[0] == "Mörser"
    assert pd.isna(table["Name"].iloc[1])
    assert table.index.tolist() == [2, 3]


def test_quotes_line_breaks_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('\nid;name\n1;"a;b"\n\n2;"zwei\nZeilen"\n3;"x ""y"""\n;\n', encoding="utf-8")
    table = read_text_table(path)
    assert table["name"].tolist() == ["a;b", "zwei\nZeilen", 'x "y"']
    assert table.index.tolist() == [3, 6, 7]


def test_hostile_text_is_kept_and_cut(tmp_path: Path) -> None:
    hostile = "=HYPERLINK(1)<script>{x}%s\u202e☕" + "x" * MAX_TEXT
    path = tmp_path / "t.csv"
    path.write_text(f"id;name\n1;{hostile}\n", encoding="utf-8")
    assert read_text_table(path)["name"].iloc[0] == hostile[:MAX_TEXT]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "leer"),
        (" \n\n", "leer"),
        ("a;a;b\n1;2;3\n", "Spalte „a“ kommt mehrfach vor"),
        ("a;b\n1;2;3\n4;5;6\n", "Zeile 3: 3 Werte bei 2 Spalten"),
        ('a;b\n1;"2\n', "lässt sich nicht lesen"),
        ("a;b\n\0\0\0\n", "keinen Text"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=said) as caught:
        read_text_table(path)
    assert str(path) in str(caught.value)


def test_limits(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "1\n" * 20, encoding="utf-8")
    with pytest.raises(SourceError, match="20 Zeilen, höchstens 10"):
        read_text_table(path, max_rows=10)
    with pytest.raises(SourceError, match="höchstens 0 MB"):
        read_text_table(path, max_bytes=10)
    with pytest.raises(MissingInputError):
        read_text_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "2.5", "-3"], [1, 2.5, -3]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["1.234,5", "12"], [1234.5, 12]),
        (["1,234.5", "12"], [1234.5, 12]),
        (["7.452", "7.461"], [7.452, 7.461]),
        (["1 234", "1\u00a0234", "1'234"], [1234, 1234, 1234]),
        (["1e3"], [1000]),
    ],
)
def test_numbers(texts: list[str], values: list[float]) -> None:
    found, wrong = numbers(pd.Series(texts, dtype="str"))
    assert found.tolist() == values
    assert not wrong.any()


def test_counts_may_be_written_in_groups_of_three() -> None:
    grouped, _ = numbers(pd.Series(["39.211", "1.060.641", "980"], dtype="str"), counts=True)
    assert grouped.tolist() == [39_211, 1_060_641, 980]
    decimal, _ = numbers(pd.Series(["39.211", "12.5"], dtype="str"), counts=True)
    assert decimal.tolist() == [39.211, 12.5]
    below_one, _ = numbers(pd.Series(["0.125"], dtype="str"), counts=True)
    assert below_one.tolist() == [0.125]


def test_signs_of_official_tables_mean_unknown_and_other_texts_are_wrong() -> None:
    texts = pd.Series(
        [None, "", ".", "–", "x", "/", "viele", "nan", "inf", "1e999", "0x10", "--1"], dtype="str"
    )
    values, wrong = numbers(texts)
    assert values.isna().all()
    assert wrong.tolist() == [False] * 6 + [True] * 6


def test_all_defects_at_once_and_not_too_many() -> None:
    refuse(Path("a.csv"), [])
    with pytest.raises(SourceError) as caught:
        refuse(Path("a.csv"), (f"defect {number}" for number in range(25)))
    text = str(caught.value)
    assert "defect 0" in text
    assert "defect 19" in text
    assert "defect 20" not in text
    assert "und 5 weitere" in text


def test_defects_with_braces_are_shown_as_they_are() -> None:
    with pytest.raises(SourceError, match=r"\{name\} %s"):
        refuse(Path("{a}.csv"), ["{name} %s"])


def test_missing_columns_name_what_there_is() -> None:
    assert missing_columns(["a", "b"], ["b", "a"]) == []
    first, second = missing_columns(["residents"], ["Residents", "id"])
    assert first == "Spalte „residents“ fehlt; gemeint ist vielleicht „Residents“"
    assert second == "vorhandene Spalten: Residents, id"
