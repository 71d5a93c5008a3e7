"""The municipality shown, read once for all readers, and its tiles where the browser can fetch them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import shapely
import streamlit as st

from kudequa_geo import constants, states, store
from kudequa_geo.config import Municipality, load_municipality
from kudequa_geo.errors import MissingInputError, StoreError, msg
from kudequa_geo.maps import assets, basemap
from kudequa_geo.states import State
from kudequa_geo.study import Study, load_study

ROOT = Path(__file__).parents[2]
STATIC = assets.FOLDER


def data_dir() -> Path:
    """Return the folder of all municipalities' data."""
    return Path(os.environ.get("KUDEQUA_DATA_DIR", ROOT / "data"))


def municipality() -> Municipality:
    """Return the municipality to show.

    Raises
    ------
    MissingInputError, ConfigError
        It is not set up, or wrongly.
    """
    chosen = os.environ.get("KUDEQUA_MUNICIPALITY", constants.DEFAULT_MUNICIPALITY)
    return load_municipality(chosen, data_dir())


def study() -> Study:
    """Return the prepared municipality; the same object for all readers until its tables change.

    Raises
    ------
    MissingInputError, StoreError, ConfigError
        Nothing is prepared, or something is damaged.
    """
    config = municipality()
    package = store.read_package(data_dir() / config.key)
    return _study(config.key, f"{package.created} {package.version}", config.path.stat().st_mtime_ns, config)


@st.cache_resource(max_entries=2, show_spinner=False)
def _study(key: str, version: str, config_version: int, _config: Municipality) -> Study:  # noqa: ARG001
    return load_study(_config, data_dir())


def kept_states() -> list[State]:
    """Return the earlier states that are kept of the municipality shown."""
    return states.listed(data_dir() / municipality().key)


def state_study(name: str) -> Study:
    """Return an earlier state; the same object for all readers until its tables change.

    Raises
    ------
    StoreError
        It cannot be read, or belongs to another municipality.
    """
    config = municipality()
    package = next((each.package for each in kept_states() if each.name == name), None)
    version = f"{package.created} {package.version}" if package else ""
    return _state(config.key, name, version, config.path.stat().st_mtime_ns, config)


@st.cache_resource(max_entries=2, show_spinner=False)
def _state(key: str, name: str, version: str, config_version: int, _config: Municipality) -> Study:  # noqa: ARG001
    return states.load_state(_config, data_dir() / _config.key, name)


def tile_urls(folder: Path, key: str) -> dict[str, str]:
    """Return the browser's address of each tile set, after placing it in the static folder.

    Parameters
    ----------
    folder
        The municipality's folder with the tile files.
    key
        The municipality's key.

    Raises
    ------
    MissingInputError
        The tiles have not been prepared.
    StoreError
        The static folder cannot be written.
    """
    lacking = basemap.missing(folder)
    if lacking:
        raise MissingInputError(
            msg("Die Kartenkacheln fehlen: {files}"),
            where=str(folder),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            files=", ".join(lacking),
            key=key,
        )
    urls = {}
    prefix = tile_prefix(folder, key)
    for tiles in basemap.TILE_SETS:
        stamp = (folder / tiles.file_name).stat().st_mtime_ns
        name = f"{prefix}-{tiles.name}-{stamp:x}.pmtiles"
        _publish(folder / tiles.file_name, STATIC / "tiles" / name, f"{prefix}-{tiles.name}-*.pmtiles")
        urls[tiles.name] = f"{assets.STATIC}/tiles/{name}"
    return urls


def tile_prefix(folder: Path, key: str) -> str:
    """Return what the served tiles of a folder are called.

    Two data folders with a municipality of one name, served side by side, must not remove each other's.
    """
    where = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    return f"{key}-{where}"


def _publish(source: Path, target: Path, older: str) -> None:
    if target.exists():
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, beside)
        except OSError:
            shutil.copyfile(source, beside)
        beside.replace(target)
    except OSError as error:
        raise StoreError(
            msg("Die Kartenkacheln konnten nicht bereitgestellt werden: {reason}"),
            where=str(target.parent),
            remedy=msg("Bitte Schreibrechte und freien Speicherplatz prüfen."),
            reason=error.strerror or str(error),
        ) from error
    for path in target.parent.glob(older):
        if path != target:
            with contextlib.suppress(OSError):
                path.unlink()


def urls_of(shown: Study) -> dict[str, str]:
    """Return the addresses of a study's tiles."""
    folder = data_dir() / shown.config.key
    return tile_urls(folder / states.FOLDER / shown.state if shown.state else folder, shown.config.key)


@st.cache_resource(max_entries=2, show_spinner=False)
def _tree(key: str, version: str, _study: Study) -> shapely.STRtree:  # noqa: ARG001
    return shapely.STRtree(_study.tables["buildings"].geometry.to_numpy())


def building_tree(shown: Study) -> shapely.STRtree:
    """Return the search tree over a study's buildings."""
    return _tree(shown.config.key, f"{shown.package.created} {shown.package.version}", shown)
