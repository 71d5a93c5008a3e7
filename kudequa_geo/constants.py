"""Every planning number of the tool, each with its source.

Numbers that differ between municipalities can be overridden in their TOML file;
the kinds of place and their limits stand in ``rules/kinds.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kudequa_geo.errors import msg


@dataclass(frozen=True, slots=True)
class Sourced:
    """A number with its unit and where it comes from.

    Attributes
    ----------
    value, unit
        The number and its unit, for example ``500`` and ``"m"``.
    source
        Publication or standard in words; an assumption says so.
    url
        Address of the source, empty where it has none.
    year
        Year of the source.
    assumption
        True where no publication supports the number; shown to the reader.
    """

    value: float
    unit: str
    source: str
    year: int
    url: str = ""
    assumption: bool = False


class Field(StrEnum):
    """The six fields of neighbourhood service of the KuDeQua project."""

    LOCAL_SUPPLY = "local_supply"
    MOBILITY = "mobility"
    HEALTH_CARE = "health_care"
    HOUSEHOLD_SERVICES = "household_services"
    EDUCATION = "education"
    LEISURE = "leisure"


FIELD_LABELS: dict[Field, str] = {
    Field.LOCAL_SUPPLY: msg("Nahversorgung"),
    Field.MOBILITY: msg("Mobilität"),
    Field.HEALTH_CARE: msg("Gesundheit und Pflege"),
    Field.HOUSEHOLD_SERVICES: msg("Haushaltsnahe Dienstleistungen"),
    Field.EDUCATION: msg("Bildung, Erziehung und Integration"),
    Field.LEISURE: msg("Freizeit und Begegnung"),
}


class Barrier(StrEnum):
    """What on an edge can stop a person; each is a Boolean column of the edges table."""

    STEPS = "steps"
    KERB = "kerb"
    WHEELCHAIR_NO = "wheelchair_no"


@dataclass(frozen=True, slots=True)
class Person:
    """A walking person: how fast, and what cannot be passed.

    Attributes
    ----------
    key, label
        Identifier and German name.
    speed_kmh
        Walking speed in km/h.
    barriers
        Edges with one of these are closed to the person.
    """

    key: str
    label: str
    speed_kmh: Sourced
    barriers: frozenset[Barrier] = frozenset()

    @property
    def metres_per_minute(self) -> float:
        """Walking speed in metres per minute."""
        return self.speed_kmh.value * 1000 / 60


def _kmh(value: float, source: str, year: int, *, url: str = "", assumption: bool = False) -> Sourced:
    return Sourced(value, "km/h", source, year, url, assumption)


PERSONS: dict[str, Person] = {
    person.key: person
    for person in (
        Person(
            "adult",
            msg("Erwachsene"),
            _kmh(4.8, "1,33 m/s, üblicher Wert von Erreichbarkeitswerkzeugen", 2025),
        ),
        Person(
            "senior_65",
            msg("65 bis 75 Jahre"),
            _kmh(3.6, "1,0 m/s nach RiLSA (FGSV) und E DIN 18030", 2015),
        ),
        Person(
            "senior_75",
            msg("75 bis 85 Jahre"),
            _kmh(3.0, "bfu, Schweizer Mikrozensus Mobilität und Verkehr", 2015),
        ),
        Person(
            "senior_85",
            msg("über 85 Jahre oder mit Rollator"),
            _kmh(2.5, "bfu: 0,7 m/s", 2015),
        ),
        Person(
            "wheelchair",
            msg("mit Rollstuhl"),
            _kmh(3.6, "DIN 18040-3 (Wege ohne Stufen, Borde bis 3 cm)", 2014),
            frozenset({Barrier.STEPS, Barrier.KERB, Barrier.WHEELCHAIR_NO}),
        ),
        Person(
            "pram",
            msg("mit Kinderwagen"),
            _kmh(4.0, "Annahme", 2025, assumption=True),
            frozenset({Barrier.STEPS}),
        ),
        Person(
            "school_child",
            msg("Kind auf dem Schulweg"),
            _kmh(3.6, "Annahme", 2025, assumption=True),
        ),
    )
}

SNAP_MAX_M = Sourced(
    150.0,
    "m",
    "Annahme: wer weiter vom nächsten Weg entfernt liegt, gilt als nicht angebunden",
    2025,
    assumption=True,
)
HOUSEHOLD_SIZE = Sourced(
    2.0,
    "Personen",
    "Statistische Ämter des Bundes und der Länder, Mikrozensus: mittlere Größe der Haushalte in Deutschland",
    2017,
    "https://www.statistikportal.de/de/bevoelkerung/haushalte",
)
SAME_BUILDING_M = Sourced(
    50.0,
    "m",
    "Annahme: liegt dieselbe Nummer in einem anderen Stand weiter weg, ist es ein anderes Gebäude",
    2025,
    assumption=True,
)
ISLAND_MIN_NODES = Sourced(
    50.0,
    "Knoten",
    "Annahme: kleinere Netzteile sind Kartierungsreste und keine Wegenetze",
    2025,
    assumption=True,
)
KERB_MAX_M = Sourced(0.03, "m", "DIN 18040-3: Borde bis 3 cm sind mit dem Rollstuhl überwindbar", 2014)
SLIVER_MAX_M = Sourced(
    20.0,
    "m",
    "Annahme: schmalere Lücken zwischen Bezirken sind Ungenauigkeiten der Grenzen",
    2025,
    assumption=True,
)
DISTRICT_OVERLAP_MAX = Sourced(
    0.10,
    "Anteil",
    "Annahme: kleinere Überlappungen von Bezirken sind Ungenauigkeiten der Grenzen und werden beschnitten",
    2025,
    assumption=True,
)
DWELLING_MIN_M2 = Sourced(
    30.0,
    "m²",
    "Annahme: kleinere Gebäude ohne Angabe der Nutzung sind Garagen, Schuppen und Lauben",
    2025,
    assumption=True,
)
DWELLING_MAX_M2 = Sourced(
    2500.0,
    "m²",
    "Annahme: größere Gebäude ohne Angabe der Nutzung sind Hallen und keine Wohnhäuser",
    2025,
    assumption=True,
)
#: Storeys of residential buildings that do not state them, by OSM ``building`` value.
ASSUMED_LEVELS: dict[str, Sourced] = {
    building: Sourced(levels, "Geschosse", "Annahme nach der Gebäudeart", 2025, assumption=True)
    for building, levels in {
        "apartments": 4.0,
        "dormitory": 4.0,
        "residential": 3.0,
        "bungalow": 1.0,
        "static_caravan": 1.0,
        "houseboat": 1.0,
        "yes": 2.0,
    }.items()
}
ASSUMED_LEVELS_OTHER = Sourced(2.0, "Geschosse", "Annahme: Ein- und Zweifamilienhaus", 2025, assumption=True)
POND_MAX_M2 = Sourced(
    2500.0,
    "m²",
    "Annahme: um kleinere Teiche geht man ohne Umweg herum",
    2025,
    assumption=True,
)
PASSAGE_MIN_M = Sourced(0.90, "m", "DIN 18040-3: lichte Breite von Durchgängen mit dem Rollstuhl", 2014)
MARGIN_M = Sourced(
    2000.0,
    "m",
    "Annahme: so weit über die Grenze gehen Menschen noch zu Fuß",
    2025,
    assumption=True,
)
DUPLICATE_MAX_M = Sourced(
    50.0,
    "m",
    "Annahme: gleiche Art und gleicher Name so nah sind ein Ort, als Punkt und als Gebäude erfasst",
    2025,
    assumption=True,
)
SMALL_NUMBER = Sourced(
    5.0,
    "Personen",
    "Übliche Geheimhaltungsgrenze der kommunalen Statistik: kleinere Zahlen werden nicht gezeigt",
    2025,
)

LIVING_SPACE_M2 = Sourced(
    47.4,
    "m² je Person",
    "Destatis: Wohnfläche je Einwohnerin und Einwohner in Deutschland, Fortschreibung des Wohnungsbestands",
    2022,
)
DWELLING_SHARE = Sourced(
    0.8,
    "m² Wohnfläche je m² Geschossfläche",
    "Annahme: der Rest sind Wände, Treppen und andere Nutzungen",
    2025,
    assumption=True,
)

#: Shown where nobody has chosen another one.
DEFAULT_MUNICIPALITY = "dortmund-nord"

#: Standard of Germany's official survey for NRW; other zones come from the municipality's file.
DEFAULT_CRS = "EPSG:25832"
WGS84 = "EPSG:4326"

MODEL_NOTICE = msg("Modelldaten – keine Planungsgrundlage")
