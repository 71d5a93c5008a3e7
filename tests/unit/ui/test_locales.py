"""Every text a reader can meet is there in every language, with the same named places.

Where this fails, add the German text and its translation to ``kudequa_geo/locales/*/LC_MESSAGES/kudequa.po``;
the catalogues are compiled when the application starts.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from kudequa_geo.constants import PERSONS
from kudequa_geo.kinds import load_kinds
from kudequa_geo.ui.i18n import CATALOGUES, LANGUAGES, SOURCE
from kudequa_geo.ui.method import numbers

ROOT = Path(__file__).parents[3]
OTHERS = [key for key in LANGUAGES if key != SOURCE]
_PLACE = re.compile(r"{(\w+)[^}]*}")


@cache
def _texts() -> frozenset[str]:
    scripts = [*(ROOT / "kudequa_geo").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "dashboard.py"]
    found = set()
    for script in scripts:
        for _line, text, _comments, _context in extract_from_file(
            "python", str(script), keywords={"_": None, "msg": None}
        ):
            found.add(text if isinstance(text, str) else text[0])
    for kind in load_kinds().values():
        found |= {kind.label, kind.limit.source}
    found |= {person.speed_kmh.source for person in PERSONS.values()}
    for number in numbers():
        found |= {number.sourced.source, number.sourced.unit}
    return frozenset(found)


@cache
def _catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "kudequa.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    catalogue = _catalogue(language)
    lacking = [text for text in _texts() if not (catalogue.get(text) and catalogue.get(text).string)]
    assert sorted(lacking) == []


@pytest.mark.parametrize("language", OTHERS)
def test_named_places_are_kept(language: str) -> None:
    wrong = [
        message.id
        for message in _catalogue(language)
        if message.id and set(_PLACE.findall(message.id)) != set(_PLACE.findall(message.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    stale = [message.id for message in _catalogue(language) if message.id and message.id not in _texts()]
    assert sorted(stale) == []


@pytest.mark.parametrize("language", OTHERS)
def test_line_breaks_stand_where_they_stood(language: str) -> None:
    wrong = [m.id for m in _catalogue(language) if m.id and m.id.count("\n") != m.string.count("\n")]
    assert wrong == []


def test_german_texts_hold_no_other_quotation_marks() -> None:
    assert [text for text in _texts() if '"' in text] == []
