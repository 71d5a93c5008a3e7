"""``python -m benchmarks.prepare``: from an extract to tables and walks, in seconds and megabytes.

Every step is a process of its own, as on the command line, so that its memory is its own as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import extract

ROOT = Path(__file__).parents[1]
#: Name of the municipality that is set up from the extract.
NAME = "Messung"


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock and of the processor, and its largest memory in MB."""

    seconds: float
    processor: float
    memory_mb: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, help="default: kaiserslautern-2013.osm.gz of KUDEQUA_RAW_DATA")
    parser.add_argument("--network", type=Path, help="default: heidelberg.osm.pbf of KUDEQUA_RAW_DATA")
    parser.add_argument("--no-peer", action="store_true", help="leave osmnx out, which takes a minute")
    options = parser.parse_args()
    osm = extract(parser, options.osm, "kaiserslautern-2013.osm.gz")
    network = extract(parser, options.network, "heidelberg.osm.pbf")

    print(f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print("| step | seconds | processor | MB | goal |\n| --- | --: | --: | --: | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["KUDEQUA_DATA_DIR"] = scratch
        tool = [sys.executable, "-m", "kudequa_geo"]
        show("init", cost([*tool, "init", "--name", NAME, "--osm", str(osm)]))
        show("prepare", cost([*tool, "prepare", "-m", NAME]), "≤ 15 s")
        show("analyse", cost([*tool, "analyse", "-m", NAME]))
        said: list[str] = []
        walks = cost(script(_WALKS, scratch, NAME.lower()), said)
        show("tables read, then all walks of all persons", walks)
        print(f"| of these the walks, kernels loaded | {said[0]} | | | ≤ 1.5 s |")

        own = cost(script(_NETWORK, str(network)))
        show(f"{network.name}: network alone", own, "≤ 2.5 s, ≤ 400 MB")
        if not options.no_peer:
            xml = Path(scratch) / "peer.osm"
            subprocess.run(script(_TO_XML, str(network), str(xml)), check=True, cwd=ROOT)
            peer = cost(script(_OSMNX, str(xml)))
            show("osmnx: graph_from_xml, simplified", peer)
            print(f"\nosmnx takes {peer.seconds / own.seconds:.0f} times as long; goal 10.")


def show(step: str, taken: Cost, goal: str = "") -> None:
    """Print a row of the table."""
    print(
        f"| {step} | {taken.seconds:.1f} | {taken.processor:.1f} | {taken.memory_mb:.0f} | {goal} |",
        flush=True,
    )


def script(code: str, *words: str) -> list[str]:
    """Return the command that runs some lines of Python."""
    return [sys.executable, "-c", code, *words]


def cost(command: list[str], said: list[str] | None = None) -> Cost:
    """Run a command and return what it took; what it says is added to ``said``. Not for Windows."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spoken:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=spoken, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        spoken.seek(0)
        lines = spoken.read().splitlines()
    if status:
        raise SystemExit("\n".join(lines))
    if said is not None:
        said.extend(lines)
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


_WALKS = """
import sys, time
from pathlib import Path
from kudequa_geo.access.warm_up import warm_up
from kudequa_geo.config import load_municipality
from kudequa_geo.study import load_study
folder = Path(sys.argv[1])
study = load_study(load_municipality(sys.argv[2], folder), folder)
warm_up()
begin = time.perf_counter()
for person in study.persons:
    study.nearest(person)
print(f"{time.perf_counter() - begin:.2f}")
"""
_NETWORK = """
import sys
from pathlib import Path
from kudequa_geo.prepare.network import walkable_network
from kudequa_geo.sources.osm import read_osm
extract = read_osm(Path(sys.argv[1]))
walkable_network(extract.highways, extract.vertices)
"""
_TO_XML = """
import sys, osmium
with osmium.SimpleWriter(sys.argv[2]) as writer:
    for thing in osmium.FileProcessor(sys.argv[1]):
        writer.add(thing)
"""
_OSMNX = """
import sys, osmnx
osmnx.graph_from_xml(sys.argv[1], simplify=True)
"""

if __name__ == "__main__":
    main()
