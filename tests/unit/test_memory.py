"""What is remembered: once, for everybody, and not for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kudequa_geo.memory import Memory


def test_computed_once_for_all_threads() -> None:
    memory, calls, gate = Memory(4), [], threading.Barrier(8)

    def ask() -> object:
        gate.wait()
        return memory.get("key", lambda: calls.append(1) or object())

    with ThreadPoolExecutor(8) as pool:
        found = [asked.result() for asked in [pool.submit(ask) for _ in range(8)]]
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1


def test_one_result_may_need_another() -> None:
    memory = Memory(4)
    assert memory.get("sum", lambda: memory.get("one", lambda: 1) + 1) == 2
    assert len(memory) == 2


def test_the_one_unused_for_longest_goes_first() -> None:
    memory = Memory(2)
    made: list[str] = []

    def ask(key: str) -> None:
        memory.get(key, lambda: made.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]
    assert len(memory) == 2


def test_what_fails_is_tried_again() -> None:
    memory = Memory(2)
    with pytest.raises(ZeroDivisionError):
        memory.get("key", lambda: 1 / 0)
    assert memory.get("key", lambda: 7) == 7


def test_nothing_is_a_result_too() -> None:
    memory, calls = Memory(2), []
    for _ in range(2):
        assert memory.get("key", lambda: calls.append(1)) is None
    assert calls == [1]
