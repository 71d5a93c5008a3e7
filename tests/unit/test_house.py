"""The house rules that a tool can check."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

import kudequa_geo
from kudequa_geo import constants
from kudequa_geo.constants import PERSONS, Person, Sourced
from kudequa_geo.kinds import load_kinds
from tests.conftest import ROOT

LONGEST_MODULE = 450


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def _modules() -> list[Path]:
    folders = [ROOT / "kudequa_geo", ROOT / "pages", ROOT / "benchmarks"]
    found = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return [*found, ROOT / "dashboard.py", ROOT / "run.py"]


def test_import_contracts_hold() -> None:
    contracts = _run(
        "-c", "import sys; from importlinter.cli import lint_imports_command as f; sys.exit(f())"
    )
    assert contracts.returncode == 0, contracts.stdout
    assert "3 kept, 0 broken" in contracts.stdout


def test_every_module_stands_in_the_contracts() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    contracts = {contract["name"]: contract for contract in told}
    modules = {f"kudequa_geo.{found.name}" for found in pkgutil.iter_modules(kudequa_geo.__path__)}
    layers = contracts["One house, one direction"]["layers"]
    assert {name.strip() for layer in layers for name in layer.split("|")} == modules
    strangers = set(contracts["Only ui, pages and dashboard know Streamlit"]["source_modules"])
    assert strangers == modules - {"kudequa_geo.ui"}


@pytest.mark.parametrize("words", [("check", "."), ("format", "--check", ".")])
def test_ruff_finds_nothing(words: tuple[str, ...]) -> None:
    found = _run("-m", "ruff", *words)
    assert found.returncode == 0, found.stdout


def test_mypy_finds_nothing() -> None:
    found = _run("-m", "mypy")
    assert found.returncode == 0, found.stdout


def test_no_module_grows_past_its_rule() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in _modules()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_every_planning_number_has_a_source() -> None:
    numbers = [value for value in vars(constants).values() if isinstance(value, Sourced)]
    numbers += [person.speed_kmh for person in PERSONS.values()]
    numbers += [kind.limit.sourced() for kind in load_kinds().values()]
    assert len(numbers) > 40
    for number in numbers:
        assert number.source.strip(), number
        assert number.unit.strip(), number
        assert 1950 < number.year <= 2030, number
        assert number.assumption == ("Annahme" in number.source), number


def test_every_sourced_number_of_the_package_has_a_source() -> None:
    """No module may hold a ``Sourced`` without words in its third place."""
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Sourced"
                and len(node.args) > 2
            ):
                source = node.args[2]
                assert not isinstance(source, ast.Constant) or str(source.value).strip(), (path, node.lineno)


def test_person_has_no_hidden_numbers() -> None:
    assert {field.name for field in fields(Person)} == {"key", "label", "speed_kmh", "barriers"}


def test_only_named_folders_stand_at_the_top() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    folders = {".ci", ".streamlit", "benchmarks", "data", "docs", "kudequa_geo", "pages", "static", "tests"}
    scripts = {"dashboard.py", "run.py"}
    texts = {".gitignore", "CHANGELOG.md", "LICENSE", "README.md"}
    settings = {"pyproject.toml", "requirements-dev.txt", "requirements.txt"}
    assert top <= folders | scripts | texts | settings
