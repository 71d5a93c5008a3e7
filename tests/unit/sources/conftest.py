"""Fixtures of the tests that fetch: a toy town, and an Overpass server on this machine that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kudequa_geo.sources.overpass import Overpass
from tests.fixtures.loopback import HURRIED
from tests.fixtures.overpass_server import OverpassServer
from tests.fixtures.town import Town, write_town


@pytest.fixture
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between the test and the server on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def served_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


@pytest.fixture
def server(served_town: Town, loopback_only: None) -> Iterator[OverpassServer]:
    with OverpassServer(served_town.path).running() as running:
        assert isinstance(running, OverpassServer)
        yield running


@pytest.fixture
def client(server: OverpassServer, tmp_path: Path) -> Overpass:
    return Overpass(tmp_path / "cache", server.url, HURRIED)
