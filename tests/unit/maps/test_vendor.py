"""What the browser loads is shipped, unchanged, with its licence."""

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[3] / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_files_are_the_ones_recorded(package: dict) -> None:
    for name, sha256 in package["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == sha256, name
    assert package["licence_file"] in package["files"]
    assert package["version"]
    assert package["licence"]


def test_nothing_is_shipped_unrecorded() -> None:
    recorded = {name for package in PACKAGES for name in package["files"]}
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {"vendor.json", ".gitattributes"} == recorded
