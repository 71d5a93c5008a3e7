"""Earlier states of a municipality's data: kept aside, listed, read, and matched with another one.

``states/<name>/`` in the municipality's folder holds the tables, the report and the tiles of an earlier
``prepare`` with a package file of its own. Results are left out: they follow from the tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo import schema, store
from kudequa_geo.config import Municipality, slug
from kudequa_geo.constants import SAME_BUILDING_M
from kudequa_geo.errors import ConfigError, KudequaError, StoreError, msg
from kudequa_geo.store import DataPackage
from kudequa_geo.study import Study, read_study

FOLDER = "states"
#: What a state keeps: what ``prepare`` has written, not what ``analyse`` has added.
_KEPT = (".parquet", ".pmtiles", ".json")


@dataclass(frozen=True)
class State:
    """A state that has been kept.

    Attributes
    ----------
    name
        What it is called, also its folder.
    package
        What it says of itself; None = that cannot be read.
    """

    name: str
    package: DataPackage | None

    @property
    def day(self) -> str:
        """ISO date of its OpenStreetMap data, else of its preparation; empty = unknown."""
        return "" if self.package is None else day_of(self.package)


def day_of(package: DataPackage) -> str:
    """Return the ISO date of the first source, the extract; where it has none, of the preparation."""
    told = next((str(source["date"]) for source in package.sources[:1] if source.get("date")), "")
    return told or package.created[:10]


def require_free(folder: Path, name: str) -> None:
    """Refuse to keep the present state under a name that cannot be used, or where there is none.

    Raises
    ------
    ConfigError
        The name is taken, or holds what a folder's name must not.
    MissingInputError
        Nothing has been prepared yet.
    """
    if not name or slug(name) != name:
        raise ConfigError(
            msg("„{name}“ kann kein Name eines Standes sein."),
            remedy=msg("Bitte Kleinbuchstaben, Ziffern und Bindestriche verwenden, etwa „{proposal}“."),
            name=name,
            proposal=slug(name) or "2024",
        )
    if (folder / FOLDER / name).exists():
        raise ConfigError(
            msg("Einen Stand „{name}“ gibt es schon."),
            where=str(folder / FOLDER / name),
            remedy=msg("Bitte einen anderen Namen wählen oder diesen Ordner löschen."),
            name=name,
        )
    store.read_package(folder)


def keep(folder: Path, name: str) -> Path:
    """Keep the present tables of a municipality's folder under a name; return where they are.

    Raises
    ------
    ConfigError, MissingInputError, StoreError
        As :func:`require_free`; or a file cannot be copied, and nothing has been kept then.
    """
    require_free(folder, name)
    package = store.read_package(folder)
    target = folder / FOLDER / name
    with store.writing(target, package) as stage:
        for file_name, entry in package.resources.items():
            if file_name.endswith(_KEPT) and file_name != "access.parquet":
                stage.copy(folder / file_name, entry.get("rows"))
    return target


@contextmanager
def kept_aside(folder: Path, name: str | None) -> Iterator[None]:
    """Keep the present tables under a name while others are written in their place.

    Where writing fails the new state goes again: the present tables are still the present ones, and the same
    command must not find its name taken.

    Parameters
    ----------
    folder
        The municipality's folder.
    name
        Name of the state; None = nothing is kept.

    Raises
    ------
    ConfigError, MissingInputError, StoreError
        As :func:`keep`, before anything is written.
    """
    target = None if name is None else keep(folder, name)
    try:
        yield
    except BaseException:
        if target is not None:
            shutil.rmtree(target, ignore_errors=True)
        raise


def listed(folder: Path) -> list[State]:
    """Return the states that are kept, the latest data first; unreadable ones last."""
    return sorted(_found(folder), key=lambda state: (state.day, state.name), reverse=True)


def _found(folder: Path) -> Iterator[State]:
    # A hidden folder is one in the making.
    for path in (folder / FOLDER).glob("[!.]*/"):
        if not any(path.iterdir()):
            continue
        try:
            yield State(path.name, store.read_package(path))
        except KudequaError:
            yield State(path.name, None)


def load_state(config: Municipality, folder: Path, name: str) -> Study:
    """Read a state as the municipality is configured now: the same services, persons and limits.

    Parameters
    ----------
    config
        The municipality.
    folder
        Its folder.
    name
        Name of the state.

    Raises
    ------
    StoreError
        A file is missing or damaged, or the state belongs to another municipality.
    """
    place = folder / FOLDER / name
    try:
        study = read_study(config, place)
        for table, frame in study.tables.items():
            schema.validate(table, frame, where=table)
        _require_same(config, study, folder, name)
    except StoreError as error:
        if error.where == str(place):
            raise
        raise _unreadable(name, place, error.lines()[0]) from error
    except KudequaError as error:
        raise _unreadable(name, place, error.lines()[0]) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # Tables that contradict each other break where the network is built from them.
        raise _unreadable(name, place, f"{type(error).__name__}: {error}"[:200]) from error
    study.state = name
    return study


def _unreadable(name: str, place: Path, reason: str) -> StoreError:
    return StoreError(
        msg("Der Stand „{name}“ ist nicht lesbar: {reason}"),
        where=str(place),
        remedy=msg("Bitte einen anderen Stand wählen und diesen Ordner löschen oder ersetzen."),
        name=name,
        reason=reason,
    )


def _require_same(config: Municipality, state: Study, folder: Path, name: str) -> None:
    areas = [state.tables["area"], store.read_table(folder, "area")]
    apart = areas[0].crs != areas[1].crs or not areas[0].union_all().intersects(areas[1].union_all())
    if apart or state.package.title != config.name:
        raise StoreError(
            msg("Der Stand „{name}“ gehört zu einer anderen Gemeinde: {title}."),
            where=str(folder / FOLDER / name),
            remedy=msg("Bitte einen anderen Stand wählen und diesen Ordner löschen oder ersetzen."),
            name=name,
            title=state.package.title,
        )


def match_buildings(buildings: Any, others: Any) -> NDArray[np.int64]:
    """Find each building in another state of the data.

    The id has to be the same, and the place too: an id can be given to another building.

    Parameters
    ----------
    buildings, others
        Two tables ``buildings`` in the same metric CRS.

    Returns
    -------
    numpy.ndarray
        Rows of ``others``, one per row of ``buildings``; -1 = not there.
    """
    rows = pd.Index(others["building_id"]).get_indexer(pd.Index(buildings["building_id"]))
    found: NDArray[np.int64] = rows.astype(np.int64)
    here = np.flatnonzero(found >= 0)
    middles = [
        shapely.centroid(frame.geometry.to_numpy()[at])
        for frame, at in ((buildings, here), (others, found[here]))
    ]
    found[here[shapely.distance(*middles) > SAME_BUILDING_M.value]] = -1
    return found
