"""The tables behind the maps: figures, gaps, sites, each column with its unit and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.picture import figures_of, picture_of
from kudequa_geo.export.question import Question
from kudequa_geo.gaps.reasons import REASON_LABELS
from kudequa_geo.language import Language
from kudequa_geo.results.gaps import found_areas
from kudequa_geo.results.secrecy import masked
from kudequa_geo.schema import RESIDENT_GROUPS, SITE_LABELS, SiteKind

#: Digits of a column that nobody described: numbers keep what they have, other cells are texts.
AS_IT_IS = -3

LEVEL_LABELS = {
    "district": msg("Bezirk"),
    "parent": msg("Stadtbezirk"),
    "area": msg("Ganzes Gebiet"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an exported table.

    Attributes
    ----------
    key
        Name in files for machines.
    label, unit, meaning
        Words for people (German, marked for translation); ``unit`` empty = none.
    digits
        Decimal digits to show; -1 = text, -2 = percentage of a share, :data:`AS_IT_IS` = cells of any type
        with six digits.
    """

    key: str
    label: str
    unit: str = ""
    meaning: str = ""
    digits: int = -1


@dataclass(frozen=True, eq=False)
class Table:
    """A table to take away, whatever the format: small numbers of people are missing in it.

    Attributes
    ----------
    key, title
        Name for machines and for people (translated).
    frame
        Its rows; columns are the keys of ``columns``, perhaps with a geometry.
    columns
        What each column is.
    """

    key: str
    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        """Take small numbers out here, where every file begins."""
        object.__setattr__(self, "frame", masked(self.frame))


_PEOPLE = msg("Menschen")
_UNIT_COLUMNS = (
    Column("level", msg("Ebene")),
    Column("district_id", msg("Nummer")),
    Column("name", msg("Gebiet")),
)
_FIGURES = (
    Column("residents", msg("Menschen insgesamt"), _PEOPLE, msg("Einwohner der Wohngebäude"), 0),
    Column(
        "residents_within_limit",
        msg("innerhalb der Grenze"),
        _PEOPLE,
        msg("Menschen, deren Weg zum nächsten Angebot höchstens so lang ist wie die Grenze"),
        0,
    ),
    Column(
        "share_within_limit",
        msg("Anteil innerhalb"),
        "%",
        msg("innerhalb der Grenze geteilt durch alle; nicht Erreichbare zählen als außerhalb"),
        -2,
    ),
    Column(
        "residents_beyond_limit",
        msg("außerhalb der Grenze"),
        _PEOPLE,
        msg("alle übrigen, auch wer keinen Weg hat"),
        0,
    ),
    Column(
        "residents_unreachable", msg("ohne Weg"), _PEOPLE, msg("Menschen, von denen kein Weg hinführt"), 0
    ),
    Column("mean_min", msg("mittlerer Weg (Mittel)"), "min", msg("nach Menschen gewichtet"), 1),
    Column("median_min", msg("mittlerer Weg (Median)"), "min", msg("die Hälfte hat es höchstens so weit"), 1),
    Column("p90_min", msg("neun von zehn unter"), "min", msg("neun von zehn haben es höchstens so weit"), 1),
)
FIGURES = (
    *_UNIT_COLUMNS,
    Column("kind", msg("Schlüssel des Dienstes")),
    Column("service", msg("Dienst")),
    Column("field", msg("Handlungsfeld")),
    Column("person", msg("Person")),
    Column("limit", msg("Grenze"), "", msg("Planungsgrenze des Dienstes"), 0),
    Column("limit_unit", msg("Einheit der Grenze")),
    *_FIGURES,
)
DISTRICTS = (
    Column("district_id", msg("Nummer")),
    Column("name", msg("Gebiet")),
    Column("parent", msg("Stadtbezirk")),
    Column("area_ha", msg("Fläche"), "ha", "", 0),
    *_FIGURES,
)
GAPS = (
    Column("rank", msg("Rang"), "", msg("nach der Zahl der Menschen"), 0),
    Column("area_id", msg("Kennung")),
    Column("service", msg("Dienst")),
    Column("person", msg("Person")),
    Column("district", msg("Bezirk")),
    Column("residents", msg("Menschen"), _PEOPLE, msg("zusammenhängend jenseits der Grenze"), 0),
    *(Column(key, label, _PEOPLE, "", 0) for key, label in RESIDENT_GROUPS.items()),
    Column("nearest_m", msg("Weg zum nächsten"), "m", msg("Median der Wege im Gebiet der Lücke"), 0),
    Column("beeline_m", msg("Luftlinie"), "m", msg("Median der Luftlinien zum nächsten Ort"), 0),
    Column("reason", msg("Warum so weit")),
    Column("missing", msg("es fehlen auch"), "", msg("Dienste, die den meisten hier zu weit sind")),
    Column("area_ha", msg("Fläche"), "ha", "", 1),
)
SITES = (
    Column("site_id", msg("Kennung")),
    Column("kind", msg("Art")),
    Column("name", msg("Name")),
    Column("area_m2", msg("Fläche"), "m²", "", 0),
    Column("status", msg("Stand")),
    Column("source", msg("Quelle")),
)
HOMES = (
    Column("building_id", msg("Kennung")),
    Column("district_id", msg("Nummer")),
    Column("metres", msg("Weg"), "m", msg("Fußweg zum nächsten Angebot; leer = kein Weg"), 0),
    Column("minutes", msg("Gehzeit"), "min", msg("Weg geteilt durch die Geschwindigkeit der Person"), 1),
    Column(
        "class", msg("Klasse"), "", msg("Klasse der Karte: 0 bis 4, 5 nicht angebunden, 6 keine Daten"), 0
    ),
    Column("class_words", msg("Klasse in Worten")),
)
PLACES = (
    Column("place_id", msg("Kennung")),
    Column("name", msg("Name")),
    Column("service", msg("Dienst")),
    Column("wheelchair", msg("rollstuhlgerecht")),
    Column("opening_hours", msg("Öffnungszeiten")),
)


_DEFINITION_KEYS = ["table", "column", "key", "unit", "meaning"]
_DEFINITION_HEADS = [msg("Tabelle"), msg("Spalte"), msg("Schlüssel"), msg("Einheit"), msg("Bedeutung")]


def figures_table(edition: Edition, questions: Sequence[Question]) -> Table:
    """Return the figures of districts, their parents and the whole area, one row per question and unit."""
    study, say = edition.study, edition.say
    people = {question.person.key: question.person for question in questions}
    frames = []
    for key, person in people.items():
        limits = {q.kind.key: q.limit for q in questions if q.person.key == key}
        frames.append(figures_of(study, person, limits))
    frame = pd.concat(frames, ignore_index=True)
    kinds = {kind.key: kind for kind in study.kinds}
    frame["service"] = frame["kind"].map({key: say(kind.label) for key, kind in kinds.items()})
    frame["field"] = frame["kind"].map({key: say(FIELD_LABELS[kind.field]) for key, kind in kinds.items()})
    frame["person"] = frame["person"].map({key: say(p.label) for key, p in study.persons.items()})
    frame["name"] = frame["name"].where(frame["level"] != "area", study.config.name)
    frame["name"] = frame["name"].fillna(say(msg("außerhalb der Bezirke")))
    frame["level"] = frame["level"].map({key: say(label) for key, label in LEVEL_LABELS.items()})
    frame["residents_beyond_limit"] = frame["residents"] - frame["residents_within_limit"]
    kept = [column.key for column in FIGURES]
    return Table("kennzahlen", say(msg("Kennzahlen")), frame[kept].reset_index(drop=True), FIGURES)


def districts_table(edition: Edition, question: Question) -> Table:
    """Return the districts with the figures of one question and their outline."""
    study = edition.study
    figures = figures_of(study, question.person, {question.kind.key: question.limit})
    one = figures[figures["level"] == "district"]
    one = one.assign(residents_beyond_limit=one["residents"] - one["residents_within_limit"])
    names = [column.key for column in _FIGURES]
    frame = study.tables["districts"][["district_id", "name", "parent", "area_ha", "geometry"]]
    frame = frame.merge(one[["district_id", *names]], on="district_id", how="left")
    ordered = gpd.GeoDataFrame(frame[[c.key for c in DISTRICTS] + ["geometry"]], crs=study.config.crs)
    return Table("bezirke", edition.say(msg("Bezirke")), ordered, DISTRICTS)


def gaps_table(edition: Edition, questions: Sequence[Question]) -> Table:
    """Return the gap areas of questions, with their outline."""
    study, say = edition.study, edition.say
    labels = {kind.key: say(kind.label) for kind in study.kinds}
    districts = study.tables["districts"].set_index("district_id")["name"]
    frames = []
    for question in questions:
        frame = found_areas(study, question.kind.key, question.person.key, question.own_limit).areas
        frame = frame.assign(
            service=labels[question.kind.key],
            person=say(question.person.label),
            district=frame["district_id"].map(districts).astype("str"),
            reason=frame["reason"].map({key.value: say(label) for key, label in REASON_LABELS.items()}),
            missing=[
                _words(keys, labels, question.kind.key) for keys in frame["missing"].fillna("").tolist()
            ],
        )
        frames.append(frame[[column.key for column in GAPS] + ["geometry"]])
    joined = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=study.config.crs)
    return Table("luecken", say(msg("Lücken")), joined, GAPS)


def _words(keys: str, labels: dict[str, str], own: str) -> str:
    return "; ".join(labels[key] for key in keys.split(";") if key and key != own)


def sites_table(edition: Edition) -> Table:
    """Return the sites with their geometry."""
    sites, say = edition.study.tables["sites"], edition.say
    frame = sites[[column.key for column in SITES] + ["geometry"]].copy()
    frame["kind"] = [say(SITE_LABELS[SiteKind(kind)]) for kind in frame["kind"]]
    return Table("flaechen", say(msg("Flächen")), frame, SITES)


def homes_table(edition: Edition, question: Question) -> Table:
    """Return every home with its walk and class; no people, since few live in one building."""
    study, say = edition.study, edition.say
    picture = picture_of(study, question)
    homes = study.tables["buildings"]
    words = np.array(question.class_words(say), dtype=object)
    frame = gpd.GeoDataFrame(
        {
            "building_id": homes["building_id"],
            "district_id": homes["district_id"],
            "metres": np.round(picture.metres, 1),
            "minutes": np.round(picture.metres / question.person.metres_per_minute, 2),
            "class": picture.codes.astype(np.int32),
            "class_words": pd.Series(words[picture.codes], index=homes.index, dtype="str"),
        },
        geometry=homes.geometry,
        crs=study.config.crs,
    )
    return Table("wohngebaeude", say(msg("Wohngebäude")), frame, HOMES)


def places_table(edition: Edition, question: Question) -> Table:
    """Return the places of the question's kind that count for its person."""
    say = edition.say
    places = picture_of(edition.study, question).places
    frame = places.assign(service=say(question.kind.label))[[c.key for c in PLACES] + ["geometry"]]
    return Table("orte", say(msg("Orte")), frame.reset_index(drop=True), PLACES)


def definitions(tables: Sequence[Table], say: Language) -> pd.DataFrame:
    """Return every column of some tables with its unit and meaning, as text."""
    rows = [
        (table.title, say(column.label), column.key, say(column.unit), say(column.meaning))
        for table in tables
        for column in table.columns
    ]
    return pd.DataFrame(rows, columns=[say(head) for head in _DEFINITION_HEADS])


def definitions_table(edition: Edition) -> Table:
    """Return the definitions of all tables as a table of their own, for formats that hold one."""
    say = edition.say
    kinds = {
        "kennzahlen": (msg("Kennzahlen"), FIGURES),
        "bezirke": (msg("Bezirke"), DISTRICTS),
        "luecken": (msg("Lücken"), GAPS),
        "flaechen": (msg("Flächen"), SITES),
        "wohngebaeude": (msg("Wohngebäude"), HOMES),
        "orte": (msg("Orte"), PLACES),
    }
    tables = [Table(key, say(title), pd.DataFrame(), columns) for key, (title, columns) in kinds.items()]
    frame = definitions(tables, say)
    heads = tuple(Column(key, label) for key, label in zip(_DEFINITION_KEYS, _DEFINITION_HEADS, strict=True))
    return Table("definitionen", say(msg("Definitionen")), frame.set_axis(_DEFINITION_KEYS, axis=1), heads)


def meanings(table: Table, say: Language) -> list[dict[str, str]]:
    """Return name, title, unit and meaning of each column of a table, for the metadata of a file."""
    return [
        {
            "name": column.key,
            "title": say(column.label),
            "unit": say(column.unit),
            "description": say(column.meaning),
        }
        for column in table.columns
    ]


def head(column: Column, say: Language) -> str:
    """Return the head of a column with its unit."""
    unit = say(column.unit)
    return f"{say(column.label)} [{unit}]" if unit else say(column.label)
