"""Brownfields, labs and related places of Dortmund's north that public pages name, with their sources."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import shapely

from kudequa_geo.schema import SiteKind


@dataclass(frozen=True, slots=True)
class NamedSite:
    """A site as a public page tells it.

    Attributes
    ----------
    key
        Identifier, stable between runs.
    kind, name, status
        What it is, what it is called, and what has become of it.
    lon, lat
        Position in WGS84 degrees.
    position
        What the position is: a stop, a street, an address.
    area_ha
        Area in hectares as the page states it; None = not stated.
    source, url, date
        Page, address and date of the statement.
    """

    key: str
    kind: SiteKind
    name: str
    status: str
    lon: float
    lat: float
    position: str
    area_ha: float | None
    source: str
    url: str
    date: str


_TOUR = "Nordstadtblogger: Besuch auf Westfalenhütte und Hoesch Spundwand"
_TOUR_URL = (
    "https://nordstadtblogger.de/tour-zu-entwicklungspotenzialen-und-weissen-flecken-"
    "besuch-auf-westfalenhuette-und-hoesch-spundwand"
)
_MINING = "Ruhr Nachrichten: Alte Bergbau-Flächen in Dortmund haben noch Zukunfts-Potenzial"
_MINING_URL = (
    "https://old.ruhrnachrichten.de/dortmund/alte-bergbau-flaechen-in-dortmund-haben-noch-"
    "zukunfts-potenzial-plus-1360712.html"
)
_KUDEQUA = "Stadt Dortmund, KuDeQua – Quartierslabore (BMBF „Kommunen innovativ“, 033L197A)"
_KUDEQUA_URL = "https://kommunen-innovativ.de/kudequa"

NAMED_SITES: tuple[NamedSite, ...] = (
    NamedSite(
        "westfalenhuette",
        SiteKind.BROWNFIELD,
        "Westfalenhütte",
        "in Entwicklung, Teile vergeben",
        7.4988,
        51.5338,
        "Straßenpunkt Westfalenhüttenallee (OpenStreetMap 2018)",
        450.0,
        _TOUR,
        _TOUR_URL,
        "2017",
    ),
    NamedSite(
        "hsp",
        SiteKind.BROWNFIELD,
        "HSP-Gelände (Hoesch Spundwand), Smart Rhino",
        "Brache seit 2016, Quartier geplant",
        7.4335,
        51.5155,
        "nach Beschreibung zwischen Unionviertel, Dorstfeld, Huckarde und Hafen",
        52.0,
        "Stadt Dortmund, nordwärts: Neuer Lebensraum auf dem ehemaligen HSP-Gelände (andere Quellen: 45 ha)",
        "https://dortmund-nordwaerts.de/quartiere/smartrhino/",
        "2022",
    ),
    NamedSite(
        "knepper",
        SiteKind.BROWNFIELD,
        "Kraftwerk Knepper",
        "abgerissen, Gewerbe geplant; zur Hälfte in Castrop-Rauxel",
        7.349027,
        51.568288,
        "Koordinate aus Wikipedia „Kraftwerk Gustav Knepper“",
        60.0,
        "Mengede intakt: Zu Knepper nichts Neues („fast 60 Hektar“; andere Quelle: 56 ha)",
        "https://mengede-intakt.de/2018/05/03/zu-knepper-nichts-neues",
        "2018-05-03",
    ),
    NamedSite(
        "gneisenau",
        SiteKind.BROWNFIELD,
        "Zeche Gneisenau, Derne",
        "größtenteils bebaut",
        7.5177,
        51.5663,
        "Gneisenau-Park (OpenStreetMap 2018)",
        60.0,
        _MINING,
        _MINING_URL,
        "2018",
    ),
    NamedSite(
        "speicherstrasse",
        SiteKind.BROWNFIELD,
        "Hafen, Speicherstraße",
        "in Entwicklung",
        7.444312,
        51.5245731,
        "Straßenpunkt Speicherstraße (OpenStreetMap 2018)",
        None,
        _TOUR,
        _TOUR_URL,
        "2017",
    ),
    NamedSite(
        "minister-stein",
        SiteKind.BROWNFIELD,
        "Zeche Minister Stein, Eving",
        "vollständig vergeben",
        7.4617,
        51.5487,
        "Haltestelle Zeche Minister Stein (2025)",
        None,
        _MINING,
        _MINING_URL,
        "2018",
    ),
    NamedSite(
        "lab-marten",
        SiteKind.LAB,
        "Nachbarschaftswerkstatt „Meilenstein“, In der Meile 2, Marten",
        "Workshops seit 2018",
        7.3822,
        51.5066,
        "Straßenpunkt In der Meile (OpenStreetMap 2018)",
        None,
        "Kommunen innovativ: Workshop, KuDeQua stellt sich vor",
        "https://kommunen-innovativ.de/workshop-kudequa-stellt-sich-vor",
        "2018-04-23",
    ),
    NamedSite(
        "lab-eving-mosaik",
        SiteKind.LAB,
        "MOSAIK eG, Winterkampweg, Eving (von KuDeQua unterstützt; keine Laboradresse veröffentlicht)",
        "unterstützt",
        7.4590,
        51.5479,
        "Straßenpunkt Winterkampweg (OpenStreetMap 2018)",
        None,
        "KuDeQua: Neuigkeiten aus dem Quartier (Unterstützung der MOSAIK eG aus Eving)",
        "https://kudequa.jimdoweb.com/neuigkeiten-aus-dem-quartier-1",
        "2018",
    ),
    NamedSite(
        "lab-eving-nollendorfplatz",
        SiteKind.LAB,
        "Nollendorfplatz / Wohlfahrtsgebäude, Eving (verwandter Ort; keine Laboradresse veröffentlicht)",
        "Ort der Quartiersarbeit",
        7.4576,
        51.5535,
        "Straßenpunkt Nollendorfplatz (OpenStreetMap 2018)",
        None,
        _KUDEQUA,
        _KUDEQUA_URL,
        "2020",
    ),
)


def named_sites(crs: str) -> gpd.GeoDataFrame:
    """Return the named sites as a table.

    Parameters
    ----------
    crs
        Metric CRS of the result.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of the ``sites`` table up to ``modelled``, and ``source_url``, ``position``. Where a page
        states hectares the geometry is a circle of that area and ``area_approximate`` is True; else it is
        a point and ``area_m2`` is NaN.
    """
    points = gpd.GeoSeries.from_xy(
        [site.lon for site in NAMED_SITES], [site.lat for site in NAMED_SITES], crs="EPSG:4326"
    ).to_crs(crs)
    rows = []
    for site, point in zip(NAMED_SITES, points, strict=True):
        area_m2 = site.area_ha * 10_000 if site.area_ha else math.nan
        shape = point if site.area_ha is None else _circle(point, area_m2)
        rows.append(
            {
                "site_id": site.key,
                "kind": site.kind.value,
                "name": site.name,
                "area_m2": area_m2,
                "area_approximate": site.area_ha is not None,
                "status": site.status,
                "source": site.source,
                "source_date": site.date,
                "modelled": False,
                "source_url": site.url,
                "position": site.position,
                "geometry": shape,
            }
        )
    return gpd.GeoDataFrame(rows, crs=crs)


def _circle(point: shapely.Point, area_m2: float) -> shapely.Polygon:
    corners = 48
    # A polygon inscribed in the circle is smaller than it; the radius makes up for that.
    radius = math.sqrt(2 * area_m2 / (corners * math.sin(2 * math.pi / corners)))
    angles = [2 * math.pi * index / corners for index in range(corners)]
    return shapely.Polygon(
        [(point.x + radius * math.cos(angle), point.y + radius * math.sin(angle)) for angle in angles]
    )
