"""Scenarios as files."""

from __future__ import annotations

from pathlib import Path

from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, Scenario, from_json

#: How the files of scenarios end.
SUFFIX = ".szenario.json"


def read_scenario(path: Path) -> Scenario:
    """Read a scenario.

    Raises
    ------
    MissingInputError
        There is no such file, or it cannot be read.
    ConfigError
        It is no scenario, too large, or holds what cannot be used.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise MissingInputError(
            msg("Das Szenario kann nicht gelesen werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte den Pfad und die Leserechte prüfen."),
            reason=error.strerror or str(error),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            msg("Die Datei ist kein Text in UTF-8."),
            where=str(path),
            remedy=msg("Bitte ein Szenario wählen, das mit diesem Programm gespeichert wurde."),
        ) from error
    return from_json(text, where=str(path))
