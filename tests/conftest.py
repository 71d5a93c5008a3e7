"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the raw extracts and facts; absent on most machines, but never in CI."""
    folder = Path(os.environ.get("KUDEQUA_RAW_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = f"raw data not found at {folder}; set KUDEQUA_RAW_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
