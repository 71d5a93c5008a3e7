"""Neighbourhood labs: what is known of each and what has been tried there, every fact with its source."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field as Setting
from pydantic import ValidationError, field_validator

from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.language import SOURCE
from kudequa_geo.settings import Frozen, refusal

#: Larger files are no notes.
MAX_BYTES = 1_000_000


class Fact(Frozen):
    """One fact about a lab or its quarter.

    Attributes
    ----------
    about
        ``quarter`` (what it is like), ``tried`` (what was done) or ``wish`` (what residents asked for).
    text
        Language -> text; German must be there, another language falls back to it.
    kinds
        Kinds of place a wish is about, to be compared with today.
    source, url, year
        Public page the fact stands on.
    """

    about: Literal["quarter", "tried", "wish"]
    text: dict[Literal["de", "en", "tr"], str]
    kinds: tuple[str, ...] = ()
    source: str = Setting(min_length=1)
    url: str = Setting(pattern=r"^https?://\S+$", max_length=500)
    year: int = Setting(ge=1900, le=2100)

    @field_validator("text")
    @classmethod
    def _german(cls, text: dict[str, str]) -> dict[str, str]:
        if not text.get(SOURCE, "").strip():
            raise ValueError("der deutsche Text fehlt")
        return text

    def said(self, language: str) -> str:
        """Return the text in a language, else in German."""
        for key, words in self.text.items():
            if key == language and words:
                return words
        return self.text["de"]


class Lab(Frozen):
    """A neighbourhood lab: its quarter, its sites and the facts about it.

    Attributes
    ----------
    key, name
        Identifier for the address of the page, and the quarter's name.
    district
        ``district_id`` of the quarter; empty = the catchment of the lab alone is shown.
    sites
        ``site_id`` of its places, the main one first.
    fact
        Facts in the order they are shown.
    """

    key: str = Setting(pattern=r"^[a-z0-9-]+$")
    name: str = Setting(min_length=1, max_length=120)
    district: str = ""
    sites: tuple[str, ...] = ()
    fact: tuple[Fact, ...] = ()


class _File(Frozen):
    lab: tuple[Lab, ...] = Setting(min_length=1)

    @field_validator("lab")
    @classmethod
    def _once(cls, labs: tuple[Lab, ...]) -> tuple[Lab, ...]:
        keys = [lab.key for lab in labs]
        if len(set(keys)) < len(keys):
            raise ValueError("zwei Labore haben denselben key")
        return labs


def read_labs(path: Path) -> tuple[Lab, ...]:
    """Read the notes on a municipality's labs.

    Raises
    ------
    MissingInputError
        No such file.
    ConfigError
        Not TOML, too large, or keys or values that cannot be used; all of them are named.
    """
    if not path.is_file():
        raise MissingInputError(
            msg("Die Datei mit den Quartierslaboren gibt es nicht."),
            where=str(path),
            remedy=msg("Bitte den Pfad bei sites.labs in der Datei der Gemeinde prüfen."),
        )
    raw = path.read_bytes()
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError(f"{len(raw)} Bytes, höchstens {MAX_BYTES}")
        return _File.model_validate(tomllib.loads(raw.decode("utf-8"))).lab
    except ValidationError as error:
        known = [*_File.model_fields, *Lab.model_fields, *Fact.model_fields]
        raise refusal(error, str(path), known) from error
    except ValueError as error:
        raise ConfigError(
            msg("Die Datei mit den Quartierslaboren ist kein gültiges TOML: {reason}"),
            where=str(path),
            remedy=msg("Bitte die genannte Stelle berichtigen."),
            reason=str(error),
        ) from error
