"""Which kernels compute: the compiled ones, or the same in numpy where numba cannot be had."""

from __future__ import annotations

import os
from types import ModuleType

from kudequa_geo.access import fallback, kernels


def choose(compiled: bool | None = None) -> ModuleType:
    """Return the module of kernels to use.

    Parameters
    ----------
    compiled
        True and False choose; without it numba is used where it can be imported, unless the environment
        says ``KUDEQUA_COMPILED=0``. The results are the same, bit for bit.
    """
    if compiled is None:
        compiled = os.environ.get("KUDEQUA_COMPILED", "1") != "0"
    return kernels if compiled and kernels.AVAILABLE else fallback
