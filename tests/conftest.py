"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kudequa_geo.cli import app
from tests.fixtures.town import write_town

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the raw extracts and facts; absent on most machines, but never in CI.

    Named by ``KUDEQUA_RAW_DATA``; without it, ``shared/data`` beside the checkout.
    """
    folder = Path(os.environ.get("KUDEQUA_RAW_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = f"raw data not found beside the checkout ({folder}); set KUDEQUA_RAW_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def town_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder with the toy town, set up, prepared and analysed by the commands; not to be changed."""
    folder = tmp_path_factory.mktemp("town") / "data"
    folder.mkdir()
    osm = write_town(folder / "town.osm.pbf").path
    words = ["init", "--name", "Musterstadt", "--osm", osm, "--population", 1200]
    for command in (words, ["prepare", "-m", "musterstadt"], ["analyse", "-m", "musterstadt"]):
        done = CliRunner().invoke(app, [*map(str, command), "--data-dir", str(folder)])
        assert done.exit_code == 0, done.output
    return folder
