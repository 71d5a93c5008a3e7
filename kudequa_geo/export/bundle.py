"""Tables of one run in one of the file formats."""

from __future__ import annotations

from collections.abc import Callable

from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.export import qgis
from kudequa_geo.export import tables as made
from kudequa_geo.export.delimited import Notation, delimited
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.geofile import geojson, geopackage, geoparquet
from kudequa_geo.export.question import Question, ask
from kudequa_geo.export.record import Record, record_of
from kudequa_geo.export.tables import Table
from kudequa_geo.export.workbook import workbook
from kudequa_geo.maps import palette

FORMATS = ("xlsx", "csv", "csv-int", "gpkg", "geojson", "parquet")
#: The service of what can show only one.
_DEFAULT_SERVICE = "supermarket"


def table_file(
    edition: Edition, form: str, *, service: str = "", person: str, limit: str = "", layer: str = ""
) -> bytes:
    """Return tables as the bytes of a file.

    Parameters
    ----------
    edition
        Municipality, language, day.
    form
        One of :data:`FORMATS`.
    service
        Key of a kind; empty = all where a table can hold all.
    person
        Key of a person.
    limit
        Own limit of one service, as ``500m`` or ``10min``; empty = the usual ones.
    layer
        Key of the table where the format holds one; empty = figures, or districts.

    Raises
    ------
    ConfigError
        An unknown service, person or layer.
    """
    study = edition.study
    keys = [service] if service else [kind.key for kind in study.kinds]
    own = limit if service else ""
    questions = [ask(study, key, person, own) for key in keys]
    one = ask(study, service or (_DEFAULT_SERVICE if _DEFAULT_SERVICE in keys else keys[0]), person, own)
    record = record_of(
        study,
        _title(edition, one if service else None, questions[0]),
        edition.printed,
        **(one.parameters() if service else {"service": "all", "person": person}),
        format=form,
        layer=layer,
        language=edition.say.key,
    )
    if form == "xlsx":
        sheets = [made.figures_table(edition, questions), made.gaps_table(edition, questions)]
        return workbook([*sheets, made.sites_table(edition)], record, edition.say)
    if form == "gpkg":
        return _package(edition, one, record)
    makers: dict[str, Callable[[], Table]] = {
        "kennzahlen": lambda: made.figures_table(edition, questions),
        "bezirke": lambda: made.districts_table(edition, one),
        "luecken": lambda: made.gaps_table(edition, questions),
        "flaechen": lambda: made.sites_table(edition),
        "wohngebaeude": lambda: made.homes_table(edition, one),
        "orte": lambda: made.places_table(edition, one),
        "definitionen": lambda: made.definitions_table(edition),
    }
    geographic = form in ("geojson", "parquet")
    if geographic:
        del makers["kennzahlen"], makers["definitionen"]
    chosen = layer or next(iter(makers))
    if chosen not in makers:
        raise ConfigError(
            msg("Die Tabelle „{layer}“ gibt es nicht; vorhanden: {known}."),
            layer=chosen,
            known=", ".join(makers),
        )
    table = makers[chosen]()
    if geographic:
        return (
            geojson(table, record, edition.say)
            if form == "geojson"
            else geoparquet(table, record, edition.say)
        )
    notation = Notation.GERMAN if form == "csv" else Notation.INTERNATIONAL
    return delimited(table, record, edition.say, notation)


def _title(edition: Edition, one: Question | None, any_: Question) -> str:
    say = edition.say
    service = say(one.kind.label) if one else say(msg("alle Dienste"))
    words = say(msg("Fußläufige Erreichbarkeit: {service}, {person}"))
    return words.format(service=service, person=any_.person_words(say))


def _package(edition: Edition, question: Question, record: Record) -> bytes:
    layers = [
        made.homes_table(edition, question),
        made.districts_table(edition, question),
        made.gaps_table(edition, [question]),
        made.sites_table(edition),
        made.places_table(edition, question),
    ]
    styles = {
        "wohngebaeude": qgis.classes_style(question.class_words(edition.say)),
        "bezirke": qgis.outline_style(palette.GROUND["label"], width_mm=0.35),
        "luecken": qgis.outline_style(palette.ACCENT),
        "flaechen": qgis.outline_style(palette.HATCH, width_mm=0.3, style="b_diagonal"),
        "orte": qgis.point_style(palette.FIELD_SYMBOLS[question.kind.field]),
    }
    return geopackage(layers, record, edition.say, styles)
