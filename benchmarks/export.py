"""How long exports take as whole processes, how large they are, and what memory they need.

``python -m benchmarks.export`` prints the table with its goals; ``--profiles 62`` draws so many profiles,
going round the districts. Needs a prepared municipality, by default the shipped one.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from kudequa_geo import constants
from kudequa_geo.export.batch import WORKERS, Order, profiles
from kudequa_geo.terminal import DATA_DIR

MB = 1e6
MOST_MB, MOST_MEMORY_MB = 5.0, 1500.0
#: Goals in seconds.
DISTRICT_S, AREA_S, PROFILES_S = 5.0, 10.0, 180.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--municipality", default=constants.DEFAULT_MUNICIPALITY)
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("KUDEQUA_DATA_DIR", DATA_DIR)))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profiles", type=int, default=62)
    asked = parser.parse_args()
    order = Order(
        asked.municipality, asked.data_dir.resolve(), "de", date(2025, 1, 1), "supermarket", "adult"
    )
    districts = order.districts()
    print("| export | seconds | processor | goal | MB | goal | memory, MB | goal |")
    print("| --- | --: | --: | --- | --: | --- | --: | --- |")
    a3 = ("--paper", "A3")
    for name, goal, words in (
        ("A4 PDF of a district", DISTRICT_S, ("--district", districts[len(districts) // 2])),
        ("A4 PDF of the whole area", AREA_S, ()),
        ("A3 PDF of the whole area", AREA_S, a3),
    ):
        runs = [sheet(order, words) for _ in range(asked.repeat)]
        row(name, goal, *(sorted(each)[len(runs) // 2] for each in zip(*runs, strict=True)))
    many = (districts * (asked.profiles // len(districts) + 1))[: asked.profiles]
    row(f"{len(many)} profiles, {WORKERS} processes", PROFILES_S, *batch(order, many))


def sheet(order: Order, words: tuple[str, ...]) -> tuple[float, float, float, float]:
    """Return seconds, processor seconds, megabytes and memory of a map sheet as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sheet.pdf"
        command = [sys.executable, "-m", "kudequa_geo", "export", "map", "--out", str(out), *words]
        command += ["--municipality", order.municipality, "--data-dir", str(order.data_dir)]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{' '.join(command)} has failed")
        took = time.perf_counter() - begin
        return took, used.ru_utime + used.ru_stime, out.stat().st_size / MB, used.ru_maxrss * 1024 / MB


def batch(order: Order, districts: list[str]) -> tuple[float, float, float, float]:
    """Return the same of profiles; megabytes are those of the largest, memory that of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    largest = max(len(content) for _name, content in profiles(order, districts))
    took = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, processor, largest / MB, after.ru_maxrss * 1024 / MB


def row(name: str, goal: float, took: float, processor: float, size: float, memory: float) -> None:
    """Print a line of the table."""
    cells = [name, f"{took:.1f}", f"{processor:.1f}", _goal(took, goal, "s"), f"{size:.1f}"]
    cells += [_goal(size, MOST_MB, "MB"), f"{memory:.0f}", _goal(memory, MOST_MEMORY_MB, "MB")]
    print("| " + " | ".join(cells) + " |", flush=True)


def _goal(value: float, most: float, unit: str) -> str:
    return f"≤ {most:g} {unit} {'✓' if value <= most else '✗'}"


if __name__ == "__main__":
    main()
