from pathlib import Path

import pytest

from kudequa_geo.errors import MissingInputError, StoreError
from kudequa_geo.export import files


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("Eving",), "eving.pdf"),
        (("Marten", "Süd/Nord"), "marten_sued-nord.pdf"),
        (("../../etc/passwd",), "etc-passwd.pdf"),
        (("con",), "con-pdf.pdf"),
        (("קפה",), "karte.pdf"),
        (("a:b*c?\x00",), "a-b-c.pdf"),
    ],
)
def test_file_names_are_safe_everywhere(words: tuple[str, ...], name: str) -> None:
    assert files.file_name(*words, ending="pdf") == name


def test_very_long_names_are_cut() -> None:
    assert len(files.file_name("x" * 5000, ending="pdf")) < 80


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="Ordner") as caught:
        files.write(tmp_path / "nirgends" / "a.pdf", b"x")
    assert "nirgends" in str(caught.value)


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, no_room: None) -> None:
    target = tmp_path / "a.pdf"
    with target.open("wb") as file:
        file.write(b"old")
    with pytest.raises(StoreError, match="No space left"):
        files.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_unwritable_target_is_named(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    (target / "full").mkdir(parents=True)
    with pytest.raises(StoreError) as caught:
        files.write(target, b"new")
    assert "a.pdf" in str(caught.value)
    assert list(tmp_path.iterdir()) == [target]


def test_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), files.whole(tmp_path / "a.pdf") as beside:
        beside.write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_wrapped_refusal_of_the_system_is_still_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Quota"), files.whole(tmp_path / "a.gpkg"):
        try:
            raise OSError(122, "Quota exceeded")
        except OSError as error:
            raise RuntimeError("library") from error
