"""The commands of scenarios: run one and write what it brings; suggest where new places help most."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kudequa_geo import constants
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.terminal import DATA_DIR, Bar, DataDirOption, Group, MunicipalityOption, command

if TYPE_CHECKING:
    import pandas as pd

    from kudequa_geo.scenarios.candidates import Candidates
    from kudequa_geo.scenarios.scenario import Scenario
    from kudequa_geo.scenarios.siting import Suggestion
    from kudequa_geo.scenarios.task import Model, Task
    from kudequa_geo.study import Study

app = typer.Typer(
    cls=Group, help="Was wäre, wenn: Szenarien rechnen.", no_args_is_help=True, rich_markup_mode=None
)

OutOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="ORDNER", help="Wohin; wird angelegt, wo er fehlt.")
]


@command(app, "run")
def run(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="Szenario (JSON).", show_default=False)],
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    person: Annotated[
        list[str] | None,
        typer.Option("--person", "-p", help="Schlüssel der Person; mehrfach möglich. Vorgabe: adult."),
    ] = None,
    out: OutOption = Path("szenario"),
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Ein Szenario rechnen: wer gewinnt, wer verliert, als CSV und GeoJSON."""
    from kudequa_geo.results.today import today
    from kudequa_geo.scenario_file import read_scenario
    from kudequa_geo.scenarios.applying import apply
    from kudequa_geo.scenarios.outcome import evaluate
    from kudequa_geo.scenarios.results import changed_walks, scenario_tables

    scenario = read_scenario(file)
    persons = list(dict.fromkeys(person or ["adult"]))
    with Bar() as bar:
        bar("Tabellen werden gelesen", 0.0)
        study = _opened(municipality, data_dir)
        bar("Szenario wird gerechnet", 0.3)
        present = today(study)
        before, after = evaluate(present, persons), evaluate(apply(present.base, scenario), persons)
        tables = scenario_tables(before, after)
        bar("Dateien werden geschrieben", 0.8)
        contents = _contents(
            study,
            {**tables, "differences": changed_walks(before, after)},
            scenario.name,
            persons=persons,
            scenario=scenario.model_dump(mode="json", exclude_none=True),
        )
    _write(out, contents)
    for line in _told(study, scenario, tables["effects"]):
        typer.echo(line)
    typer.echo(f"Geschrieben: {len(contents)} Dateien in {out}")


def suggest(  # noqa: PLR0913 - every option of a command is a parameter
    service: Annotated[
        str, typer.Option("--service", "-s", help="Schlüssel des Dienstes, z. B. supermarket.")
    ],
    number: Annotated[
        int | None,
        typer.Option("--number", "-n", help="Wie viele neue Orte; mit --budget und --goal all freiwillig."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", help="Was sie zusammen kosten dürfen, in der Einheit von --costs."),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option("--costs", metavar="DATEI", help="Kosten der Standorte: CSV mit site_id und cost."),
    ] = None,
    capacity: Annotated[
        float | None, typer.Option("--capacity", metavar="MENSCHEN", help="Wie viele ein Ort versorgen kann.")
    ] = None,
    candidates: Annotated[
        str, typer.Option("--candidates", help="Standorte: brownfield, vacancy, lab, building; mit Komma.")
    ] = "vacancy,brownfield",
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    person: Annotated[
        str, typer.Option("--person", "-p", help="Schlüssel der Person, z. B. adult.")
    ] = "adult",
    goal: Annotated[
        str,
        typer.Option(
            "--goal",
            help="coverage: viele unter die Grenze; distance: kurze Wege; all: alle mit wenigen Orten.",
        ),
    ] = "coverage",
    share: Annotated[
        float, typer.Option("--share", help="Bei --goal all: Anteil der Erreichbaren, über 0 bis 1.")
    ] = 1.0,
    apart: Annotated[
        float, typer.Option("--apart", metavar="METER", help="Mindestabstand der Orte, Luftlinie.")
    ] = 0.0,
    why_not: Annotated[
        str, typer.Option("--why-not", metavar="KENNUNG", help="Warum diese Fläche nicht dabei ist.")
    ] = "",
    out: OutOption = Path("vorschlag"),
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Vorschlagen, auf welchen Flächen neue Orte am meisten bringen."""
    from kudequa_geo.export.question import ask
    from kudequa_geo.results.today import today
    from kudequa_geo.scenario_file import SUFFIX, read_costs
    from kudequa_geo.scenarios import siting
    from kudequa_geo.scenarios.candidates import candidates_of
    from kudequa_geo.scenarios.results import suggestion_table
    from kudequa_geo.scenarios.scenario import to_json
    from kudequa_geo.scenarios.task import Terms

    model = _model(goal)
    kinds = [word.strip() for word in candidates.split(",") if word.strip()]
    terms = Terms(clock=time.monotonic)
    bounds: dict[str, Any] = {"number": number, "budget": budget, "capacity": capacity, "share": share}
    wish = siting.Wish(model=model, costs=read_costs(costs) if costs else {}, apart_m=apart, **bounds)
    with Bar() as bar:
        bar("Tabellen werden gelesen", 0.0)
        study = _opened(municipality, data_dir)
        asked = ask(study, service, person)
        bar("Standorte werden verglichen", 0.3)
        present = today(study)
        spots = candidates_of(present, kinds)
        task = siting.question(present, service, person, spots, wish)
        best = siting.suggest(task, terms)
        other = siting.second_best(task, best, terms)
    found = [best] if other is None else [best, other]
    parameters = {**asked.parameters(), **bounds, "candidates": kinds, "goal": goal, "apart_m": apart}
    contents = _contents(
        study, {"suggestion": suggestion_table(task, found, spots)}, "Vorschlag", **parameters
    )
    proposed = siting.as_scenario(best, spots, service, f"Vorschlag {asked.kind.label}")
    placed = proposed.model_copy(update={"municipality": study.config.key, "crs": present.base.crs})
    contents[f"suggestion{SUFFIX}"] = to_json(placed)
    said = _suggested(task, found, spots)
    if why_not:
        names = dict(zip(spots.keys, spots.names, strict=True))
        sentence = siting.why_not(task, best, why_not, names.get(why_not, why_not), terms)
        said.append(sentence.fill())
    _write(out, contents)
    for line in said:
        typer.echo(line)
    typer.echo(f"Geschrieben: {len(contents)} Dateien in {out}")


def _model(goal: str) -> Model:
    from kudequa_geo.scenarios.task import Model

    known = [model.value for model in Model]
    if goal not in known:
        raise ConfigError(
            msg("Das Ziel „{goal}“ gibt es nicht; vorhanden: {known}."), goal=goal, known=", ".join(known)
        )
    return Model(goal)


def _opened(municipality: str, data_dir: Path) -> Study:
    from kudequa_geo.config import load_municipality
    from kudequa_geo.study import load_study

    return load_study(load_municipality(municipality, data_dir), data_dir)


def _contents(
    study: Study, tables: Mapping[str, pd.DataFrame], title: str, **parameters: Any
) -> dict[str, str]:
    """Return the text of each file by its name: every table as CSV, those with a geometry as GeoJSON too."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    from kudequa_geo.constants import MODEL_NOTICE
    from kudequa_geo.export.delimited import Notation, delimited
    from kudequa_geo.export.edition import printing_day
    from kudequa_geo.export.geofile import geojson
    from kudequa_geo.export.record import record_of
    from kudequa_geo.export.tables import Column, Table
    from kudequa_geo.language import Language

    notice = MODEL_NOTICE if study.package.modelled else ""
    record = record_of(study, title, printing_day(), notice=notice, **parameters)
    contents = {}
    for key, given in tables.items():
        frame = given.assign(notice=notice) if notice else given
        columns = tuple(
            Column(name, name, digits=0 if is_numeric_dtype(values) and not is_bool_dtype(values) else -1)
            for name, values in frame.items()
            if name != "geometry"
        )
        table = Table(key, key, frame, columns)
        contents[f"{key}.csv"] = delimited(table, record, Language(), Notation.INTERNATIONAL).decode()
        if "geometry" in frame:
            contents[f"{key}.geojson"] = geojson(table, record, Language()).decode()
    return contents


def _write(folder: Path, contents: Mapping[str, str]) -> None:
    from kudequa_geo import store

    for name, text in contents.items():
        store.write_text(folder / name, text)


def _told(study: Study, scenario: Scenario, effects: pd.DataFrame) -> list[str]:
    """Return who gains and who loses in the whole area, one line per person and changed kind."""
    from kudequa_geo.language import Language
    from kudequa_geo.scenarios.telling import sentences

    say = Language()
    whole = effects[(effects["level"] == "area") & (effects["group"] == "residents")]
    changed = whole[(whole["better"] > 0) | (whole["worse"] > 0)]
    if changed.empty:
        return [f"Mit „{scenario.name}“ ändert sich kein Weg."]
    kinds = {kind.key: kind for kind in study.kinds}
    lines = []
    for _, row in changed.iterrows():
        kind = kinds[row["kind"]]
        said = sentences(row, kind.label, kind.limit.sourced(), scenario.name)
        words = " ".join(sentence.fill(number=say.people, measure=say.short) for sentence in said)
        lines.append(f"{study.persons[row['person']].label}: {words}")
    return lines


def _suggested(task: Task, found: list[Suggestion], spots: Candidates) -> list[str]:
    """Return the best choice and how little the second loses, in words."""
    from kudequa_geo.language import Language
    from kudequa_geo.scenarios import siting
    from kudequa_geo.scenarios.task import Model

    say, best = Language(), found[0]
    names = dict(zip(spots.keys, spots.names, strict=True))
    lines = [f"{place}. {names[key]} ({key})" for place, key in enumerate(best.keys, start=1)]
    if (task.cost != 1).any():
        lines.append(f"Kosten zusammen: {say.short(float(task.cost[list(best.choice.chosen)].sum()))}.")
    lines.append(
        f"Innerhalb der Grenze: {say.people(best.people_after)} Menschen, "
        f"heute {say.people(best.people_before)}."
    )
    if best.gap == 0:
        lines.append("Nachweislich die beste Auswahl.")
    elif best.exact:
        lines.append(f"Höchstens {say.percent(best.gap, 1)} unter der besten Auswahl.")
    else:
        lines.append("Faustregel, weil die Zeit nicht reichte: nicht nachweislich die beste Auswahl.")
    if len(found) > 1:
        unit = {Model.COVERAGE: "Menschen", Model.DISTANCE: "Meter Weg aller zusammen", Model.ALL: "Orte"}
        if (task.cost != 1).any():
            unit[Model.ALL] = "an Kosten"
        lost = siting.loss(task, best, found[1])
        less = say.people(lost) if task.model is Model.COVERAGE else say.number(lost)
        other = ", ".join(f"{names[key]} ({key})" for key in found[1].keys)
        lines.append(f"Zweitbeste Auswahl: {other}; sie verliert {less} {unit[task.model]}.")
    if spots.thinned_m:
        lines.append(f"Von den Gebäuden steht je {say.metres(spots.thinned_m)} nur eines zur Wahl.")
    return lines
