"""What places and gap areas are called, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kudequa_geo.errors import msg
from kudequa_geo.gaps.areas import GapAreas
from kudequa_geo.results.gaps import street_names
from kudequa_geo.study import Study

Say = Callable[[str], str]


def place_name(place: pd.Series, say: Say) -> str:
    """Return the name of a place, else its brand, else that it has none.

    Parameters
    ----------
    place
        A row of the table ``places``.
    say
        Translates a text to the reader's language.
    """
    named = [text for text in (place["name"], place["brand"]) if isinstance(text, str) and text]
    return named[0] if named else say(msg("Ort ohne Namen"))


def gap_names(study: Study, areas: GapAreas, say: Say) -> list[str]:
    """Return what to call each gap area: its main street, and the district most of its people live in.

    Parameters
    ----------
    study
        The municipality.
    areas
        Gap areas of it.
    say
        Translates a text to the reader's language.
    """
    table = study.tables["districts"]
    districts = dict(zip(table["district_id"], table["name"], strict=True))
    names = []
    for street, district_id in zip(street_names(study, areas), areas.areas["district_id"], strict=True):
        district = districts.get(district_id) if isinstance(district_id, str) else None
        if isinstance(street, str):
            names.append(f"{street} ({district})" if district else street)
        else:
            names.append(district or say(msg("ohne Straßennamen")))
    return names
