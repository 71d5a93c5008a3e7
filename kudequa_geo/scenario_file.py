"""Scenarios as files, and tables of what sites cost."""

from __future__ import annotations

from pathlib import Path

from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, Scenario, from_json
from kudequa_geo.sources.text_table import cell_defects, missing_columns, numbers, read_text_table, refuse

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


def read_costs(path: Path) -> dict[str, float]:
    """Read what sites cost, in any unit: a CSV table with the columns ``site_id`` and ``cost``.

    Raises
    ------
    MissingInputError
        There is no such file.
    SourceError
        It is no such table, or names a site twice, or a cost that is no number above 0.
    """
    table = read_text_table(path, max_bytes=LARGEST_FILE_BYTES)
    refuse(path, missing_columns(("site_id", "cost"), table.columns))
    sites, costs = table["site_id"].fillna(""), numbers(table["cost"])[0]
    unclear = sites.duplicated(keep=False) | (sites == "")
    refuse(
        path,
        cell_defects("site_id", sites, unclear, "ist leer oder kommt mehrfach vor")
        + cell_defects("cost", table["cost"].fillna(""), ~(costs > 0), "ist keine Zahl über 0"),
    )
    return dict(zip(sites.tolist(), costs.tolist(), strict=True))
