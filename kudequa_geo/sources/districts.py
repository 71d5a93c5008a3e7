"""The city's districts from its own file: GeoJSON, GeoPackage or Shapefile, zipped or not."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from kudequa_geo.config import Districts
from kudequa_geo.constants import DISTRICT_OVERLAP_MAX
from kudequa_geo.errors import MissingInputError, SourceError, msg
from kudequa_geo.sources.text_table import missing_columns, numbers, refuse
from kudequa_geo.sources.vector_file import ForeignFileError, vector_source

#: A polygon is repaired as long as its area changes by less than this share.
_REPAIR_MAX = 0.01
_UNREADABLE = (
    ForeignFileError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyproj.exceptions.CRSError,
    shapely.errors.ShapelyError,
)
#: Degrees stay below this, metres of a projected CRS in Europe above.
_DEGREES_MAX = 400.0


def read_districts(path: Path, settings: Districts, *, target_crs: str) -> gpd.GeoDataFrame:
    """Read a file of districts.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or Shapefile (also a ``.zip`` with one).
    settings
        Names of the columns, the layer, and the CRS to assume where the file names none.
    target_crs
        Metric CRS of the result, whatever the file's is.

    Returns
    -------
    geopandas.GeoDataFrame
        ``district_id``, ``name``, ``parent`` (texts; parent missing = not known), ``population`` (persons;
        NaN = not known), ``geometry``; valid polygons. ``attrs["repaired"]`` names districts whose outline
        crossed itself and was repaired.

    Raises
    ------
    MissingInputError
        The file does not exist.
    SourceError
        It cannot be read, names no CRS, or holds coordinates that its CRS does not have; or all defects at
        once: missing columns, missing or repeated ids, missing names, no polygon, a polygon that cannot be
        repaired without changing its area, negative populations, overlaps of more than
        :data:`~kudequa_geo.constants.DISTRICT_OVERLAP_MAX`.
    """
    frame = _read(path, settings)
    wanted = [settings.id_column, settings.name_column, settings.parent_column, settings.population_column]
    refuse(path, missing_columns([name for name in wanted if name], frame.columns.drop("geometry")))
    frame = _with_crs(path, frame, settings.crs)
    ids, names = _texts(frame[settings.id_column]), _texts(frame[settings.name_column])
    defects = [f"{row}: {settings.id_column} fehlt" for row in _rows(ids.isna())]
    defects += [f"{settings.id_column} „{each}“ kommt mehrfach vor" for each in _repeated(ids)]
    defects += [f"{row}: {settings.name_column} fehlt" for row in _rows(names.isna())]
    population, population_defects = _population(frame, settings.population_column)
    shapes, repaired, shape_defects = _shapes(frame.to_crs(target_crs).geometry, ids)
    refuse(path, [*defects, *population_defects, *shape_defects, *_overlaps(shapes, ids, names)])
    result = gpd.GeoDataFrame(
        {
            "district_id": ids,
            "name": names,
            "parent": _texts(frame[settings.parent_column]) if settings.parent_column else _nothing(frame),
            "population": population,
        },
        geometry=shapes,
        crs=target_crs,
    ).reset_index(drop=True)
    result.attrs["repaired"] = repaired
    return result


def _read(path: Path, settings: Districts) -> gpd.GeoDataFrame:
    if not path.exists():
        raise MissingInputError(
            msg("Die Bezirksdatei gibt es nicht."),
            where=str(path),
            remedy=msg("Bitte districts.file berichtigen."),
        )
    try:
        source = vector_source(path, layer=settings.layer)
        layers = [str(name) for name, _ in pyogrio.list_layers(source)]
        if settings.layer is not None and settings.layer not in layers:
            raise SourceError(
                msg("Die Bezirksdatei hat keine Ebene „{layer}“; vorhanden: {layers}."),
                where=str(path),
                remedy=msg("Bitte districts.layer berichtigen."),
                layer=settings.layer,
                layers=", ".join(layers),
            )
        frame = pyogrio.read_dataframe(source, layer=settings.layer or 0)
    except (*_UNREADABLE, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(path, msg("sie enthält keine Flächen"))
    if not len(frame):
        raise _unreadable(path, msg("sie enthält keinen Bezirk"))
    return frame if frame.geometry.name == "geometry" else frame.rename_geometry("geometry")


def _unreadable(path: Path, reason: str) -> SourceError:
    return SourceError(
        msg("Die Bezirksdatei lässt sich nicht lesen: {reason}."),
        where=str(path),
        remedy=msg("Erwartet wird GeoJSON, GeoPackage oder Shapefile."),
        reason=reason,
    )


def _with_crs(path: Path, frame: gpd.GeoDataFrame, assumed: str | None) -> gpd.GeoDataFrame:
    """Return the frame with its CRS, checked against the size of its coordinates."""
    if frame.crs is None:
        if assumed is None:
            raise SourceError(
                msg("Die Bezirksdatei nennt kein Koordinatensystem."),
                where=str(path),
                remedy=msg("Bitte districts.crs angeben, z. B. „EPSG:25832“."),
            )
        frame = frame.set_crs(_crs(path, assumed))
    bounds = frame.total_bounds
    if np.isnan(bounds).any():
        return frame
    if frame.crs.is_geographic:
        fits = abs(bounds[[0, 2]]).max() <= 180 and abs(bounds[[1, 3]]).max() <= 90
    else:
        fits = abs(bounds).max() > _DEGREES_MAX
    if not fits:
        raise SourceError(
            msg("Die Koordinaten der Bezirksdatei ({box}) passen nicht zu ihrem Koordinatensystem ({crs})."),
            where=str(path),
            remedy=msg("Bitte die Datei mit dem richtigen Koordinatensystem neu speichern."),
            box=", ".join(f"{side:.6g}" for side in bounds),
            crs=frame.crs.to_string()[:40],
        )
    return frame


def _crs(path: Path, assumed: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(assumed)
    except pyproj.exceptions.CRSError as error:
        raise SourceError(
            msg("districts.crs „{crs}“ ist kein Koordinatensystem."),
            where=str(path),
            remedy=msg("Bitte z. B. „EPSG:25832“ angeben."),
            crs=assumed,
        ) from error


def _texts(column: pd.Series) -> pd.Series:
    """Return ids and names as texts; whole numbers lose the ``.0`` that missing values give them."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    texts = column.astype("str").str.strip().where(column.notna())
    return texts.mask(texts == "")


def _nothing(frame: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(np.nan, index=frame.index, dtype="str")


def _rows(wrong: pd.Series) -> list[str]:
    return [f"Objekt {number}" for number in np.flatnonzero(wrong) + 1]


def _repeated(ids: pd.Series) -> list[str]:
    return sorted(ids[ids.notna() & ids.duplicated()].unique())


def _population(frame: gpd.GeoDataFrame, column: str | None) -> tuple[pd.Series, list[str]]:
    if column is None:
        return pd.Series(np.nan, index=frame.index), []
    given = frame[column]
    if pd.api.types.is_numeric_dtype(given):
        values, wrong = given.astype("float64"), ~np.isfinite(given.fillna(0))
    else:
        values, wrong = numbers(given.astype("str").where(given.notna()), counts=True)
    defects = [f"{row}: {column} ist keine Zahl" for row in _rows(wrong)]
    defects += [f"{row}: {column} ist negativ" for row in _rows(values < 0)]
    return values, defects


def _shapes(geometry: gpd.GeoSeries, ids: pd.Series) -> tuple[np.ndarray, list[str], list[str]]:
    """Return the polygons, the repaired districts and what is wrong with the others."""
    shapes = shapely.force_2d(geometry.to_numpy())
    labels = [name if isinstance(name, str) else f"Objekt {number}" for number, name in enumerate(ids, 1)]
    repaired, defects = [], []
    for number, label in enumerate(labels):
        shape = shapes[number]
        if shape is None or shape.is_empty:
            defects.append(f"{label}: ohne Fläche")
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            defects.append(f"{label}: {shape.geom_type} statt einer Fläche")
        elif not np.isfinite(shape.bounds).all():
            defects.append(f"{label}: Koordinaten außerhalb des Koordinatensystems")
        elif not shape.is_valid:
            areas = [part for part in shapely.get_parts(shapely.make_valid(shape)) if part.area > 0]
            shapes[number] = shapely.union_all(areas)
            change = abs(shapes[number].area - shape.area) / max(shapes[number].area, 1e-9)
            if change < _REPAIR_MAX:
                repaired.append(label)
            else:
                defects.append(f"{label}: der Umriss schneidet sich ({shapely.is_valid_reason(shape):.60})")
    return shapes, repaired, defects


def _overlaps(shapes: np.ndarray, ids: pd.Series, names: pd.Series) -> list[str]:
    usable = np.array([shape is not None and shape.is_valid and shape.area > 0 for shape in shapes])
    rows = np.flatnonzero(usable)
    polygons = shapes[rows]
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    first, second = first[first < second], second[first < second]
    common = shapely.area(shapely.intersection(polygons[first], polygons[second]))
    share = common / np.minimum(shapely.area(polygons[first]), shapely.area(polygons[second]))
    labels = [f"{each} ({name})" for each, name in zip(ids, names, strict=True)]
    return [
        f"{labels[rows[a]]} und {labels[rows[b]]} überlappen sich auf {part:.0%} der kleineren Fläche"
        for a, b, part in zip(first, second, share, strict=True)
        if part > DISTRICT_OVERLAP_MAX.value
    ]
