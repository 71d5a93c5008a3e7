"""What preparing left out, merged or could not connect: counted, listed, and told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from kudequa_geo.errors import msg

#: How many lines of a list are printed; the stored report holds them all.
_SHOWN = 5


@dataclass
class Report:
    """The report of one run of ``prepare``.

    Attributes
    ----------
    counts
        Section -> name -> number.
    lists
        Name -> rows, each a flat mapping of texts and numbers; those with a label are printed.
    notes
        Sentences a planner should read before using the data.
    """

    counts: dict[str, dict[str, float]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Return the whole report; the same input gives the same text."""
        whole = {"counts": self.counts, "lists": self.lists, "notes": self.notes}
        return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def as_text(self) -> str:
        """Return the report in German, long lists cut."""
        lines = []
        for section, counts in self.counts.items():
            shown = ", ".join(f"{LABELS.get(name, name)} {_number(value)}" for name, value in counts.items())
            lines.append(f"{LABELS.get(section, section)}: {shown}")
        for name, rows in self.lists.items():
            if not rows or name not in LABELS:
                continue
            lines.append(f"{LABELS[name]} ({len(rows)}):")
            lines += ["  " + ", ".join(_text(value) for value in row.values()) for row in rows[:_SHOWN]]
            if len(rows) > _SHOWN:
                lines.append(f"  … und {len(rows) - _SHOWN} weitere (report.json)")
        return "\n".join(lines + [f"Hinweis: {note}" for note in self.notes])


LABELS = {
    "extract": msg("OSM-Auszug"),
    "network": msg("Wegenetz"),
    "places": msg("Orte"),
    "buildings": msg("Wohngebäude"),
    "districts": msg("Bezirke"),
    "sites": msg("Flächen"),
    "islands": msg("Netzinseln"),
    "places_merged": msg("Zusammengefasste Orte"),
    "places_not_connected": msg("Nicht angebundene Orte"),
    "buildings_not_connected": msg("Nicht angebundene Wohngebäude"),
    "residents_not_placed": msg("Nicht verortete Einwohner"),
    "sites_not_connected": msg("Nicht angebundene Flächen"),
    "sites_not_located": msg("Nicht verortete eigene Flächen"),
    "highways": msg("Wege"),
    "vertices": msg("Punkte"),
    "features": msg("Objekte"),
    "boundaries": msg("Grenzen"),
    "incomplete_boundaries": msg("unvollständige Grenzen"),
    "incomplete_areas": msg("unvollständige Flächen"),
    "repaired_areas": msg("reparierte Flächen"),
    "split_ways": msg("am Rand geteilte Wege"),
    "lost_ways": msg("Wege ohne brauchbare Geometrie"),
    "nodes": msg("Knoten"),
    "edges": msg("Kanten"),
    "walkable_km": msg("begehbare km"),
    "components": msg("getrennte Teile"),
    "not_connected": msg("nicht angebunden"),
    "total": msg("insgesamt"),
    "closed": msg("geschlossen"),
    "merged": msg("zusammengefasst"),
    "residents": msg("Einwohner"),
    "residents_not_connected": msg("Einwohner nicht angebunden"),
    "partly_inside": msg("teils im Gebiet"),
}


def _number(value: float) -> str:
    text = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.1f}"
    return text.replace(",", " ").replace(".", ",")


def _text(value: Any) -> str:
    return (
        _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)[:80]
    )
