"""How long work reports its progress, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

#: Called with a German message (marked by ``errors.msg``) and the share done, 0 to 1.
Progress = Callable[[str, float], None]


def silent(message: str, share: float) -> None:
    """Report to nobody."""
