"""Tables with geometry as GeoPackage, GeoJSON and GeoParquet, each with its metadata inside."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio

from kudequa_geo.constants import WGS84
from kudequa_geo.errors import StoreError, msg
from kudequa_geo.export.record import Record
from kudequa_geo.export.tables import Table, meanings
from kudequa_geo.language import Language

#: Table of styles as QGIS makes it.
_LAYER_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)
"""
#: The schema extension: https://www.geopackage.org/spec131/#extension_schema
_SCHEMA_EXTENSION = (
    """CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name))""",
    """CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
    constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
    max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))""",
    """CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT,
    extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
    """INSERT INTO gpkg_extensions SELECT name, NULL, 'gpkg_schema',
    'http://www.geopackage.org/spec131/#extension_schema', 'read-write' FROM
    (SELECT 'gpkg_data_columns' AS name UNION SELECT 'gpkg_data_column_constraints')""",
)
_CONTENTS = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
    "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)"
)


def geopackage(tables: Sequence[Table], record: Record, say: Language, styles: Mapping[str, str]) -> bytes:
    """Return tables as the layers of one GeoPackage.

    Parameters
    ----------
    tables
        With geometry; empty ones are left out.
    record
        What the file says of its own making, kept as its metadata.
    say
        Language of the words for the columns.
    styles
        Key of a table -> style as QML, applied by QGIS when the layer is opened.

    Raises
    ------
    StoreError
        There is no room for the file in the making.
    """
    told = {"TITLE": record.title, "ATTRIBUTION": record.attribution(), "KUDEQUA": record.as_json()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        filled = [table for table in tables if len(table.frame)]
        try:
            for number, table in enumerate(filled):
                pyogrio.write_dataframe(
                    table.frame,
                    path,
                    layer=table.key,
                    driver="GPKG",
                    append=number > 0,
                    dataset_metadata=told if number == 0 else None,
                    layer_metadata={"DESCRIPTION": table.title, "ATTRIBUTION": record.attribution()},
                    layer_options={"IDENTIFIER": table.title},
                )
            _finish(path, filled, record, styles)
            _describe(path, filled, say)
            return path.read_bytes()
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error) as error:
            raise StoreError(
                msg("Das GeoPackage konnte nicht geschrieben werden: {reason}"),
                remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
                reason=str(error).splitlines()[0],
            ) from error


def _finish(path: Path, tables: Sequence[Table], record: Record, styles: Mapping[str, str]) -> None:
    """Add the styles, and the day of the export in place of the clock's."""
    moment = f"{record.printed.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(_LAYER_STYLES)
        for table in tables:
            if table.key in styles:
                base.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                    "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, "
                    "update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
                    (table.key, table.key, styles[table.key], record.attribution(), moment),
                )
        base.execute(_CONTENTS, (moment,))
        base.execute("UPDATE gpkg_contents SET last_change = ?", (moment,))
        base.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (moment,))
    with closing(sqlite3.connect(path)) as base:
        base.execute("VACUUM")


def _describe(path: Path, tables: Sequence[Table], say: Language) -> None:
    """Add title, unit and meaning of every column, as the schema extension of GeoPackage keeps them."""
    with closing(sqlite3.connect(path)) as base, base:
        for statement in _SCHEMA_EXTENSION:
            base.execute(statement)
        for table in tables:
            for each in meanings(table, say):
                unit = f" [{each['unit']}]" if each["unit"] else ""
                base.execute(
                    "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, title, description) "
                    "VALUES (?, ?, ?, ?)",
                    (table.key, each["name"], f"{each['title']}{unit}", each["description"]),
                )


def geojson(table: Table, record: Record, say: Language) -> bytes:
    """Return a table as GeoJSON in WGS84; the member ``metadata`` holds run record and columns."""
    frame = gpd.GeoDataFrame(table.frame).to_crs(WGS84)
    frame = frame.set_geometry(frame.geometry.set_precision(1e-7, mode="pointwise"))
    collection = json.loads(frame.to_json(drop_id=True, na="null"))
    told = {"attribution": record.attribution(), **record.as_dict(), "columns": meanings(table, say)}
    whole = {
        "type": "FeatureCollection",
        "name": table.key,
        "metadata": told,
        "features": collection["features"],
    }
    return json.dumps(whole, ensure_ascii=False, default=str, separators=(",", ":")).encode("utf-8")


def geoparquet(table: Table, record: Record, say: Language) -> bytes:
    """Return a table as GeoParquet; its metadata hold the run record (``kudequa``) and ``columns``."""
    plain = io.BytesIO()
    gpd.GeoDataFrame(table.frame).to_parquet(plain, index=False, compression="zstd")
    plain.seek(0)
    content = pq.read_table(plain)
    told = {b"kudequa": record.as_json().encode(), b"attribution": record.attribution().encode()}
    told[b"columns"] = json.dumps(meanings(table, say), ensure_ascii=False).encode()
    marked = content.replace_schema_metadata({**(content.schema.metadata or {}), **told})
    sink = io.BytesIO()
    pq.write_table(marked, sink, compression="zstd")
    return sink.getvalue()
