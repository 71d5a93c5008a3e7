"""Which kernels compute, where they are kept, and that they are compiled in set-up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kudequa_geo.access import fallback, kernels
from kudequa_geo.access.engine import choose
from tests.conftest import ROOT

WALK = """
import numpy as np
from tests.fixtures.networks import draw
from kudequa_geo.access import kernels
from kudequa_geo.access.nearest import Router
toy = draw("A---B---C")
found = Router(toy.network).nearest(toy.at(("AB", 10)), toy.at(("BC", 10)), np.array([0]), 1, k=3)
print(kernels.AVAILABLE, found.metres[0, 0, 0])
"""


def run(code: str, folder: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_caller_and_the_environment_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUDEQUA_COMPILED", raising=False)
    assert choose() is kernels
    assert choose(compiled=False) is fallback
    monkeypatch.setenv("KUDEQUA_COMPILED", "0")
    assert choose() is fallback
    assert choose(compiled=True) is kernels


def test_both_have_the_same_functions() -> None:
    used = {"weigh", "customise", "anchor", "seed", "seed_three", "sweep", "sweep_three"}
    used |= {"read", "read_three", "order_by", "reach", "tally"}
    for module in (kernels, fallback):
        assert {name for name in used if callable(getattr(module, name))} == used


def test_without_numba_the_walks_are_the_same() -> None:
    hidden = "import sys; sys.modules['numba'] = None" + WALK
    assert run(hidden) == "False 40.0"
    assert run(WALK) == "True 40.0"


def test_where_nothing_can_be_written_kernels_are_compiled_in_memory() -> None:
    # As on a read-only disk: numba finds no folder for its cache.
    nowhere = (
        "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
        "c.CompileResultCacheImpl._locator_classes = []"
    )
    assert run(nowhere + WALK) == "True 40.0"


def test_after_set_up_nothing_is_left_to_compile(tmp_path: Path) -> None:
    here = {"NUMBA_CACHE_DIR": str(tmp_path)}
    warm = "from kudequa_geo.access.warm_up import warm_up; warm_up()"
    run(warm, **here)
    kept = set(tmp_path.rglob("*.nbc"))
    assert len(kept) >= 15
    run(warm + WALK, **here)
    assert set(tmp_path.rglob("*.nbc")) == kept
