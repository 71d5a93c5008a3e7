"""Timings, memory bandwidth and the table they are shown in."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

Result = TypeVar("Result")


def extract(parser: argparse.ArgumentParser, given: Path | None, name: str) -> Path:
    """Return an extract to measure: the given one, or the one of this name in the folder of raw data.

    Without either, the program ends with code 2 and says what is lacking.
    """
    folder = os.environ.get("KUDEQUA_RAW_DATA")
    if given is None and not folder:
        parser.error(f"set KUDEQUA_RAW_DATA to the folder that holds osm/{name}, or name the file")
    found = given or Path(str(folder)) / "osm" / name
    if not found.is_file():
        parser.error(f"there is no file {found}")
    return found


@dataclass(frozen=True)
class Timing:
    """How long a work took, in milliseconds: median and best on the clock, median of processor time."""

    median: float
    best: float
    processor: float

    def times(self, factor: float) -> Timing:
        """Return the timing of so many works, or of a part."""
        return Timing(self.median * factor, self.best * factor, self.processor * factor)


def timed(work: Callable[[], Result], repeat: int) -> tuple[Timing, Result]:
    """Return the timing of some runs after one that does not count, and the last result."""
    result = work()
    clock, processor = [], []
    for _ in range(repeat):
        begin, used = time.perf_counter(), time.process_time()
        result = work()
        clock.append((time.perf_counter() - begin) * 1e3)
        processor.append((time.process_time() - used) * 1e3)
    return Timing(float(np.median(clock)), min(clock), float(np.median(processor))), result


def processor_s(process: int) -> float:
    """Return the processor time of a running process in seconds; Linux only, 0 elsewhere."""
    path = Path(f"/proc/{process}/stat")
    if not path.is_file():
        return 0.0
    # The name in brackets may hold blanks.
    words = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: int) -> float:
    """Return the memory a running process occupies in MB; Linux only, 0 elsewhere."""
    path = Path(f"/proc/{process}/statm")
    if not path.is_file():
        return 0.0
    return int(path.read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def bandwidth_gb_s(repeat: int = 7) -> float:
    """Return how fast memory is copied by one thread, bytes read and written, in GB/s."""
    source, target = np.zeros(12_500_000), np.ones(12_500_000)
    timing, _ = timed(lambda: np.copyto(target, source), repeat)
    return 2 * source.nbytes / timing.median / 1e6


@dataclass
class Table:
    """Rows of work, measured, goal and what it is compared with."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, work: str, timing: Timing, goal: float | None = None, note: str = "") -> None:
        """Add a row; the goal, in milliseconds, is for the median."""
        met = "" if goal is None else f"≤ {goal:,.0f} {'✓' if timing.median <= goal else '✗'}"
        times = (f"{value:,.1f}" for value in (timing.median, timing.best, timing.processor))
        self.rows.append((work, *times, met, note))

    def text(self) -> str:
        """Return the table in Markdown."""
        head = ("milliseconds", "median", "best", "processor", "goal", "remark")
        lines = [head, ("---", "--:", "--:", "--:", "---", "---"), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
