"""The commands of exports: map, tables, profile, guide, html, network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kudequa_geo import constants
from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.terminal import DATA_DIR, Bar, DataDirOption, Group, MunicipalityOption, command

if TYPE_CHECKING:
    from kudequa_geo.export.edition import Edition
    from kudequa_geo.export.focus import Focus
    from kudequa_geo.export.question import Question
    from kudequa_geo.export.saving import Format
    from kudequa_geo.export.sheet import Design, Sheet
    from kudequa_geo.study import Study

app = typer.Typer(
    cls=Group,
    help="Karten, Tabellen, Steckbriefe und Wegweiser ausgeben.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DATEI|ORDNER", help="Wohin.")]
ScenarioOption = Annotated[
    Path | None, typer.Option("--scenario", metavar="DATEI", help="Szenario: heute und danach.")
]
DistrictOption = Annotated[str, typer.Option("--district", "-d", help="Bezirk: Nummer oder Name.")]
GapOption = Annotated[int, typer.Option("--gap", min=0, help="Lücke: ihr Rang, 1 = die größte.")]
_SERVICE = "supermarket"


@dataclass(frozen=True)
class Run:
    """Which municipality, in which language, printed when."""

    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY
    language: Annotated[str, typer.Option("--language", help="Sprache: de, en, tr.")] = "de"
    printed: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Tag, der aufgedruckt wird; sonst heute."),
    ] = None
    data_dir: DataDirOption = DATA_DIR

    @property
    def day(self) -> date:
        """The day to print."""
        from kudequa_geo.export.edition import printing_day

        return self.printed.date() if self.printed else printing_day()

    def edition(self) -> Edition:
        """Read the municipality."""
        from kudequa_geo.export.request import open_edition

        return open_edition(self.municipality, self.data_dir, self.language, self.day)


@dataclass(frozen=True)
class Asked:
    """What the map answers."""

    service: Annotated[
        str, typer.Option("--service", "-s", help="Schlüssel des Dienstes, z. B. supermarket.")
    ] = _SERVICE
    person: Annotated[str, typer.Option("--person", "-p", help="Schlüssel der Person, z. B. adult.")] = (
        "adult"
    )
    limit: Annotated[str, typer.Option("--limit", help="Eigene Grenze, z. B. 700m oder 10min.")] = ""

    def question(self, study: Study) -> Question:
        """Find the service and the person in a municipality."""
        from kudequa_geo.export.question import ask

        return ask(study, self.service, self.person, self.limit)


@dataclass(frozen=True)
class Look:
    """How a sheet is made."""

    paper: Annotated[str, typer.Option("--paper", help="A4 oder A3.")] = "A4"
    orientation: Annotated[
        str, typer.Option("--orientation", help="portrait oder landscape; sonst wie es größer wird.")
    ] = ""
    scale: Annotated[int, typer.Option("--scale", min=0, help="Maßstabszahl, z. B. 10000; 0 = passend.")] = 0
    form: Annotated[str, typer.Option("--format", help="pdf, png oder svg.")] = ""
    title: Annotated[str, typer.Option("--title", help="Eigener Titel.")] = ""
    logo: Annotated[Path | None, typer.Option("--logo", metavar="PNG", help="Logo oben rechts.")] = None

    def design(self) -> Design:
        """Return the design."""
        from kudequa_geo.export.logo import read_logo
        from kudequa_geo.export.paper import Orientation, Paper, Size
        from kudequa_geo.export.sheet import Design

        try:
            paper = Paper(Size(self.paper.upper()), Orientation(self.orientation or Orientation.PORTRAIT))
        except ValueError as error:
            raise ConfigError(
                msg("Das Papier „{size} {orientation}“ gibt es nicht."),
                remedy=msg("Bitte A4 oder A3 und portrait oder landscape angeben."),
                size=self.paper,
                orientation=self.orientation,
            ) from error
        return Design(paper, self.scale or None, self.title, read_logo(self.logo) if self.logo else None)


def _ending(out: Path, wanted: str, known: tuple[str, ...]) -> str:
    """Return the format: as wanted, or by the ending of the file."""
    form = wanted or out.suffix.removeprefix(".").lower()
    if form not in known:
        raise ConfigError(
            msg("Das Format „{form}“ gibt es nicht; vorhanden: {known}."),
            remedy=msg("Bitte --format angeben oder eine Datei mit passender Endung."),
            form=form,
            known=", ".join(known),
        )
    return form


def _folder(out: Path) -> Path:
    if not out.is_dir():
        raise MissingInputError(
            msg("Den Ordner für die Ausgabe gibt es nicht."),
            where=str(out),
            remedy=msg("Bitte den Ordner anlegen oder einen anderen wählen."),
        )
    return out


def _refuse_one_of_all(each: str, *subjects: object) -> None:
    """Refuse a subject beside a series of all districts."""
    if each == "district" and any(subjects):
        raise ConfigError(
            msg("Eine Reihe über alle Bezirke hat keinen eigenen Gegenstand."),
            remedy=msg("Bitte entweder --each district angeben oder einen Bezirk, eine Fläche, eine Lücke."),
        )


@command(app, "map")
def map_(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    asked: Asked,
    look: Look,
    run: Run,
    district: DistrictOption = "",
    site: Annotated[str, typer.Option("--site", help="Fläche: Kennung oder Name.")] = "",
    gap: GapOption = 0,
    extent: Annotated[str, typer.Option("--extent", help="Ausschnitt: West,Süd,Ost,Nord in Grad.")] = "",
    scenario: ScenarioOption = None,
    each: Annotated[
        str, typer.Option("--each", help="Reihe: district, person oder service; --out ist dann ein Ordner.")
    ] = "",
) -> None:
    """Ein Kartenblatt im wahren Maßstab, oder eine Reihe davon."""
    from kudequa_geo.export.picture import picture_after, picture_of
    from kudequa_geo.export.request import Subject, sheets, states_of
    from kudequa_geo.export.saving import Format, save
    from kudequa_geo.export.sheet import draw_sheet, turned
    from kudequa_geo.scenario_file import read_scenario

    _refuse_one_of_all(each, district, site, gap, extent)
    form = Format(_ending(Path(f"x.{look.form or 'pdf'}") if each else out, look.form, tuple(Format)))
    design = look.design()
    folder = _folder(out if each else out.parent)
    scenarios = [read_scenario(scenario)] if scenario else []
    edition = run.edition()
    states = states_of(edition, scenarios)[1:] if scenarios else []
    question = asked.question(edition.study)
    focus = Subject(district, site, gap, extent).focus(edition, question)
    if each:
        questions, subjects = _series(edition, question, focus, each)
        if not look.orientation:
            design = turned(edition, subjects, questions, design, states=1 + len(states))
        drawn = sheets(edition, questions, subjects, design, states=states)
        total = len(questions) * len(subjects)
        _save_series(drawn, total, folder, form)
        typer.echo(f"Geschrieben: {total} Blätter in {folder}")
        return
    pictures = [picture_of(edition.study, question), *(picture_after(question, state) for state in states)]
    if not look.orientation:
        design = turned(edition, [focus], [question], design, states=len(pictures))
    sheet = draw_sheet(edition, focus, pictures, design)
    save(out, [sheet.figure], sheet.record, form)
    typer.echo(f"Geschrieben: {out} (1 : {edition.say.number(sheet.scale)})")


def _save_series(
    drawn: Iterator[tuple[tuple[str, ...], Sheet]], total: int, folder: Path, form: Format
) -> None:
    from kudequa_geo.export import files
    from kudequa_geo.export.saving import save

    with Bar() as bar:
        for number, (words, sheet) in enumerate(drawn):
            bar(words[-1], number / total)
            save(folder / files.file_name(*words, ending=form), [sheet.figure], sheet.record, form)


def _series(
    edition: Edition, question: Question, focus: Focus, each: str
) -> tuple[list[Question], list[Focus]]:
    from kudequa_geo.export.focus import district_focus
    from kudequa_geo.export.question import ask

    study = edition.study
    # One limit for all: only then do the colours of all sheets mean the same.
    limit = f"{question.limit.value:g}{question.limit.unit}"
    if each == "district":
        ids = study.tables["districts"]["district_id"]
        if not len(ids):
            raise ConfigError(msg("Diese Gemeinde hat keine Bezirke."))
        return [question], [district_focus(edition, key) for key in ids]
    if each == "person":
        return [ask(study, question.kind.key, key, limit) for key in study.persons], [focus]
    if each == "service":
        return [ask(study, kind.key, question.person.key, limit) for kind in study.kinds], [focus]
    raise ConfigError(
        msg("Eine Reihe je „{each}“ gibt es nicht; vorhanden: district, person, service."), each=each
    )


@command(app, "tables")
def tables(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    run: Run,
    service: Annotated[str, typer.Option("--service", "-s", help="Ein Dienst; sonst alle (xlsx, csv).")] = "",
    person: Annotated[str, typer.Option("--person", "-p", help="Schlüssel der Person.")] = "adult",
    limit: Annotated[str, typer.Option("--limit", help="Eigene Grenze des Dienstes.")] = "",
    layer: Annotated[
        str,
        typer.Option(
            "--layer", help="Tabelle für csv, geojson, parquet; siehe die Meldung bei einer falschen."
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="xlsx, csv, csv-int, gpkg, geojson oder parquet.")
    ] = "",
) -> None:
    """Die Zahlen hinter der Karte als Tabelle oder Geodaten."""
    from kudequa_geo.export import files
    from kudequa_geo.export.bundle import FORMATS, table_file

    ending = _ending(out, form, FORMATS)
    _folder(out.parent)
    content = table_file(run.edition(), ending, service=service, person=person, limit=limit, layer=layer)
    files.write(out, content)
    typer.echo(f"Geschrieben: {out}")


@command(app, "profile")
def profile(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    asked: Asked,
    run: Run,
    slow: Annotated[str, typer.Option("--slow", help="Person zum Vergleich.")] = "senior_75",
    district: DistrictOption = "",
    site: Annotated[str, typer.Option("--site", help="Fläche oder Labor: Kennung oder Name.")] = "",
    gap: GapOption = 0,
    each: Annotated[
        str, typer.Option("--each", help="district: alle Bezirke; --out ist dann ein Ordner.")
    ] = "",
    scenario: ScenarioOption = None,
) -> None:
    """Quartierssteckbrief: zwei Seiten PDF je Bezirk, Fläche, Labor oder Lücke."""
    from kudequa_geo.export import files
    from kudequa_geo.export.batch import Order, profiles
    from kudequa_geo.export.profile import draw_profile
    from kudequa_geo.export.request import Subject
    from kudequa_geo.export.saving import Format, save
    from kudequa_geo.scenario_file import read_scenario

    _refuse_one_of_all(each, district, site, gap)
    folder = _folder(out if each else out.parent)
    order = Order(
        run.municipality,
        run.data_dir,
        run.language,
        run.day,
        asked.service,
        asked.person,
        asked.limit,
        slow,
        read_scenario(scenario) if scenario else None,
    )
    if not each:
        facts = order.facts
        focus = Subject(district, site, gap).focus(facts.edition, facts.question)
        drawn = draw_profile(facts, focus)
        save(out, drawn.pages, drawn.record, Format.PDF)
        typer.echo(f"Geschrieben: {out}")
        return
    if each != "district":
        raise ConfigError(
            msg("Eine Reihe je „{each}“ gibt es nicht; vorhanden: {known}."), each=each, known="district"
        )
    districts = order.districts()
    with Bar() as bar:
        bar("Steckbriefe werden gezeichnet", 0.0)
        for number, (name, content) in enumerate(profiles(order, districts), start=1):
            files.write(folder / name, content)
            bar(name, number / len(districts))
    typer.echo(f"Geschrieben: {len(districts)} Steckbriefe in {folder}")


@command(app, "guide")
def guide(
    out: OutOption,
    asked: Asked,
    run: Run,
    scenario: Annotated[
        list[Path] | None, typer.Option("--scenario", metavar="DATEI", help="Ein Szenario; mehrfach möglich.")
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option("--templates", metavar="ORDNER", help="Eigene Vorlagen guide.de.md, guide.en.md."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="pdf oder html.")] = "",
) -> None:
    """Der Wegweiser für diese Gemeinde (deutsch, englisch), zum Drucken oder als HTML-Datei."""
    from kudequa_geo.export import files
    from kudequa_geo.export.facts import Facts
    from kudequa_geo.export.guide import make_guide
    from kudequa_geo.export.request import outcomes_of
    from kudequa_geo.scenario_file import read_scenario

    ending = _ending(out, form, ("pdf", "html"))
    _folder(out.parent)
    edition = run.edition()
    question = asked.question(edition.study)
    tried = [read_scenario(file) for file in scenario or ()]
    outcomes = outcomes_of(edition, tried, [question.person.key]) if tried else ()
    made = make_guide(Facts(edition, question, question.person.key, outcomes), templates=templates)
    files.write(out, made.pdf() if ending == "pdf" else made.html())
    typer.echo(f"Geschrieben: {out}")


@command(app, "html")
def html(out: OutOption, asked: Asked, run: Run, district: DistrictOption = "", gap: GapOption = 0) -> None:
    """Die Karte zum Anfassen als eine HTML-Datei, die ohne Internet läuft."""
    from kudequa_geo.export import files
    from kudequa_geo.export.html_map import html_map
    from kudequa_geo.export.picture import picture_of
    from kudequa_geo.export.request import Subject

    _folder(out.parent)
    edition = run.edition()
    question = asked.question(edition.study)
    focus = Subject(district, gap=gap).focus(edition, question)
    page, _record = html_map(edition, focus, picture_of(edition.study, question))
    files.write(out, page)
    typer.echo(f"Geschrieben: {out}")


@command(app, "network")
def network(
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Das Wegenetz als GraphML für OSMnx, NetworkX, igraph oder QGIS."""
    from kudequa_geo import store
    from kudequa_geo.config import load_municipality
    from kudequa_geo.export import files
    from kudequa_geo.export.network_file import graphml, street_graph

    _ending(out, "", ("graphml",))
    folder = data_dir / load_municipality(municipality, data_dir).key
    nodes, edges = (store.read_table(folder, name) for name in ("nodes", "edges"))
    files.write(out, graphml(street_graph(nodes, edges, store.read_package(folder))))
    typer.echo(f"Geschrieben: {out}")
