"""The tables that cross a border between rooms: their columns, units and allowed values.

All geometry is in the municipality's metric CRS (EPSG:25832 unless the TOML says
otherwise). NaN or missing means unknown; unknown is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from kudequa_geo.constants import Barrier, Field
from kudequa_geo.errors import SchemaError, msg

if TYPE_CHECKING:
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors


class SiteKind(StrEnum):
    """What a site is."""

    BROWNFIELD = "brownfield"
    VACANCY = "vacancy"
    LAB = "lab"


SITE_LABELS: dict[SiteKind, str] = {
    SiteKind.BROWNFIELD: msg("Brachfläche"),
    SiteKind.VACANCY: msg("Leerstand"),
    SiteKind.LAB: msg("Quartierslabor"),
}


class Obstacle(StrEnum):
    """What a straight line to a place may cross and a walk may not."""

    RAILWAY = "railway"
    WATER = "water"
    MOTORWAY = "motorway"


@dataclass(frozen=True)
class Column:
    """What a column may hold.

    Attributes
    ----------
    dtype
        Type in pandas' words.
    at_least
        Smallest value allowed, or None.
    among
        The values allowed, or None for all.
    nullable, unique
        Whether values may be missing, and may recur.
    """

    dtype: str
    at_least: float | None = None
    among: tuple[object, ...] | None = None
    nullable: bool = False
    unique: bool = False


def _text(*, nullable: bool = True) -> Column:
    return Column("str", nullable=nullable)


_GEOMETRY = Column("geometry")

#: Where a point of a table joins the network. ``edge_id`` -1 = not connected, then the others are NaN.
_SNAPPED = {
    "edge_id": Column("int64", at_least=-1),
    "offset_m": Column("float64", at_least=0, nullable=True),
    "to_street_m": Column("float64", at_least=0, nullable=True),
}

#: Residents' groups: persons (float, since shares are distributed); NaN = not known for this municipality.
RESIDENT_GROUPS: dict[str, str] = {
    "residents_under_6": msg("unter 6 Jahre"),
    "residents_under_18": msg("unter 18 Jahre"),
    "residents_65_plus": msg("ab 65 Jahre"),
    "residents_foreign": msg("ohne deutschen Pass"),
}

_TABLES: dict[str, dict[str, Column]] = {
    # node_id is 0..n-1 in row order; component 0 is the largest connected part.
    "nodes": {
        "node_id": Column("int64", at_least=0, unique=True),
        "x": Column("float64"),
        "y": Column("float64"),
        "osm_id": Column("int64"),
        "component": Column("int32", at_least=0),
    },
    # edge_id is 0..m-1 in row order; the geometry runs from u to v; oneway 1 = only u to v, -1 = only v to u.
    # Flags are False where OSM says nothing.
    "edges": {
        "edge_id": Column("int64", at_least=0, unique=True),
        "u": Column("int64", at_least=0),
        "v": Column("int64", at_least=0),
        "length_m": Column("float64", at_least=0),
        "oneway": Column("int8", among=(-1, 0, 1)),
        **{barrier.value: Column("bool") for barrier in Barrier},
        "highway": _text(),
        "name": _text(),
        "surface": _text(),
        "incline": _text(),
        "lit": _text(),
        "bridge": Column("bool"),
        "tunnel": Column("bool"),
        "osm_id": Column("int64"),
        "geometry": _GEOMETRY,
    },
    "places": {
        "place_id": Column("str", unique=True),
        "kind": _text(nullable=False),
        "field": Column("str", among=tuple(field.value for field in Field)),
        "name": _text(),
        "brand": _text(),
        "operator": _text(),
        "wheelchair": _text(),
        "opening_hours": _text(),
        "capacity": Column("float64", at_least=0, nullable=True),
        "osm_id": _text(),
        "last_edit": Column("datetime64[ns, UTC]", nullable=True),
        "source": _text(),
        "modelled": Column("bool"),
        "geometry": _GEOMETRY,
        **_SNAPPED,
    },
    "buildings": {
        "building_id": Column("str", unique=True),
        "residents": Column("float64", at_least=0),
        **{group: Column("float64", at_least=0, nullable=True) for group in RESIDENT_GROUPS},
        "district_id": _text(),
        "levels": Column("float64", at_least=0, nullable=True),
        "footprint_m2": Column("float64", at_least=0),
        "geometry": _GEOMETRY,
        **_SNAPPED,
    },
    "districts": {
        "district_id": Column("str", unique=True),
        "name": _text(nullable=False),
        "parent": _text(),
        "population": Column("float64", at_least=0, nullable=True),
        "area_ha": Column("float64", at_least=0),
        "geometry": _GEOMETRY,
    },
    "sites": {
        "site_id": Column("str", unique=True),
        "kind": Column("str", among=tuple(kind.value for kind in SiteKind)),
        "name": _text(),
        "area_m2": Column("float64", at_least=0, nullable=True),
        "area_approximate": Column("bool"),
        "status": _text(),
        "source": _text(),
        "source_date": _text(),
        "modelled": Column("bool"),
        "geometry": _GEOMETRY,
        **_SNAPPED,
    },
    # One row: what was asked for, without its margin.
    "area": {"name": _text(nullable=False), "geometry": _GEOMETRY},
    # Lines and areas on the ground; what lies in a tunnel or on a bridge is left out.
    "obstacles": {
        "kind": Column("str", among=tuple(kind.value for kind in Obstacle)),
        "geometry": _GEOMETRY,
    },
    # Texts are categories, since every one recurs.
    # metres and minutes NaN, place_id missing = unreachable or not connected.
    "access": {
        "building_id": Column("category"),
        "kind": Column("category"),
        "person": Column("category"),
        "metres": Column("float64", at_least=0, nullable=True),
        "minutes": Column("float64", at_least=0, nullable=True),
        "place_id": Column("category", nullable=True),
    },
}

TABLES = tuple(_TABLES)


def columns(table: str) -> list[str]:
    """Return the column names of a table, in order."""
    return list(_TABLES[table])


def validate(table: str, frame: pd.DataFrame, *, where: str = "") -> pd.DataFrame:
    """Return the frame with exactly the table's columns and types.

    Parameters
    ----------
    table
        One of :data:`TABLES`.
    frame
        The frame to check; extra columns are refused.
    where
        File or step named in the message.

    Raises
    ------
    SchemaError
        Naming every defect: column, rule, number of rows and the first of them.
    """
    # Imported here, for it takes long and only those who write or check tables need it.
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    rules = {name: _rule(column) for name, column in _TABLES[table].items()}
    schema = pa.DataFrameSchema(rules, strict=True)
    try:
        validated: pd.DataFrame = schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        raise SchemaError(
            msg("Die Tabelle „{table}“ ist fehlerhaft:\n{defects}"),
            where=where,
            remedy=msg("Bitte die genannten Werte in der Quelle berichtigen und „prepare“ erneut ausführen."),
            table=table,
            defects=_defects(error),
        ) from error
    return validated[columns(table)]


def _rule(column: Column) -> pa.Column:
    """Return a column's description as the library that checks it wants it."""
    import pandera.pandas as pa

    if column.dtype == "geometry":
        return pa.Column("geometry", nullable=False)
    checks = []
    if column.at_least is not None:
        checks.append(pa.Check.ge(column.at_least))
    if column.among is not None:
        checks.append(pa.Check.isin(list(column.among)))
    dtype = str if column.dtype == "str" else column.dtype
    return pa.Column(dtype, checks, nullable=column.nullable, unique=column.unique, coerce=True)


def _defects(error: SchemaErrors, shown: int = 20) -> str:
    cases = error.failure_cases
    lines = []
    for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        rows = [str(row) for row in group["index"].dropna().head(3)]
        examples = [repr(case)[:60] for case in group["failure_case"].head(3)]
        at = f", Zeile {', '.join(rows)}" if rows else ""
        lines.append(f"  {column}: {check} ({len(group)}×{at}; z. B. {', '.join(examples)})")
    more = len(lines) - shown
    return "\n".join(lines[:shown] + ([f"  … und {more} weitere"] if more > 0 else []))
