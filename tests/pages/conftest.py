"""The toy town behind the pages, as model data; a test that needs another one makes its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.pages import show
from tests.fixtures.prepared import Prepared, prepare_town, remove_tiles


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    prepared = prepare_town(tmp_path_factory.mktemp("town"), modelled=True)
    yield prepared
    remove_tiles(prepared)


@pytest.fixture
def shown(town: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    show(town, monkeypatch)
