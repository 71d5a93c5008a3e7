import pytest

from kudequa_geo.export import lettering
from tests.fixtures.town import HOSTILE_NAME


def test_plain_is_one_line_of_printable_letters() -> None:
    line = lettering.plain("a\nb\tc\x00d\u202eקפה\u202c 🚲 $x^2$\u00a0km")
    assert "\u202e" not in line
    assert "\x00" not in line
    assert line.startswith("a b cd")
    assert "□" in line
    assert "$x^2$\u00a0km" in line


@pytest.mark.parametrize("room", [12.0, 30.0, 80.0])
def test_no_line_is_longer_than_its_room(room: float) -> None:
    text = HOSTILE_NAME + " Donaudampfschifffahrtsgesellschaftskapitän an der Straße"
    lines = lettering.wrapped(text, 9, room)
    assert all(lettering.width_mm(line, 9) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == lettering.plain(text).replace(" ", "")


def test_shortened_ends_with_dots_only_where_it_was_cut() -> None:
    assert lettering.shortened("kurz", 9, 40) == "kurz"
    cut = lettering.shortened("eine sehr lange Zeile ohne Ende", 9, 20)
    assert cut.endswith("…")
    assert lettering.width_mm(cut, 9) <= 20


def test_letters_the_shipped_font_lacks_come_from_another() -> None:
    assert lettering.font("Größe", 9).get_family() == [lettering.FAMILY]
    assert lettering.font("Ωκ", 9).get_family() == [lettering.FALLBACK]
