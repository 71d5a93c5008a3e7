"""What a reader orders on the page of reports, and every file that can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kudequa_geo.errors import msg
from kudequa_geo.export import batch, files
from kudequa_geo.export.bundle import table_file
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import Facts
from kudequa_geo.export.focus import Focus, district_focus
from kudequa_geo.export.guide import make_guide
from kudequa_geo.export.html_map import html_map
from kudequa_geo.export.picture import Picture, picture_after, picture_of
from kudequa_geo.export.profile import draw_profile
from kudequa_geo.export.question import Question
from kudequa_geo.export.request import Subject, edition_of, outcomes_of, sheets
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.export.sheet import Design, Sheet, draw_sheet, turned
from kudequa_geo.progress import Progress, silent
from kudequa_geo.study import Study
from kudequa_geo.ui import cached
from kudequa_geo.ui.view import View

if TYPE_CHECKING:
    from kudequa_geo.scenarios.outcome import Outcome
    from kudequa_geo.scenarios.scenario import Scenario

#: The person whose minutes stand beside in a profile, where the municipality has it.
_SLOW = "senior_75"
_COUNTING = msg("Zahlen werden zusammengestellt")
_DRAWING = msg("Karten werden gezeichnet")
_WRITING = msg("die Datei wird geschrieben")


@dataclass(frozen=True, eq=False)
class Order:
    """What the reader wants on paper.

    Attributes
    ----------
    study, view
        The municipality and the question.
    language, printed
        Language, and the day printed.
    design
        Paper, scale, title.
    subject
        What it is about; nothing = the district of the question, or the whole area.
    scenario
        What is tried beside the city as it is; None = nothing.
    turn
        Whether the paper is turned as the subject needs.
    """

    study: Study
    view: View
    language: str
    printed: date
    design: Design
    subject: Subject = field(default_factory=Subject)
    scenario: Scenario | None = None
    turn: bool = False

    @cached_property
    def edition(self) -> Edition:
        """The municipality in the reader's language."""
        return edition_of(self.study, cached.data_dir(), self.language, self.printed)

    @cached_property
    def question(self) -> Question:
        """The question of the page."""
        return Question(self.view.kind, self.view.person, self.view.limit)

    @cached_property
    def focus(self) -> Focus:
        """The chosen subject, else the district, else the whole area."""
        chosen = self.subject if self.subject != Subject() else Subject(district=self.view.district)
        return chosen.focus(self.edition, self.question)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """The city as it is and after the scenario; nothing without one."""
        tried = [self.scenario] if self.scenario else []
        return outcomes_of(self.edition, tried, [self.view.person.key]) if tried else []

    @cached_property
    def pictures(self) -> list[Picture]:
        """The city as it is, and after the scenario."""
        after = [picture_after(self.question, outcome.state) for outcome in self.outcomes[1:]]
        return [picture_of(self.study, self.question), *after]

    @cached_property
    def facts(self) -> Facts:
        """Figures for profile and guide."""
        return Facts(self.edition, self.question, self.slow, self.outcomes)

    @property
    def slow(self) -> str:
        """The person to compare with."""
        return _SLOW if _SLOW in self.study.persons else self.view.person.key

    @property
    def limit(self) -> str:
        """The reader's own limit as text; empty = the usual one."""
        return f"{self.view.limit.value:g}{self.view.limit.unit}" if self.view.own_limit else ""

    def answer(self) -> str:
        """Return the answer of the map in one sentence."""
        rows = self.facts.rows(self.focus)
        return self.pictures[0].sentence(self.facts.called(self.focus), rows, self.edition.say)

    def sheet(self) -> Sheet:
        """Draw the map sheet."""
        design = self.design
        if self.turn:
            states = len(self.pictures)
            design = turned(self.edition, [self.focus], [self.question], design, states=states)
        return draw_sheet(self.edition, self.focus, self.pictures, design)

    def page(self, form: Format, report: Progress = silent) -> bytes:
        """Return the map sheet as a file."""
        report(_DRAWING, 0.1)
        drawn = self.sheet()
        report(_WRITING, 0.5)
        return rendered([drawn.figure], drawn.record, form)

    def profile(self, report: Progress = silent) -> bytes:
        """Return the profile of the subject."""
        report(_COUNTING, 0.05)
        facts = self.facts
        facts.rows(self.focus)
        report(_DRAWING, 0.3)
        drawn = draw_profile(facts, self.focus)
        report(_WRITING, 0.6)
        return rendered(drawn.pages, drawn.record, Format.PDF)

    def guide(self, form: str, report: Progress = silent) -> bytes:
        """Return the guide as ``pdf`` or ``html``."""
        report(_COUNTING, 0.05)
        made = make_guide(self.facts)
        report(_WRITING, 0.5)
        return made.pdf() if form == "pdf" else made.html()

    def table(self, form: str) -> bytes:
        """Return the tables of the service and the person."""
        service, person = self.view.kind.key, self.view.person.key
        return table_file(self.edition, form, service=service, person=person, limit=self.limit)

    def interactive(self) -> bytes:
        """Return the map, after the scenario if there is one, as one HTML file."""
        return html_map(self.edition, self.focus, self.pictures[-1])[0]

    def profiles(self, stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
        """Yield the profile of every district."""
        wanted = batch.Order(
            str(self.study.config.path),
            Path(cached.data_dir()),
            self.language,
            self.printed,
            self.view.kind.key,
            self.view.person.key,
            self.limit,
            self.slow,
            self.scenario,
        )
        yield from batch.profiles(wanted, self.districts, stopped=stopped)

    def series(self, stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
        """Yield a map sheet of every district, all on one scale."""
        subjects = [district_focus(self.edition, key) for key in self.districts]
        # The title names the district, so an own one for all would say less.
        design = replace(self.design, title="")
        states = [outcome.state for outcome in self.outcomes[1:]]
        if self.turn:
            design = turned(self.edition, subjects, [self.question], design, states=1 + len(states))
        for words, sheet in sheets(self.edition, [self.question], subjects, design, states=states):
            if stopped():
                return
            yield files.file_name(*words, ending="pdf"), rendered([sheet.figure], sheet.record, Format.PDF)

    @property
    def districts(self) -> list[str]:
        """Identifiers of all districts."""
        return list(self.study.tables["districts"]["district_id"])

    def name(self, what: str, ending: str) -> str:
        """Return a file name that tells what is inside."""
        words = (what, self.focus.name, self.view.kind.key, self.view.person.key)
        return files.file_name(*words, ending=ending)
