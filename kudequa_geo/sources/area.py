"""The study area: a boundary in the extract, a polygon file or a box."""

from __future__ import annotations

from pathlib import Path

import pyogrio
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kudequa_geo.config import Area
from kudequa_geo.constants import WGS84
from kudequa_geo.errors import MissingInputError, SourceError, msg
from kudequa_geo.sources.osm import read_relation
from kudequa_geo.sources.vector_file import vector_source


def read_area(area: Area, osm: Path) -> BaseGeometry:
    """Return a study area that is not made of districts.

    Parameters
    ----------
    area
        How the municipality's file tells it.
    osm
        The extract, read only for a boundary relation.

    Returns
    -------
    shapely geometry
        Polygon or multipolygon in WGS84.

    Raises
    ------
    SourceError, MissingInputError
        The boundary is not complete in the extract, or the file holds no polygon.
    """
    if area.bbox is not None:
        return shapely.box(*area.bbox)
    if area.polygon is not None:
        return read_polygon(area.polygon)
    if area.osm_relation is not None:
        return read_boundary(osm, area.osm_relation)
    raise SourceError(
        msg("Das Gebiet soll aus Bezirken bestehen, aber es gibt keine."),
        where="area.districts",
        remedy=msg("Bitte im Abschnitt [districts] eine Datei angeben."),
    )


def read_boundary(osm: Path, relation: int) -> BaseGeometry:
    """Return the area of one boundary relation of an extract, in WGS84.

    Raises
    ------
    SourceError
        The relation is not in the extract, or not whole.
    """
    found = read_relation(osm, relation)
    if found is not None:
        return found
    raise SourceError(
        msg("Die Grenze mit der OSM-Relation {relation} ist im Auszug nicht vollständig enthalten."),
        where=str(osm),
        remedy=msg("Bitte einen größeren Auszug verwenden oder das Gebiet mit polygon oder bbox angeben."),
        relation=relation,
    )


def read_polygon(path: Path) -> BaseGeometry:
    """Return the union of a file's polygons, in WGS84.

    Raises
    ------
    MissingInputError, SourceError
        The file is not there, cannot be read, has no CRS or no polygon.
    """
    if not path.is_file():
        raise MissingInputError(
            msg("Die Datei mit dem Untersuchungsgebiet gibt es nicht."),
            where=str(path),
            remedy=msg("Bitte area.polygon berichtigen."),
        )
    try:
        frame = pyogrio.read_dataframe(vector_source(path), columns=[])
    except (pyogrio.errors.DataSourceError, pyproj.exceptions.CRSError, ValueError) as error:
        raise SourceError(
            msg("Die Datei mit dem Untersuchungsgebiet lässt sich nicht lesen: {reason}"),
            where=str(path),
            remedy=msg("Erwartet wird GeoJSON, GeoPackage oder Shapefile."),
            reason=str(error),
        ) from error
    polygons = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])] if "geometry" in frame else frame[:0]
    if not len(polygons):
        raise SourceError(msg("Die Datei mit dem Untersuchungsgebiet enthält keine Fläche."), where=str(path))
    if polygons.crs is None:
        raise SourceError(
            msg("Die Datei mit dem Untersuchungsgebiet nennt kein Koordinatensystem."),
            where=str(path),
            remedy=msg("Bitte die Datei mit Koordinatensystem speichern, z. B. als GeoPackage."),
        )
    joined: BaseGeometry = polygons.to_crs(WGS84).make_valid().union_all()
    return joined
