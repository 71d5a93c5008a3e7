"""What kind of meeting place a name tells, where the source gives a name and nothing else."""

from __future__ import annotations

import re

import pandas as pd

#: Names that hold a word below but are something else: car parks, schools, shops, homes, halls of a school.
_NOT = re.compile(
    r"park(en|haus|platz|aus\b|\+)|parkplatz|apotheke|kinderg|kita|kiga|kindertag|tagesst|tageseinr|schule|"
    r"gymnasium|schulhof|hospital|krankenhaus|klinik|senioren|altenheim|altenzentrum|pflege|klause|schänke|"
    r"grill|imbiss|pizz|hotel|friedhof|geschäftsstelle|bank\b|café|cafe|bistro|restaurant|biergarten|"
    r"sportbar|casino|praxis|tank|museum|brunnen|toilette|unterkunft|theater|technologie",
    re.IGNORECASE,
)

#: Tags by pattern; the first pattern that matches decides.
_PATTERNS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"moschee|camii|islamisch", {"amenity": "place_of_worship", "religion": "muslim"}),
    (r"wat dhamma", {"amenity": "place_of_worship", "religion": "buddhist"}),
    (r"jüdische gemeinde", {"amenity": "place_of_worship", "religion": "jewish"}),
    (
        r"begegnung|jugendtreff|jugendheim|jugendfreizeit|jugendhaus|treffpunkt|gemeindezentrum|"
        r"kulturzentrum|keuning-haus|henßler-haus|bürgerwohnung|heimatverein|saalbau|karl-exius|"
        r"thomas-morus-haus|krautscheid|kulturort depot|schalom-zentrum|gender bildungsst",
        {"amenity": "community_centre"},
    ),
    (r"abenteuerspielplatz|spielplatz|wasserspiel|robinsonpark|bolzplatz", {"leisure": "playground"}),
    (
        r"kirche|kapelle|^sankt |^st\. ?[a-z]|^heilig |mariä|gemeinde\b|christ-for-all|living hope",
        {"amenity": "place_of_worship", "religion": "christian"},
    ),
    (
        r"hallenbad|freibad|nordbad|südbad|westbad|solebad|wellenbad",
        {"leisure": "sports_centre", "sport": "swimming"},
    ),
    (r"volkshochschule|auslandsgesellschaft", {"amenity": "college"}),
    (
        r"sportplatz|fußballplatz|stadion|tennisplatz|trainingsgelände|basketballfeld|beachvolleyball|skate",
        {"leisure": "pitch"},
    ),
    (
        r"sportanlage|sporthalle|turnhalle|^tus |^sg |^tc |tennis ?club|rot-weiß|teutonia|eissporthalle|"
        r"kletterhalle|kletterturm|vereinsheim waspo",
        {"leisure": "sports_centre"},
    ),
    (
        r"park$|^park |volksgarten|stadtgarten|parkanlage|^grünanlage|stadtteilpark|landschaftspark",
        {"leisure": "park"},
    ),
)
#: Names of the street list that are no streets.
_NO_STREET = re.compile(
    r"zwischengeschoss|verteilerebene|bahnsteig|unterführung|deckungsgraben|feuerwehrzufahrt|zugänge|"
    r"privatgrundstück|inoffiziell|radweg|brücke$|^tunnel|finnenbahn|passage$|karree$|grundschule|"
    r"^zeche |autobahn|uni-forum",
    re.IGNORECASE,
)
_CAFE = re.compile(r"café|cafe\b|cafee|kaffee", re.IGNORECASE)


def tags_from_name(name: str) -> dict[str, str]:
    """Return the OSM tags of the meeting place that a name tells, empty where it tells none."""
    if _CAFE.search(name) and not re.search(r"parkplatz|shisha", name, re.IGNORECASE):
        return {"amenity": "cafe"}
    if _NOT.search(name) and not re.search(r"spielplatz|bad scharnhorst", name, re.IGNORECASE):
        return {}
    for pattern, tags in _PATTERNS:
        if re.search(pattern, name, re.IGNORECASE):
            return dict(tags)
    return {}


def is_street(name: str) -> bool:
    """Return whether a name of the street list is that of a street."""
    return not _NO_STREET.search(name)


def meeting_places(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points whose name tells a meeting place.

    Parameters
    ----------
    points
        One row per named place; column ``name``.

    Returns
    -------
    pandas.DataFrame
        The rows kept, same columns, and ``tags``: OSM tags as ``key=value`` joined by ``;``.
    """
    told = [tags_from_name(name) for name in points["name"]]
    kept = points[[bool(tags) for tags in told]].copy()
    kept["tags"] = [";".join(f"{key}={value}" for key, value in tags.items()) for tags in told if tags]
    return kept.reset_index(drop=True)
