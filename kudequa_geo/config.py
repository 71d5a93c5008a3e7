"""One municipality is one TOML file, read into a frozen model.

A wrong key or value is refused with its full name, all of them at once.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import pyproj
from pydantic import BaseModel, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic import Field as Setting

from kudequa_geo import constants
from kudequa_geo.constants import PERSONS, Person
from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.kinds import Kind, Limit, load_kinds
from kudequa_geo.settings import Frozen, SourcedNumber, refusal

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class Speed(SourcedNumber):
    """A walking speed."""

    value: float = Setting(gt=0, le=10)
    unit: Literal["km/h"] = "km/h"


class OsmSource(Frozen):
    """The OSM extract and its licence."""

    file: Path
    licence: str = "ODbL 1.0"
    attribution: str = "© OpenStreetMap contributors"
    date: dt.date | None = None


class Area(Frozen):
    """The study area, told in exactly one way."""

    osm_relation: int | None = Setting(default=None, gt=0)
    polygon: Path | None = None
    bbox: tuple[float, float, float, float] | None = None
    districts: tuple[str, ...] | None = Setting(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name, value in self if value is not None]
        if len(given) != 1:
            raise ValueError("genau eine Angabe von osm_relation, polygon, bbox, districts ist nötig")
        return self

    @field_validator("bbox")
    @classmethod
    def _ordered(cls, box: tuple[float, float, float, float] | None) -> tuple[float, ...] | None:
        if box is None:
            return box
        west, south, east, north = box
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("erwartet wird [West, Süd, Ost, Nord] in Grad")
        return box


class Districts(Frozen):
    """Where the districts come from: a file with named columns, or boundaries in the extract."""

    file: Path | None = None
    layer: str | None = None
    crs: str | None = None
    id_column: str = "district_id"
    name_column: str = "name"
    parent_column: str | None = None
    population_column: str | None = None
    osm_admin_level: int | None = Setting(default=None, ge=6, le=12)
    licence: str = ""
    attribution: str = ""
    date: dt.date | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.file is None) == (self.osm_admin_level is None):
            raise ValueError("genau eine Angabe von file, osm_admin_level ist nötig")
        return self


class Population(Frozen):
    """Where the residents come from: the districts file, a table by district, a grid, or one total."""

    total: float | None = Setting(default=None, gt=0)
    table: Path | None = None
    id_column: str = "district_id"
    columns: dict[str, str] = Setting(default_factory=dict)
    grid: Path | None = None
    x_column: str = "x"
    y_column: str = "y"
    value_column: str = "residents"
    grid_crs: str = "EPSG:3035"
    cell_m: float = Setting(default=100, gt=0)
    missing: float | None = -1
    from_districts: bool = False
    year: int | None = Setting(default=None, ge=1900, le=2100)
    source: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.total is not None, self.table is not None, self.grid is not None, self.from_districts]
        if sum(ways) != 1:
            raise ValueError("genau eine Angabe von total, table, grid, from_districts ist nötig")
        return self


class Persons(Frozen):
    """Which persons are calculated, and speeds that differ from the defaults."""

    use: tuple[str, ...] = tuple(PERSONS)
    speed: dict[str, Speed] = Setting(default_factory=dict)

    @field_validator("use", "speed")
    @classmethod
    def _known(cls, given: Any) -> Any:
        for key in given:
            if key not in PERSONS:
                raise ValueError(f"unbekannte Person „{key}“; bekannt sind {', '.join(PERSONS)}")
        return given


class Sites(Frozen):
    """Sites beside those in the extract: prepared files, the city's own list, and notes on its labs."""

    files: tuple[Path, ...] = ()
    own: Path | None = None
    labs: Path | None = None


class Operator(Frozen):
    """Who runs the tool here: contact and enforcement body of the statement on accessibility."""

    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = Setting(default="", pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
    reviewed: dt.date | None = None
    enforcement: str = ""
    enforcement_url: str = Setting(default="", pattern=r"^$|^https?://\S+$")


class Model(Frozen):
    """How the model data set of this municipality is made, where one is."""

    seed: int = Setting(ge=0)
    facts: Path


class Municipality(Frozen):
    """Everything the tool must be told about a municipality.

    Paths are absolute after loading; in the file they are relative to it.
    """

    key: str
    path: Path
    name: str = Setting(min_length=1, max_length=120)
    crs: str = constants.DEFAULT_CRS
    margin_m: float = Setting(default=constants.MARGIN_M.value, ge=0, le=20_000)
    osm: OsmSource
    area: Area
    districts: Districts | None = None
    population: Population | None = None
    persons: Persons = Persons()
    limits: dict[str, Limit] = Setting(default_factory=dict)
    services: tuple[str, ...] | None = None
    sites: Sites = Sites()
    operator: Operator | None = None
    model: Model | None = None

    @field_validator("crs")
    @classmethod
    def _metric(cls, crs: str) -> str:
        try:
            parsed = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError as error:
            raise ValueError(f"„{crs}“ ist kein Koordinatensystem, z. B. EPSG:25832") from error
        if not parsed.is_projected or {axis.unit_name for axis in parsed.axis_info} != {"metre"}:
            raise ValueError(f"„{crs}“ rechnet nicht in Metern; gebraucht wird z. B. EPSG:25832")
        return crs

    @field_validator("limits", "services")
    @classmethod
    def _known_kinds(cls, given: Any, info: ValidationInfo) -> Any:
        known = load_kinds()
        for key in given or ():
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; gemeint ist vielleicht „{near[0]}“" if near else ""
                raise ValueError(f"unbekannter Dienst „{key}“ in {info.field_name}{hint}")
        return given

    @model_validator(mode="after")
    def _area_has_districts(self) -> Self:
        if self.area.districts is not None and self.districts is None:
            raise ValueError("area.districts braucht den Abschnitt [districts]")
        if self.population and self.population.from_districts:
            columns = self.districts and (self.districts.population_column or self.districts.osm_admin_level)
            if not columns:
                raise ValueError("population.from_districts braucht districts.population_column")
        if self.population and self.population.table is not None:
            if self.districts is None:
                raise ValueError("population.table braucht den Abschnitt [districts]")
            if "residents" not in self.population.columns:
                raise ValueError("population.columns muss „residents“ nennen")
        return self

    def people(self) -> dict[str, Person]:
        """Return the persons to calculate, with this municipality's speeds."""
        speeds = {key: speed.sourced() for key, speed in self.persons.speed.items()}
        return {
            key: replace(PERSONS[key], speed_kmh=speeds.get(key, PERSONS[key].speed_kmh))
            for key in self.persons.use
        }

    def kinds(self) -> list[Kind]:
        """Return the kinds of place to calculate, with this municipality's limits."""
        known = load_kinds()
        return [
            kind.model_copy(update={"limit": self.limits.get(kind.key, kind.limit)})
            for kind in known.values()
            if self.services is None or kind.key in self.services
        ]


def slug(name: str) -> str:
    """Return a name as a safe file name: lower case letters, digits and hyphens."""
    for umlaut, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        name = name.lower().replace(umlaut, letters)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def find_municipality(name_or_toml: str, data_dir: Path) -> Path:
    """Return the TOML file that a name or a path means.

    A name is looked up in ``data_dir/municipalities``.

    Raises
    ------
    MissingInputError
        Naming the municipalities there are.
    """
    given = Path(name_or_toml)
    if given.suffix == ".toml":
        if given.is_file():
            return given.resolve()
        raise MissingInputError(
            msg("Die Datei der Gemeinde gibt es nicht."),
            where=str(given),
            remedy=msg("Bitte den Pfad prüfen oder mit „init“ eine Datei anlegen."),
        )
    folder = data_dir / "municipalities"
    path = folder / f"{slug(name_or_toml)}.toml"
    if path.is_file():
        return path.resolve()
    known = sorted(file.stem for file in folder.glob("*.toml"))
    raise MissingInputError(
        msg("Eine Gemeinde „{name}“ ist nicht eingerichtet; vorhanden: {known}."),
        where=str(folder),
        remedy=msg("Bitte den Namen prüfen oder mit „init --name … --osm …“ eine Datei anlegen."),
        name=name_or_toml,
        known=", ".join(known) or "–",
    )


def load_municipality(name_or_toml: str, data_dir: Path) -> Municipality:
    """Read and validate a municipality's file.

    Parameters
    ----------
    name_or_toml
        Name, or path of a ``.toml`` file.
    data_dir
        Folder that holds ``municipalities/``.

    Raises
    ------
    MissingInputError
        No such municipality.
    ConfigError
        Not TOML, or keys or values that cannot be used; all of them are named.
    """
    path = find_municipality(name_or_toml, data_dir)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            msg("Die Datei der Gemeinde ist kein gültiges TOML: {reason}"),
            where=str(path),
            remedy=msg("Bitte die genannte Stelle berichtigen."),
            reason=str(error),
        ) from error
    for own in ("key", "path"):
        if own in raw:
            raise ConfigError(
                msg("„{key}“ wird aus dem Dateinamen gebildet und darf nicht in der Datei stehen."),
                where=str(path),
                remedy=msg("Bitte die Zeile streichen."),
                key=own,
            )
    key = slug(path.stem)
    if not key:
        raise ConfigError(
            msg("Aus dem Dateinamen lässt sich kein Kurzname bilden."),
            where=str(path),
            remedy=msg("Bitte die Datei mit Buchstaben oder Ziffern benennen."),
        )
    try:
        municipality = Municipality.model_validate({**raw, "key": key, "path": path})
    except ValidationError as error:
        raise refusal(error, str(path), _known_keys()) from error
    return _absolute(municipality, path.parent)


def _absolute(model: _ModelT, folder: Path) -> _ModelT:
    """Return the model with every path in it made absolute against a folder."""
    changed: dict[str, Any] = {}
    for name, value in model:
        if isinstance(value, BaseModel):
            changed[name] = _absolute(value, folder)
        elif isinstance(value, Path):
            changed[name] = (folder / value.expanduser()).resolve()
        elif isinstance(value, tuple) and value and isinstance(value[0], Path):
            changed[name] = tuple((folder / path.expanduser()).resolve() for path in value)
    return model.model_copy(update=changed)


def _known_keys() -> set[str]:
    models: list[type[BaseModel]] = [
        Municipality,
        OsmSource,
        Area,
        Districts,
        Population,
        Persons,
        Sites,
        Operator,
        Model,
        Limit,
        Speed,
    ]
    return {name for model in models for name in model.model_fields}
