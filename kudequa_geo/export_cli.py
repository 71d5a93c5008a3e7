"""The commands of exports: map, tables, profile, guide, html."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kudequa_geo import constants
from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.terminal import DATA_DIR, Bar, DataDirOption, Group, MunicipalityOption, command

if TYPE_CHECKING:
    from kudequa_geo.export.edition import Edition
    from kudequa_geo.export.focus import Focus
    from kudequa_geo.export.paper import Paper
    from kudequa_geo.export.question import Question

app = typer.Typer(
    cls=Group,
    help="Karten, Tabellen, Steckbriefe und Wegweiser ausgeben.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ServiceOption = Annotated[
    str, typer.Option("--service", "-s", help="Schlüssel des Dienstes, z. B. supermarket.")
]
PersonOption = Annotated[str, typer.Option("--person", "-p", help="Schlüssel der Person, z. B. adult.")]
LimitOption = Annotated[str, typer.Option("--limit", help="Eigene Grenze, z. B. 700m oder 10min.")]
DistrictOption = Annotated[str, typer.Option("--district", "-d", help="Bezirk: Nummer oder Name.")]
SiteOption = Annotated[str, typer.Option("--site", help="Fläche: Kennung oder Name.")]
GapOption = Annotated[int, typer.Option("--gap", min=0, help="Lücke: ihr Rang, 1 = die größte.")]
ExtentOption = Annotated[str, typer.Option("--extent", help="Ausschnitt: West,Süd,Ost,Nord in Grad.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Sprache: de, en, tr.")]
DateOption = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Tag, der aufgedruckt wird; sonst heute."),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DATEI|ORDNER", help="Wohin.")]
SERVICE, PERSON = "supermarket", "adult"


def _day(given: datetime | None) -> date:
    return given.date() if given else datetime.now(UTC).astimezone().date()


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


@command(app, "map")
def map_(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    service: ServiceOption = SERVICE,
    person: PersonOption = PERSON,
    limit: LimitOption = "",
    district: DistrictOption = "",
    site: SiteOption = "",
    gap: GapOption = 0,
    extent: ExtentOption = "",
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", metavar="DATEI", help="Szenario: heute und danach nebeneinander."),
    ] = None,
    each: Annotated[
        str, typer.Option("--each", help="Reihe: district, person oder service; --out ist dann ein Ordner.")
    ] = "",
    paper: Annotated[str, typer.Option("--paper", help="A4 oder A3.")] = "A4",
    orientation: Annotated[str, typer.Option("--orientation", help="portrait oder landscape.")] = "portrait",
    scale: Annotated[int, typer.Option("--scale", min=0, help="Maßstabszahl, z. B. 10000; 0 = passend.")] = 0,
    form: Annotated[str, typer.Option("--format", help="pdf, png oder svg.")] = "",
    title: Annotated[str, typer.Option("--title", help="Eigener Titel.")] = "",
    logo: Annotated[Path | None, typer.Option("--logo", metavar="PNG", help="Logo oben rechts.")] = None,
    language: LanguageOption = "de",
    printed: DateOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Ein Kartenblatt im wahren Maßstab, oder eine Reihe davon."""
    from kudequa_geo.export import files
    from kudequa_geo.export.picture import picture_after, picture_of
    from kudequa_geo.export.question import ask
    from kudequa_geo.export.request import Subject, open_edition, sheets
    from kudequa_geo.export.saving import Format, save
    from kudequa_geo.export.sheet import Design, draw_sheet
    from kudequa_geo.scenario_file import read_scenario

    ending = Format(_ending(Path(f"x.{form or 'pdf'}") if each else out, form, tuple(Format)))
    design = Design(_paper(paper, orientation), scale or None, title, logo)
    edition = open_edition(municipality, data_dir, language, _day(printed))
    question = ask(edition.study, service, person, limit)
    focus = Subject(district, site, gap, extent).focus(edition, question)
    if each:
        folder = _folder(out)
        questions, subjects = _series(edition, question, focus, each)
        total = len(questions) * len(subjects)
        with Bar() as bar:
            for number, (words, sheet) in enumerate(sheets(edition, questions, subjects, design)):
                bar(words[-1], number / total)
                save(folder / files.file_name(*words, ending=ending), [sheet.figure], sheet.record, ending)
        typer.echo(f"Geschrieben: {total} Blätter in {folder}")
        return
    pictures = [picture_of(edition.study, question)]
    if scenario is not None:
        pictures.append(picture_after(edition.study, question, read_scenario(scenario)))
    sheet = draw_sheet(edition, focus, pictures, design)
    save(out, [sheet.figure], sheet.record, ending)
    typer.echo(f"Geschrieben: {out} (1 : {edition.say.number(sheet.scale)})")


def _paper(size: str, orientation: str) -> Paper:
    from kudequa_geo.export.paper import Orientation, Paper, Size

    try:
        return Paper(Size(size.upper()), Orientation(orientation))
    except ValueError as error:
        raise ConfigError(
            msg("Das Papier „{size} {orientation}“ gibt es nicht."),
            remedy=msg("Bitte A4 oder A3 und portrait oder landscape angeben."),
            size=size,
            orientation=orientation,
        ) from error


def _series(
    edition: Edition, question: Question, focus: Focus, each: str
) -> tuple[list[Question], list[Focus]]:
    from kudequa_geo.export.focus import district_focus
    from kudequa_geo.export.question import ask

    study = edition.study
    if each == "district":
        ids = study.tables["districts"]["district_id"]
        if not len(ids):
            raise ConfigError(msg("Diese Gemeinde hat keine Bezirke."))
        return [question], [district_focus(edition, key) for key in ids]
    if each == "person":
        limit = f"{question.limit.value:g}{question.limit.unit}"
        return [ask(study, question.kind.key, key, limit) for key in study.persons], [focus]
    if each == "service":
        return [ask(study, kind.key, question.person.key) for kind in study.kinds], [focus]
    raise ConfigError(
        msg("Eine Reihe je „{each}“ gibt es nicht; vorhanden: district, person, service."), each=each
    )


@command(app, "tables")
def tables(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    service: Annotated[str, typer.Option("--service", "-s", help="Ein Dienst; sonst alle (xlsx, csv).")] = "",
    person: PersonOption = PERSON,
    limit: LimitOption = "",
    layer: Annotated[
        str,
        typer.Option(
            "--layer", help="Tabelle für csv, geojson, parquet; siehe die Meldung bei einer falschen."
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="xlsx, csv, csv-int, gpkg, geojson oder parquet.")
    ] = "",
    language: LanguageOption = "de",
    printed: DateOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Die Zahlen hinter der Karte als Tabelle oder Geodaten."""
    from kudequa_geo.export import files
    from kudequa_geo.export.bundle import FORMATS, table_file
    from kudequa_geo.export.request import open_edition

    ending = _ending(out, form, FORMATS)
    edition = open_edition(municipality, data_dir, language, _day(printed))
    files.write(out, table_file(edition, ending, service=service, person=person, limit=limit, layer=layer))
    typer.echo(f"Geschrieben: {out}")


@command(app, "profile")
def profile(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    service: ServiceOption = SERVICE,
    person: PersonOption = PERSON,
    slow: Annotated[str, typer.Option("--slow", help="Person zum Vergleich.")] = "senior_75",
    district: DistrictOption = "",
    site: SiteOption = "",
    gap: GapOption = 0,
    each: Annotated[
        str, typer.Option("--each", help="district: alle Bezirke; --out ist dann ein Ordner.")
    ] = "",
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="DATEI", help="Szenario, dessen Wirkung dazukommt.")
    ] = None,
    language: LanguageOption = "de",
    printed: DateOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Quartierssteckbrief: zwei Seiten PDF je Bezirk, Fläche oder Lücke."""
    from kudequa_geo.export import files
    from kudequa_geo.export.facts import Facts
    from kudequa_geo.export.profile import draw_profile
    from kudequa_geo.export.question import ask
    from kudequa_geo.export.request import Subject, open_edition, outcomes_of
    from kudequa_geo.export.saving import Format, save

    edition = open_edition(municipality, data_dir, language, _day(printed))
    question = ask(edition.study, service, person)
    facts = Facts(edition, question, ask(edition.study, service, slow).person.key)
    outcomes = outcomes_of(edition, [scenario], [person]) if scenario else (None, None)
    if not each:
        focus = Subject(district, site, gap).focus(edition, question)
        drawn = draw_profile(facts, focus, before=outcomes[0], after=outcomes[1])
        save(out, drawn.pages, drawn.record, Format.PDF)
        typer.echo(f"Geschrieben: {out}")
        return
    folder = _folder(out)
    _questions, subjects = _series(edition, question, Subject().focus(edition, question), each)
    with Bar() as bar:
        for number, focus in enumerate(subjects):
            bar(focus.name, number / len(subjects))
            drawn = draw_profile(facts, focus, before=outcomes[0], after=outcomes[1])
            name = files.file_name("steckbrief", focus.key, focus.name, ending="pdf")
            save(folder / name, drawn.pages, drawn.record, Format.PDF)
    typer.echo(f"Geschrieben: {len(subjects)} Steckbriefe in {folder}")


@command(app, "guide")
def guide(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    service: ServiceOption = SERVICE,
    person: PersonOption = PERSON,
    scenario: Annotated[
        list[Path] | None, typer.Option("--scenario", metavar="DATEI", help="Ein Szenario; mehrfach möglich.")
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option("--templates", metavar="ORDNER", help="Eigene Vorlagen guide.de.md, guide.en.md."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="pdf oder html.")] = "",
    language: Annotated[str, typer.Option("--language", help="Sprache: de, en.")] = "de",
    printed: DateOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Der Wegweiser für diese Gemeinde, zum Drucken oder als HTML-Datei."""
    from kudequa_geo.export import files
    from kudequa_geo.export.facts import Facts
    from kudequa_geo.export.guide import make_guide
    from kudequa_geo.export.question import ask
    from kudequa_geo.export.request import open_edition, outcomes_of

    ending = _ending(out, form, ("pdf", "html"))
    edition = open_edition(municipality, data_dir, language, _day(printed))
    facts = Facts(edition, ask(edition.study, service, person), person)
    outcomes = outcomes_of(edition, scenario, [person]) if scenario else ()
    made = make_guide(facts, outcomes=outcomes, templates=templates)
    files.write(out, made.pdf() if ending == "pdf" else made.html())
    typer.echo(f"Geschrieben: {out}")


@command(app, "html")
def html(  # noqa: PLR0913 - every option of a command is a parameter
    out: OutOption,
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    service: ServiceOption = SERVICE,
    person: PersonOption = PERSON,
    limit: LimitOption = "",
    district: DistrictOption = "",
    gap: GapOption = 0,
    language: LanguageOption = "de",
    printed: DateOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Die Karte zum Anfassen als eine HTML-Datei, die ohne Internet läuft."""
    from kudequa_geo.export import files
    from kudequa_geo.export.html_map import html_map
    from kudequa_geo.export.picture import picture_of
    from kudequa_geo.export.question import ask
    from kudequa_geo.export.request import Subject, open_edition

    edition = open_edition(municipality, data_dir, language, _day(printed))
    question = ask(edition.study, service, person, limit)
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
