"""The tables that cross a border between rooms: their columns, units and allowed values.

All geometry is in the municipality's metric CRS (EPSG:25832 unless the TOML says
otherwise). NaN or missing means unknown; unknown is never zero.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from kudequa_geo.constants import Barrier, Field
from kudequa_geo.errors import SchemaError, msg


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


def _column(dtype: Any, *checks: pa.Check, nullable: bool = False, unique: bool = False) -> pa.Column:
    return pa.Column(dtype, checks=list(checks), nullable=nullable, unique=unique, coerce=True)


def _at_least(value: float) -> pa.Check:
    return pa.Check.ge(value)


def _text(*, nullable: bool = True) -> pa.Column:
    return pa.Column(str, nullable=nullable, coerce=True)


def _geometry() -> pa.Column:
    return pa.Column("geometry", nullable=False)


#: Where a point of a table joins the network. ``edge_id`` -1 = not connected, then the others are NaN.
_SNAPPED = {
    "edge_id": _column("int64", _at_least(-1)),
    "offset_m": _column("float64", _at_least(0), nullable=True),
    "to_street_m": _column("float64", _at_least(0), nullable=True),
}

#: Residents' groups: persons (float, since shares are distributed); NaN = not known for this municipality.
RESIDENT_GROUPS: dict[str, str] = {
    "residents_under_6": msg("unter 6 Jahre"),
    "residents_under_18": msg("unter 18 Jahre"),
    "residents_65_plus": msg("ab 65 Jahre"),
    "residents_foreign": msg("ohne deutschen Pass"),
}

_TABLES: dict[str, dict[str, pa.Column]] = {
    # node_id is 0..n-1 in row order; component 0 is the largest connected part.
    "nodes": {
        "node_id": _column("int64", _at_least(0), unique=True),
        "x": _column("float64"),
        "y": _column("float64"),
        "osm_id": _column("int64"),
        "component": _column("int32", _at_least(0)),
    },
    # edge_id is 0..m-1 in row order; the geometry runs from u to v; oneway 1 = only u to v, -1 = only v to u.
    # Flags are False where OSM says nothing.
    "edges": {
        "edge_id": _column("int64", _at_least(0), unique=True),
        "u": _column("int64", _at_least(0)),
        "v": _column("int64", _at_least(0)),
        "length_m": _column("float64", _at_least(0)),
        "oneway": _column("int8", pa.Check.isin([-1, 0, 1])),
        **{barrier.value: _column("bool") for barrier in Barrier},
        "highway": _text(),
        "name": _text(),
        "surface": _text(),
        "incline": _text(),
        "lit": _text(),
        "bridge": _column("bool"),
        "tunnel": _column("bool"),
        "osm_id": _column("int64"),
        "geometry": _geometry(),
    },
    "places": {
        "place_id": _column(str, unique=True),
        "kind": _text(nullable=False),
        "field": _column(str, pa.Check.isin([field.value for field in Field])),
        "name": _text(),
        "brand": _text(),
        "operator": _text(),
        "wheelchair": _text(),
        "opening_hours": _text(),
        "capacity": _column("float64", _at_least(0), nullable=True),
        "osm_id": _text(),
        "last_edit": _column("datetime64[ns, UTC]", nullable=True),
        "source": _text(),
        "modelled": _column("bool"),
        "geometry": _geometry(),
        **_SNAPPED,
    },
    "buildings": {
        "building_id": _column(str, unique=True),
        "residents": _column("float64", _at_least(0)),
        **{group: _column("float64", _at_least(0), nullable=True) for group in RESIDENT_GROUPS},
        "district_id": _text(),
        "levels": _column("float64", _at_least(0), nullable=True),
        "footprint_m2": _column("float64", _at_least(0)),
        "geometry": _geometry(),
        **_SNAPPED,
    },
    "districts": {
        "district_id": _column(str, unique=True),
        "name": _text(nullable=False),
        "parent": _text(),
        "population": _column("float64", _at_least(0), nullable=True),
        "area_ha": _column("float64", _at_least(0)),
        "geometry": _geometry(),
    },
    "sites": {
        "site_id": _column(str, unique=True),
        "kind": _column(str, pa.Check.isin([kind.value for kind in SiteKind])),
        "name": _text(),
        "area_m2": _column("float64", _at_least(0), nullable=True),
        "area_approximate": _column("bool"),
        "status": _text(),
        "source": _text(),
        "source_date": _text(),
        "modelled": _column("bool"),
        "geometry": _geometry(),
        **_SNAPPED,
    },
    # One row: what was asked for, without its margin.
    "area": {"name": _text(nullable=False), "geometry": _geometry()},
    # Lines and areas on the ground; what lies in a tunnel or on a bridge is left out.
    "obstacles": {
        "kind": _column(str, pa.Check.isin([kind.value for kind in Obstacle])),
        "geometry": _geometry(),
    },
    # Texts are categories, since every one recurs.
    # metres and minutes NaN, place_id missing = unreachable or not connected.
    "access": {
        "building_id": _column("category"),
        "kind": _column("category"),
        "person": _column("category"),
        "metres": _column("float64", _at_least(0), nullable=True),
        "minutes": _column("float64", _at_least(0), nullable=True),
        "place_id": _column("category", nullable=True),
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
    schema = pa.DataFrameSchema(_TABLES[table], strict=True)
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
