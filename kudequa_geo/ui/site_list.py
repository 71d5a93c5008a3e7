"""All sites a reader sees: those of the municipality and, in this session only, an uploaded list."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st
from numpy.typing import NDArray

from kudequa_geo import profile
from kudequa_geo.access.graph import Positions
from kudequa_geo.config import slug
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.prepare.residents import anchors
from kudequa_geo.profile import Effects, located
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.sources.sites import read_own_sites
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View

#: Bounds of an uploaded list: it is looked at in a session, not prepared.
MAX_UPLOAD_BYTES = 2_000_000
MAX_UPLOAD_ROWS = 1_000
#: A click this far from a site's middle still means it, in metres.
CLICK_MAX_M = 60.0
_OWN = "sites.own"
_OWN_EFFECTS = "sites.own.effects"


@dataclass(frozen=True, eq=False)
class SiteList:
    """Sites and where they join the network.

    Attributes
    ----------
    frame
        Columns of the table ``sites`` as far as they do not say where a site joins, and ``district_id``,
        ``district`` and ``street`` (missing = none); index 0 to n - 1.
    places
        Where they join.
    digest
        Identifies the list.
    not_located
        Rows of an uploaded list that hold an address only.
    """

    frame: gpd.GeoDataFrame
    places: Positions
    digest: str
    not_located: int = 0

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """A point on each site in the metric CRS, shape (n, 2)."""
        return np.asarray(shapely.get_coordinates(anchors(self.frame).to_numpy()))

    def row(self, site: str) -> int | None:
        """Return the row of a site, None where there is none of this id."""
        found = np.flatnonzero((self.frame["site_id"] == site).to_numpy())
        return int(found[0]) if len(found) else None

    def at(self, lat: float, lon: float) -> str:
        """Return the site at a point in degrees: the nearest middle, else the area; empty = none."""
        if self.frame.empty:
            return ""
        point = to_metres([[lon, lat]], str(self.frame.crs))[0]
        away = np.hypot(*(self.middle - point).T)
        nearest = int(away.argmin())
        if away[nearest] > CLICK_MAX_M:
            hit = np.flatnonzero(shapely.intersects_xy(self.frame.geometry.to_numpy(), *point))
            if not len(hit):
                return ""
            nearest = int(hit[0])
        return str(self.frame["site_id"].iloc[nearest])

    @cached_property
    def _common(self) -> frozenset[str]:
        """Names that several sites bear."""
        names = self.frame["name"].dropna()
        return frozenset(names[names.duplicated()])

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.object_]]:
        """What names and places a site, by column: reading rows of the frame takes far longer."""
        names = ("name", "kind", "street", "district", "area_m2", "area_approximate")
        return {name: self.frame[name].to_numpy(object) for name in names}

    def _text(self, name: str, row: int) -> str:
        value = self._columns[name][row]
        return value if isinstance(value, str) else ""

    def name(self, row: int) -> str:
        """Return the name of a site, with its street where others bear the same or it has none."""
        own, street = self._text("name", row), self._text("street", row)
        if own and own not in self._common:
            return own
        label = own or _(SITE_LABELS[SiteKind(self._text("kind", row))])
        return f"{label}, {street}" if street else label

    def where(self, row: int) -> str:
        """Return street and district of a site as far as they are known."""
        return ", ".join(filter(None, (self._text(key, row) for key in ("street", "district"))))

    def area(self, row: int) -> str:
        """Return the size of a site in hectares or square metres; a dash where it is not known."""
        value = float(self._columns["area_m2"][row])
        if np.isnan(value):
            return i18n.UNKNOWN
        about = _("etwa {area}") if self._columns["area_approximate"][row] else "{area}"
        if value >= 10_000:
            size = _("{value} ha").format(value=i18n.short(value / 10_000))
        else:
            size = _("{value} m²").format(value=i18n.number(value))
        return about.format(area=size)


def _listed(study: Study, sites: gpd.GeoDataFrame, digest: str, not_located: int = 0) -> SiteList:
    return SiteList(*located(study, sites), digest, not_located)


def version(study: Study) -> str:
    """Return what identifies the data of a study in a cache."""
    return f"{study.package.created} {study.package.version}"


def prepared(study: Study) -> SiteList:
    """Return the municipality's own sites, the same object for all readers."""
    return study.kept("sites", lambda: _listed(study, study.tables["sites"], ""))


def uploaded() -> SiteList | None:
    """Return the list uploaded in this session."""
    found = st.session_state.get(_OWN)
    return found if isinstance(found, SiteList) else None


def forget() -> None:
    """Forget the list uploaded in this session."""
    st.session_state.pop(_OWN, None)
    st.session_state.pop(_OWN_EFFECTS, None)


def upload(study: Study, name: str, content: bytes) -> SiteList:
    """Read an uploaded list and keep it in this session; nothing remains on the disk.

    Raises
    ------
    SourceError, MissingInputError
        It is too large, or no list of sites; every defect is named.
    """
    digest = hashlib.sha256(content).hexdigest()[:12]
    before = uploaded()
    if before is not None and before.digest == digest:
        return before
    forget()
    if len(content) > MAX_UPLOAD_BYTES:
        raise SourceError(
            msg("Die Datei ist {size} MB groß; hier sind höchstens {most} MB möglich."),
            remedy=msg("Bitte die Liste kürzen oder sie beim Aufbereiten der Gemeinde angeben."),
            size=f"{len(content) / 1e6:.1f}",
            most=f"{MAX_UPLOAD_BYTES / 1e6:.0f}",
        )
    given = Path(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{slug(given.stem) or 'liste'}{given.suffix.lower()[:5]}"
        path.write_bytes(content)
        sites, not_located = read_own_sites(path, target_crs=study.config.crs)
    if len(sites) > MAX_UPLOAD_ROWS:
        raise SourceError(
            msg("Die Liste hat {rows} Flächen; hier sind höchstens {most} möglich."),
            remedy=msg("Bitte die Liste kürzen oder sie beim Aufbereiten der Gemeinde angeben."),
            rows=len(sites),
            most=MAX_UPLOAD_ROWS,
        )
    found = _listed(study, sites, digest, len(not_located))
    st.session_state[_OWN] = found
    return found


def all_sites(study: Study) -> SiteList:
    """Return the municipality's sites and, below them, those uploaded in this session."""
    known, own = prepared(study), uploaded()
    if own is None:
        return known
    frame = gpd.GeoDataFrame(pd.concat([known.frame, own.frame], ignore_index=True), crs=known.frame.crs)
    columns = zip(_columns(known.places), _columns(own.places), strict=True)
    return SiteList(frame, Positions(*(np.concatenate(pair) for pair in columns)), own.digest)


def _columns(places: Positions) -> tuple[Any, Any, Any]:
    return places.edge, places.offset_m, places.leg_m


def effects(study: Study, view: View, sites: SiteList) -> Effects:
    """Return what every site means for the chosen service and person.

    What belongs to an uploaded list stays in the session; the rest is computed once for all readers.
    """
    asked = (view.person.key, view.kind.key, view.limit.value, view.limit.unit)

    def made() -> Effects:
        return profile.effects(study, view.person.key, view.kind.key, view.limit, sites.places)

    if not sites.digest:
        return study.kept(("site effects", *asked), made)
    question = (version(study), sites.digest, *asked)
    kept = st.session_state.get(_OWN_EFFECTS)
    if kept is None or kept[0] != question:
        kept = (question, made())
        st.session_state[_OWN_EFFECTS] = kept
    found: Effects = kept[1]
    return found
