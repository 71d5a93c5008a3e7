"""How commands end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import typer
from kudequa_geo.terminal import command

app = typer.Typer()


@command(app, "work")
def work() -> None:
    {statement}


app()
"""


@pytest.mark.parametrize("statement", ["raise KeyboardInterrupt", 'exec("raise KeyboardInterrupt")'])
def test_an_interrupt_ends_with_2_wherever_it_comes(tmp_path: Path, statement: str) -> None:
    """Also inside text that is run, as the standard library does for data classes."""
    (tmp_path / "program.py").write_text(PROGRAM.format(statement=statement), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "program"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip() == "Fehler: Abgebrochen. Vorhandene Tabellen sind unverändert."
