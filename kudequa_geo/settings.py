"""What the tool's TOML files share: frozen models, sourced numbers, readable refusals."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import ConfigError, msg


class Frozen(BaseModel):
    """A model that cannot be changed and knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourcedNumber(Frozen):
    """A planning number as it stands in a TOML file, with its source."""

    value: float = Setting(gt=0)
    unit: str
    source: str = Setting(min_length=1)
    year: int = Setting(ge=1900, le=2100)
    url: str = ""
    assumption: bool = False

    def sourced(self) -> Sourced:
        """Return the number as the constant the rest of the tool uses."""
        return Sourced(self.value, self.unit, self.source, self.year, self.url, self.assumption)


_REASONS = {
    "extra_forbidden": "unbekannter Schlüssel",
    "missing": "fehlt",
    "float_type": "muss eine Zahl sein",
    "float_parsing": "muss eine Zahl sein",
    "int_type": "muss eine ganze Zahl sein",
    "int_parsing": "muss eine ganze Zahl sein",
    "int_from_float": "muss eine ganze Zahl sein",
    "string_type": "muss ein Text in Anführungszeichen sein",
    "path_type": "muss ein Pfad in Anführungszeichen sein",
    "bool_parsing": "muss true oder false sein",
    "bool_type": "muss true oder false sein",
    "tuple_type": "muss eine Liste in eckigen Klammern sein",
    "dict_type": "muss ein Abschnitt sein",
    "model_type": "muss ein Abschnitt sein",
    "greater_than": "muss größer als {gt:g} sein",
    "greater_than_equal": "muss mindestens {ge:g} sein",
    "less_than_equal": "darf höchstens {le:g} sein",
    "string_too_short": "darf nicht leer sein",
    "string_too_long": "ist zu lang (höchstens {max_length} Zeichen)",
    "too_short": "hat zu wenige Einträge (mindestens {min_length})",
    "literal_error": "muss {expected} sein",
    "enum": "muss {expected} sein",
    "less_than": "muss kleiner als {lt:g} sein",
    "finite_number": "muss eine endliche Zahl sein",
    "string_pattern_mismatch": "entspricht nicht dem Muster {pattern}",
    "too_long": "hat zu viele Einträge (höchstens {max_length})",
    "list_type": "muss eine Liste in eckigen Klammern sein",
    "union_tag_invalid": "„{tag}“ ist unbekannt; bekannt sind {expected_tags}",
    "union_tag_not_found": "{discriminator} fehlt",
}


def refusal(error: ValidationError, where: str, known_keys: Iterable[str]) -> ConfigError:
    """Turn a failed validation into one message that names every wrong key.

    Parameters
    ----------
    error
        What pydantic found.
    where
        The file.
    known_keys
        Keys to suggest for a mistyped one.
    """
    known = sorted(set(known_keys))
    lines = []
    for defect in error.errors():
        key = ".".join(str(part) for part in defect["loc"]) or "Datei"
        known_reason = _REASONS.get(defect["type"])
        if known_reason is None:
            reason = defect["msg"].removeprefix("Value error, ")
        else:
            reason = known_reason.format(**defect.get("ctx", {}))
        if defect["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(defect["loc"][-1]), known, n=1)
            reason += f"; gemeint ist vielleicht „{near[0]}“" if near else ""
        lines.append(f"  {key}: {reason}")
    return ConfigError(
        msg("Die Datei enthält Fehler ({count}):\n{defects}"),
        where=where,
        remedy=msg("Bitte die genannten Schlüssel berichtigen; alle Schlüssel erklärt docs/daten.md."),
        count=len(lines),
        defects="\n".join(lines),
    )
