"""The city as it is, in the form that scenarios start from: made once for pages, commands and exports."""

from __future__ import annotations

from kudequa_geo.errors import msg
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import base_of
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.state import State
from kudequa_geo.study import Study

#: What the scenario without changes is called.
TODAY = msg("Heutiger Stand")


def today(study: Study) -> State:
    """Return the city without a change; the same object as long as the study keeps it."""

    def made() -> State:
        base = base_of(
            study.tables, study.kinds, study.persons, municipality=study.config.key, network=study.network
        )
        return apply(base, Scenario(name=TODAY))

    return study.kept("today", made)
