"""What an export says of its own making: tool, data, parameters, sources; no clock of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kudequa_geo import TOOL, __version__
from kudequa_geo.constants import MODEL_NOTICE
from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.study import Study

if TYPE_CHECKING:
    from kudequa_geo.scenarios.scenario import Scenario


@dataclass(frozen=True)
class Record:
    """The run record of an export; the same inputs give the same record.

    Attributes
    ----------
    title
        What the export is.
    municipality, data_version, data_date
        Name, short hash of the prepared tables, newest date of a source (ISO 8601; empty = unknown).
    printed
        Day printed on the export; given, never taken from a clock here.
    modelled
        True where the data are a model.
    hashes
        Prepared table -> sha256.
    sources
        Each with title, date, licence, attribution, sha256.
    parameters
        What was asked.
    """

    title: str
    municipality: str
    data_version: str
    data_date: str
    printed: date
    modelled: bool
    hashes: Mapping[str, str]
    sources: list[dict[str, Any]]
    parameters: Mapping[str, Any]

    @property
    def tool(self) -> str:
        """Name and version of the tool."""
        return f"{TOOL} {__version__}"

    @property
    def short(self) -> str:
        """Short hash of the whole record: another one means another export."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:10]

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {
            "title": self.title,
            "tool": self.tool,
            "municipality": self.municipality,
            "data_version": self.data_version,
            "data_date": self.data_date,
            "printed": self.printed.isoformat(),
            "modelled": self.modelled,
            "parameters": dict(self.parameters),
            "sources": self.sources,
            "tables": dict(self.hashes),
        }

    def as_json(self) -> str:
        """Return the record as one line of JSON with sorted keys."""
        return json.dumps(self.as_dict(), ensure_ascii=False, sort_keys=True, default=str)

    def notice(self, say: Language) -> str:
        """Return the warning that the data are a model, or nothing."""
        return say(MODEL_NOTICE) if self.modelled else ""

    def source_lines(self, say: Language) -> list[str]:
        """Return one line per source: attribution or title, licence, date."""
        lines: list[str] = []
        for source in self.sources:
            parts = [source.get("attribution") or source.get("title") or ""]
            parts += [source["licence"]] if source.get("licence") else []
            if source.get("date"):
                template = msg("Datei vom {date}") if source.get("date_of") == "file" else msg("Stand {date}")
                parts.append(say(template).format(date=say.day(str(source["date"]))))
            line = ", ".join(part for part in parts if part)
            if line not in lines:
                lines.append(line)
        return lines

    def licences(self) -> str:
        """Return all licences in one line, each once."""
        return "; ".join(dict.fromkeys(str(s["licence"]) for s in self.sources if s.get("licence")))

    def attribution(self) -> str:
        """Return all attributions in one line, each once."""
        named = [s.get("attribution") or s.get("title") or "" for s in self.sources]
        return "; ".join(dict.fromkeys(filter(None, named)))


def tried(scenario: Scenario | None) -> dict[str, str]:
    """Return name and hash of a scenario as parameters of a record; nothing for the city as it is."""
    if scenario is None:
        return {}
    # Most exports try nothing.
    from kudequa_geo.scenarios.scenario import to_json

    return {"name": scenario.name, "sha256": hashlib.sha256(to_json(scenario).encode()).hexdigest()}


def record_of(study: Study, title: str, printed: date, **parameters: Any) -> Record:
    """Return the record of an export.

    Parameters
    ----------
    study
        The municipality.
    title
        What the export is.
    printed
        Day to print on it.
    parameters
        What was asked, as plain values.
    """
    package = study.package
    kept = ("title", "date", "date_of", "licence", "attribution", "sha256", "modelled")
    sources = [{key: s[key] for key in kept if s.get(key) not in (None, "")} for s in package.sources]
    dates = [str(s["date"]) for s in sources if s.get("date") and s.get("date_of") != "file"]
    hashes = {
        name.removesuffix(".parquet"): str(entry["hash"]).removeprefix("sha256:")
        for name, entry in sorted(package.resources.items())
        if name.endswith(".parquet") and name != "access.parquet"
    }
    return Record(
        title,
        study.config.name,
        package.version,
        max(dates, default=""),
        printed,
        package.modelled,
        hashes,
        sources,
        parameters,
    )
