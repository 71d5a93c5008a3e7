"""Remembers what has been computed: each thing once, whoever asks, and only the latest so many."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


class _Slot:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.value: Any = None
        self.filled = False


class Memory:
    """A bounded store of results shared by threads.

    Parameters
    ----------
    size
        How many results are kept; the one unused for longest goes first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return the result kept under a key, made now if there is none.

        Two threads that ask for the same key wait for one computation; other keys go on meanwhile. What
        fails is not kept.
        """
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._size:
                self._slots.popitem(last=False)
        with slot.lock:
            if not slot.filled:
                slot.value = make()
                slot.filled = True
            return cast(Result, slot.value)
