"""Measurements say which extract they lack."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.measure import extract


def test_an_extract_is_given_or_lies_in_the_folder_of_raw_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    monkeypatch.delenv("KUDEQUA_RAW_DATA", raising=False)
    with pytest.raises(SystemExit) as left:
        extract(parser, None, "a.osm")
    assert left.value.code == 2
    assert "set KUDEQUA_RAW_DATA" in capsys.readouterr().err
    monkeypatch.setenv("KUDEQUA_RAW_DATA", str(tmp_path))
    with pytest.raises(SystemExit):
        extract(parser, None, "a.osm")
    assert str(tmp_path / "osm" / "a.osm") in capsys.readouterr().err
    own = tmp_path / "b.osm"
    own.touch()
    assert extract(parser, own, "a.osm") == own
