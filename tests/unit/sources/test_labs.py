"""Notes on labs: read as they stand, every defect named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kudequa_geo.config import load_municipality
from kudequa_geo.errors import ConfigError, MissingInputError
from kudequa_geo.kinds import load_kinds
from kudequa_geo.language import LANGUAGES
from kudequa_geo.sources.labs import read_labs
from tests.conftest import ROOT

_FACT = """
[[lab]]
key = "nord"
name = "Nord"

[[lab.fact]]
about = "wish"
text.de = "ein Café"
text.tr = "bir kafe"
source = "Protokoll"
url = "https://example.org/protokoll"
year = 2024
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "labs.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fact_is_said_in_the_language_or_in_german(tmp_path: Path) -> None:
    (lab,) = read_labs(_file(tmp_path, _FACT))
    (fact,) = lab.fact
    assert fact.said("tr") == "bir kafe"
    assert fact.said("en") == fact.said("de") == "ein Café"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://", "javascript:", "url"),
        ('text.de = "ein Café"', 'text.en = "a café"', "der deutsche Text fehlt"),
        ('source = "Protokoll"', "", "source"),
        ('about = "wish"', 'about = "rumour"', "about"),
        ("year = 2024", "yaer = 2024", "year"),
        ("[[lab]]", _FACT + "\n[[lab]]", "denselben key"),
        ("[[lab]]", "[[lab", "TOML"),
    ],
)
def test_defects_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = _file(tmp_path, _FACT.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_labs(path)
    assert told in str(caught.value)
    assert "labs.toml" in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"sites\.labs"):
        read_labs(tmp_path / "none.toml")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="höchstens"):
        read_labs(_file(tmp_path, "#" * 1_000_001))


def test_the_shipped_labs_fit_the_tool() -> None:
    config = load_municipality("dortmund-nord", ROOT / "data")
    assert config.sites.labs is not None
    labs = read_labs(config.sites.labs)
    assert [lab.key for lab in labs] == ["marten", "eving"]
    facts = [fact for lab in labs for fact in lab.fact]
    assert {kind for fact in facts for kind in fact.kinds} <= set(load_kinds())
    assert all(set(fact.text) == set(LANGUAGES) for fact in facts)
    assert all(fact.url.startswith("https://") for fact in facts)
