"""The toy town with its two districts, as an edition to export from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kudequa_geo.config import load_municipality
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.picture import Picture, picture_of
from kudequa_geo.export.question import Question, ask
from kudequa_geo.language import Language
from kudequa_geo.study import load_study
from tests.fixtures.prepared import Prepared, prepare_town

DAY = date(2024, 6, 1)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare_town(tmp_path_factory.mktemp("exports"), modelled=True)


@pytest.fixture(scope="session")
def edition(town: Prepared) -> Edition:
    study = load_study(load_municipality(town.key, town.data_dir), town.data_dir)
    return Edition(study, town.folder, Language("de"), DAY)


@pytest.fixture(scope="session")
def question(edition: Edition) -> Question:
    return ask(edition.study, "supermarket", "adult")


@pytest.fixture(scope="session")
def picture(edition: Edition, question: Question) -> Picture:
    return picture_of(edition.study, question)


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full as soon as something has been written."""

    def refuse(path: Path, data: bytes) -> int:
        path.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
