"""What a command or a page asks for, turned into edition, question and subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kudequa_geo.config import load_municipality
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.export import focus as foci
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import Focus
from kudequa_geo.export.picture import picture_after, picture_of
from kudequa_geo.export.question import Question
from kudequa_geo.export.sheet import Design, Sheet, aligned, draw_sheet
from kudequa_geo.language import LANGUAGES, Language
from kudequa_geo.study import Study, load_study

if TYPE_CHECKING:
    from kudequa_geo.scenarios.outcome import Outcome
    from kudequa_geo.scenarios.scenario import Scenario
    from kudequa_geo.scenarios.state import State


@dataclass(frozen=True)
class Subject:
    """How somebody names the subject of an export; nothing at all = the whole area.

    Attributes
    ----------
    district, site
        Identifier or name.
    gap
        Rank of a gap area, from 1.
    extent
        ``west,south,east,north`` in degrees.
    """

    district: str = ""
    site: str = ""
    gap: int = 0
    extent: str = ""

    def focus(self, edition: Edition, question: Question) -> Focus:
        """Return the subject.

        Raises
        ------
        ConfigError
            There is none of this name, or more than one was named.
        """
        if sum(map(bool, (self.district, self.site, self.gap, self.extent))) > 1:
            raise ConfigError(
                msg("Es darf nur eines angegeben werden: Bezirk, Fläche, Lücke oder Ausschnitt."),
            )
        if self.district:
            return foci.district_focus(edition, self.district)
        if self.site:
            return foci.site_focus(edition, self.site)
        if self.gap:
            return foci.gap_focus(edition, question, self.gap)
        return foci.extent_focus(edition, _degrees(self.extent)) if self.extent else foci.area_focus(edition)


def _degrees(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(
            msg("„{text}“ ist kein Ausschnitt."),
            remedy=msg("Erwartet wird West,Süd,Ost,Nord in Grad."),
            text=text,
        ) from error
    return west, south, east, north


def open_edition(municipality: str, data_dir: Path, language: str, printed: date) -> Edition:
    """Read a prepared municipality for exports.

    Raises
    ------
    ConfigError, MissingInputError, StoreError
        It is not set up, not prepared, or damaged; or the language is unknown.
    """
    config = load_municipality(municipality, data_dir)
    return edition_of(load_study(config, data_dir), data_dir, language, printed)


def edition_of(study: Study, data_dir: Path, language: str, printed: date) -> Edition:
    """Return the exports of a study in one language; raises as :func:`open_edition`."""
    if language not in LANGUAGES:
        raise ConfigError(
            msg("Die Sprache „{key}“ gibt es nicht; vorhanden: {known}."),
            key=language,
            known=", ".join(LANGUAGES),
        )
    return Edition(study, data_dir / study.config.key, Language(language), printed)


def sheets(
    edition: Edition,
    questions: Sequence[Question],
    subjects: Sequence[Focus],
    design: Design,
    *,
    states: Sequence[State] = (),
) -> Iterator[tuple[tuple[str, ...], Sheet]]:
    """Draw a series: every subject for every question, the maps of one size and scale.

    Parameters
    ----------
    edition
        The municipality.
    questions, subjects
        What is asked, and about what.
    design
        How the sheets are made.
    states
        The city after scenarios; each stands beside the city as it is.

    Yields
    ------
    tuple
        The words that tell the sheet apart, and the sheet.
    """
    common = aligned(edition, subjects, questions, design, states=1 + len(states))
    for question in questions:
        pictures = [
            picture_of(edition.study, question),
            *(picture_after(question, state) for state in states),
        ]
        for focus in subjects:
            words = (question.kind.key, question.person.key, focus.name)
            yield words, draw_sheet(edition, focus, pictures, common)


def states_of(edition: Edition, scenarios: Sequence[Scenario]) -> list[State]:
    """Return the city as it is, then after each scenario.

    Raises
    ------
    ConfigError, AnalysisError
        A scenario does not fit the municipality.
    """
    # Most exports try nothing.
    from kudequa_geo.results.today import TODAY, today
    from kudequa_geo.scenarios.applying import apply
    from kudequa_geo.scenarios.scenario import Scenario

    base = today(edition.study).base
    return [apply(base, scenario) for scenario in (Scenario(name=edition.say(TODAY)), *scenarios)]


def outcomes_of(edition: Edition, scenarios: Sequence[Scenario], persons: Sequence[str]) -> list[Outcome]:
    """Return the states of :func:`states_of` with their figures for some persons; raises as it does."""
    from kudequa_geo.scenarios.outcome import evaluate

    return [evaluate(state, persons) for state in states_of(edition, scenarios)]
