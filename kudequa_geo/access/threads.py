"""Threads that compute side by side: the caller's own, and others for the time of a work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def run_all(run: Callable[[Part], Result], parts: Iterable[Part], threads: int) -> list[Result]:
    """Run the parts of a work side by side and return their results in order.

    The caller's thread works as well. The others are new ones each time: the system puts a new thread on a
    free processor, but leaves one that is kept beside the caller.
    """
    todo = deque(enumerate(parts))
    if threads == 1 or len(todo) == 1:
        return [run(part) for _, part in todo]
    done: dict[int, Result] = {}

    def work() -> None:
        while True:
            try:
                number, part = todo.popleft()
            except IndexError:
                return
            done[number] = run(part)

    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()
        for other in others:
            other.result()
    return [done[number] for number in range(len(done))]
