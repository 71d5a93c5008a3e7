"""A model data set where real data cannot be had: real facts, and marked inventions between them."""

from __future__ import annotations

from pathlib import Path

from kudequa_geo.config import Municipality
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.model.build import build_model, draft_model
from kudequa_geo.model.derive import derive_facts
from kudequa_geo.model.extract import write_extract, write_figures
from kudequa_geo.model.facts import read_facts, write_facts
from kudequa_geo.progress import Progress, silent

__all__ = ["build"]


def build(config: Municipality, *, raw: Path | None = None, progress: Progress = silent) -> Path:
    """Build the model extract of a municipality.

    Parameters
    ----------
    config
        The municipality; ``model.seed`` and ``model.facts`` say how, ``osm.file`` where to.
    raw
        Folder of the raw open data: the facts are derived from it first. None = take the facts as they are.
    progress
        Called with each step.

    Returns
    -------
    pathlib.Path
        The extract written; its figures lie beside it (``model.json`` beside ``model.osm.pbf``).

    Raises
    ------
    ConfigError
        The municipality has no model, or its area is not told by districts.
    MissingInputError, SourceError
        Facts or raw data are missing or damaged.
    StoreError
        The extract cannot be written.
    """
    if config.model is None or config.area.districts is None:
        raise ConfigError(
            msg("Für diese Gemeinde ist kein Modell vorgesehen."),
            where=str(config.path),
            remedy=msg("Nötig sind der Abschnitt [model] und area.districts."),
        )
    if raw is not None:
        write_facts(
            derive_facts(raw, config.area.districts, config.crs, progress=progress), config.model.facts
        )
    facts = read_facts(config.model.facts, config.crs)
    built = build_model(facts, config.area.districts, config.margin_m, config.model.seed, progress=progress)
    progress(msg("OSM-Auszug schreiben"), 0.95)
    write_extract(draft_model(facts, built, config.model.seed), config.osm.file, config.crs)
    write_figures(built.figures, config.osm.file.with_suffix("").with_suffix(".json"))
    return config.osm.file
