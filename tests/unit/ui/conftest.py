"""The toy town in memory, for the texts and figures of the pages."""

from __future__ import annotations

import pytest
import streamlit as st

from kudequa_geo.config import load_municipality
from kudequa_geo.study import Study, load_study
from kudequa_geo.ui import i18n
from tests.fixtures.prepared import Prepared, prepare_town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def study(town: Prepared) -> Study:
    return load_study(load_municipality(town.key, town.data_dir), town.data_dir)


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {i18n.KEY: "de"})
