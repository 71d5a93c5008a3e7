"""Profiles of many districts: drawn by several processes, stopped at any moment, in the districts' order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from kudequa_geo import store
from kudequa_geo.config import load_municipality
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.export import files
from kudequa_geo.export.worker import Worker

if TYPE_CHECKING:
    from kudequa_geo.export.facts import Facts
    from kudequa_geo.scenarios.scenario import Scenario

#: More would each read the city again, and a desktop has little more to give.
WORKERS = 2
#: Below so many districts for each process, starting one takes longer than it saves.
_WORTH = 4
_POLL_S = 0.2


@dataclass(frozen=True)
class Order:
    """What all profiles of a run share; small, so that it can be sent to another process.

    Attributes
    ----------
    municipality, data_dir
        Name or file of the municipality, and where all data lie.
    language, printed
        Language, and the day printed on every page.
    service, person, limit, slow
        Keys of service and person, own limit (empty = the usual), key of the person to compare with.
    scenario
        Whose effect is told; None = none.
    """

    municipality: str
    data_dir: Path
    language: str
    printed: date
    service: str
    person: str
    limit: str = ""
    slow: str = "senior_75"
    scenario: Scenario | None = None

    def districts(self) -> list[str]:
        """Return the identifiers of all districts.

        Raises
        ------
        ConfigError
            The municipality has none.
        """
        folder = self.data_dir / load_municipality(self.municipality, self.data_dir).key
        found = list(store.read_table(folder, "districts")["district_id"])
        if not found:
            raise ConfigError(msg("Diese Gemeinde hat keine Bezirke."))
        return found

    def __getstate__(self) -> dict[str, object]:
        """Send what was asked, not what has been read: every process reads for itself."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def facts(self) -> Facts:
        """The figures all profiles share, read once by whoever draws.

        Raises
        ------
        KudequaError
            What :func:`kudequa_geo.export.request.open_edition` and the question raise.
        """
        # The process that only hands out work needs none of these libraries.
        from kudequa_geo.export.facts import Facts
        from kudequa_geo.export.question import ask
        from kudequa_geo.export.request import open_edition, outcomes_of

        edition = open_edition(self.municipality, self.data_dir, self.language, self.printed)
        question = ask(edition.study, self.service, self.person, self.limit)
        slow = ask(edition.study, self.service, self.slow).person.key
        if self.scenario is None:
            return Facts(edition, question, slow)
        return Facts(edition, question, slow, outcomes_of(edition, [self.scenario], [self.person]))

    def draw(self, district: str) -> tuple[str, bytes]:
        """Return file name and content of a district's profile; raises as :attr:`facts`."""
        from kudequa_geo.export.focus import district_focus
        from kudequa_geo.export.profile import draw_profile
        from kudequa_geo.export.saving import Format, rendered

        focus = district_focus(self.facts.edition, district)
        drawn = draw_profile(self.facts, focus)
        name = files.file_name("steckbrief", focus.key, focus.name, ending="pdf")
        return name, rendered(drawn.pages, drawn.record, Format.PDF)


def profiles(
    order: Order, districts: Sequence[str], *, stopped: Callable[[], bool] = bool, workers: int = WORKERS
) -> Iterator[tuple[str, bytes]]:
    """Yield file name and content of each profile, in the order of the districts.

    Parameters
    ----------
    order
        What they share.
    districts
        Their identifiers.
    stopped
        Asked again and again; once it says yes, nothing more is begun.
    workers
        How many processes; few districts are drawn by this one.

    Raises
    ------
    KudequaError
        What :func:`kudequa_geo.export.request.open_edition` and the profile raise.
    AnalysisError
        A process has died.
    """
    count = min(workers, os.cpu_count() or 1, len(districts) // _WORTH)
    drawn = _shared(order, districts, count, stopped) if count > 1 else _alone(order, districts, stopped)
    with closing(drawn):
        yield from drawn


def _alone(
    order: Order, districts: Sequence[str], stopped: Callable[[], bool]
) -> Generator[tuple[str, bytes], None, None]:
    for district in districts:
        if stopped():
            return
        yield order.draw(district)


def _shared(
    order: Order, districts: Sequence[str], count: int, stopped: Callable[[], bool]
) -> Generator[tuple[str, bytes], None, None]:
    workers = [Worker(order) for _ in range(count)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def draw(district: str) -> tuple[str, bytes]:
        worker = idle.get()
        try:
            return worker.draw(district)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(count)
    try:
        waiting = deque(pool.submit(draw, district) for district in districts)
        while waiting and not stopped():
            try:
                done = waiting[0].result(timeout=_POLL_S)
            except TimeoutError:
                continue
            waiting.popleft()
            yield done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()
