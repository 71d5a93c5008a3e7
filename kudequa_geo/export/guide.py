"""The Wegweiser: the guide for this municipality, from a template and the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

from kudequa_geo.errors import ConfigError, MissingInputError, msg
from kudequa_geo.export.booklet import booklet
from kudequa_geo.export.canvas import Canvas, Column
from kudequa_geo.export.document import Block, Bullets, Grid, Paragraph, Picture, read_template
from kudequa_geo.export.facts import Facts, site_status
from kudequa_geo.export.focus import area_focus
from kudequa_geo.export.frame import Frame, draw_scale
from kudequa_geo.export.legend import draw_legend
from kudequa_geo.export.lettering import typeset
from kudequa_geo.export.mapping import draw_map
from kudequa_geo.export.paper import extent_at, fitted_scale
from kudequa_geo.export.picture import picture_of
from kudequa_geo.export.record import Record, record_of, tried
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.export.web_page import web_page
from kudequa_geo.language import Language
from kudequa_geo.results.gaps import no_gap
from kudequa_geo.schema import SITE_LABELS, SiteKind

#: Languages the guide is written in; for others the first is used.
WRITTEN = ("de", "en")
_MOST_ROWS, _MOST_GAPS, _MOST_SITES = 70, 12, 15
_LEGEND_MM = 44.0
_PICTURE_DPI = 170


@dataclass(frozen=True, eq=False)
class Guide:
    """The guide as blocks, with what draws its map and what it says of its making."""

    blocks: list[Block]
    record: Record
    facts: Facts

    def pdf(self) -> bytes:
        """Return the guide as PDF for printing."""
        say = self.facts.edition.say
        words = msg("{title} · {notice}{tool} · Daten {version} · {day} · {sources}")
        foot = say(words).format(
            title=self.record.title,
            notice=f"{self.record.notice(say)} · " if self.record.modelled else "",
            tool=self.record.tool,
            version=self.record.data_version,
            day=say.day(self.record.printed),
            sources=self.record.attribution(),
        )
        with typeset():
            pages = booklet(self.blocks, foot, partial(_paint, self.facts))
        return rendered(pages, self.record, Format.PDF)

    def html(self) -> bytes:
        """Return the guide as one HTML file that needs nothing else."""
        with typeset():
            canvas = Canvas(168.0, 165.0)
            _paint(self.facts, canvas, (0.0, 0.0, canvas.width_mm, canvas.height_mm))
        picture = rendered([canvas.figure], self.record, Format.PNG, dpi=_PICTURE_DPI)
        return web_page(self.blocks, self.record, self.facts.edition.say, picture)


def template(language: str, folder: Path | None = None) -> tuple[str, str]:
    """Return the text of the template and where it is from.

    Parameters
    ----------
    language
        Language; one the guide is not written in gives German.
    folder
        Folder with own templates ``guide.de.md``, ``guide.en.md``; None = those of the tool.

    Raises
    ------
    MissingInputError
        There is no such template.
    """
    name = f"guide.{language if language in WRITTEN else WRITTEN[0]}.md"
    if folder is None:
        return resources.files("kudequa_geo").joinpath("templates", name).read_text(encoding="utf-8"), name
    path = folder / name
    try:
        return path.read_text(encoding="utf-8-sig"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        raise MissingInputError(
            msg("Die Vorlage kann nicht gelesen werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte eine Textdatei in UTF-8 an diese Stelle legen."),
            reason=str(error),
        ) from error


def make_guide(facts: Facts, *, templates: Path | None = None) -> Guide:
    """Return the guide.

    Parameters
    ----------
    facts
        Figures of the municipality; their question is the service the guide is about, and their outcomes
        are the scenarios tried.
    templates
        Folder with own templates.

    Raises
    ------
    MissingInputError, ConfigError
        The template cannot be read, or names what does not exist.
    """
    edition = facts.edition
    if edition.say.key not in WRITTEN:
        raise ConfigError(
            msg("Der Wegweiser ist in dieser Sprache nicht geschrieben; vorhanden: {known}."),
            known=", ".join(WRITTEN),
        )
    text, where = template(edition.say.key, templates)
    title = edition.say(msg("Wegweiser {municipality}")).format(municipality=edition.study.config.name)
    record = record_of(
        edition.study,
        title,
        edition.printed,
        **facts.question.parameters(),
        scenarios=[tried(outcome.state.scenario) for outcome in facts.outcomes[1:]],
        language=edition.say.key,
    )
    makers: dict[str, Callable[[], Sequence[Block]]] = {
        "map": lambda: [_picture(facts)],
        "table:districts": lambda: _districts(facts),
        "table:gaps": lambda: _gaps(facts),
        "table:services": lambda: _services(facts),
        "table:sites": lambda: _sites(facts),
        "table:scenarios": lambda: _scenarios(facts),
        "list:persons": lambda: _persons(facts),
        "list:labs": lambda: _labs(facts),
        "notice": lambda: [Paragraph(record.notice(edition.say), strong=True)] if record.modelled else [],
        "sources": lambda: [Bullets(tuple(record.source_lines(edition.say)))],
    }
    return Guide(read_template(text, _values(facts), makers, where), record, facts)


def _values(facts: Facts) -> dict[str, str]:
    edition, say, question = facts.edition, facts.edition.say, facts.question
    study = edition.study
    picture = picture_of(study, question)
    figures = picture.figures(facts.rows(area_focus(edition)))
    return {
        "municipality": study.config.name,
        "service": say(question.kind.label),
        "limit": question.limit_words(say),
        "person": question.person_words(say),
        "residents": say.people(figures.residents),
        "beyond": say.people(figures.beyond),
        "beyond_share": say.percent(1 - figures.share),
        "median": say.minutes(figures.median_min),
        "nine_in_ten": say.minutes(figures.p90_min),
        "places": say.number(len(study.tables["places"])),
        "kinds": say.number(len(study.kinds)),
        "districts": say.number(len(study.tables["districts"])),
        "sites": say.number(len(study.tables["sites"])),
        "printed": say.day(edition.printed),
    }


def _picture(facts: Facts) -> Picture:
    edition = facts.edition
    focus = area_focus(edition)
    picture = picture_of(edition.study, facts.question)
    return Picture(picture.sentence(focus.name, facts.rows(focus), edition.say))


def _paint(facts: Facts, canvas: Canvas, spot: tuple[float, float, float, float]) -> None:
    """Draw the map of the whole area with legend and scale into a box (mm)."""
    edition = facts.edition
    x, y, width, height = spot
    focus, picture = area_focus(edition), picture_of(edition.study, facts.question)
    below = _LEGEND_MM + 11
    room = (width, height - below)
    scale = fitted_scale(focus.bounds, *room)
    axes = canvas.map_axes(x, y, *room, extent_at(focus.bounds, scale, *room))
    draw_map(axes, edition, focus, picture, scale, canvas.factor)
    frame = Frame(canvas)
    draw_scale(frame, axes, scale, [(x, y, *room)], edition.say)
    column = Column(canvas, x, y + room[1] + 11, min(width, 90.0))
    people = [picture.people(facts.rows(focus))]
    draw_legend(column, facts.question, people, [edition.say(msg("Menschen"))], edition.say)


def _districts(facts: Facts) -> list[Block]:
    say, question = facts.edition.say, facts.question
    frame = facts.everywhere
    mine = frame[frame["kind"] == question.kind.key]
    mine = mine[(mine["level"] == "district") & mine["name"].notna() & (mine["residents"] > 0)]
    mine = mine.sort_values(["share_within_limit", "name"]).head(_MOST_ROWS)
    rows = tuple(
        (
            row["name"],
            say.people(row["residents"]),
            say.people(row["residents"] - row["residents_within_limit"]),
            say.percent(row["share_within_limit"]),
            say.minutes(row["median_min"]),
        )
        for row in mine.to_dict("records")
    )
    heads = [msg("Bezirk"), msg("Menschen"), msg("zu weit"), msg("innerhalb"), msg("Median")]
    return [Grid(tuple(say(head) for head in heads), rows)] if rows else []


def _gaps(facts: Facts) -> list[Block]:
    say = facts.edition.say
    areas = facts.gaps_in(area_focus(facts.edition)).head(_MOST_GAPS)
    names = facts.edition.study.tables["districts"].set_index("district_id")["name"]
    rows = tuple(
        (
            str(row["rank"]),
            str(names.get(row["district_id"], "–")),
            row["street"] if isinstance(row["street"], str) else "–",
            say.people(row["residents"]),
            say.metres(row["nearest_m"]),
        )
        for row in areas.to_dict("records")
    )
    if not rows:
        return [Paragraph(no_gap(say))]
    heads = [msg("Rang"), msg("Bezirk"), msg("Straße"), msg("Menschen"), msg("Weg (Median)")]
    return [Grid(tuple(say(head) for head in heads), rows, 3)]


def _services(facts: Facts) -> list[Block]:
    say = facts.edition.say
    reach = facts.reach(facts.rows(area_focus(facts.edition)))
    worst = sorted((r for r in reach if r.share == r.share), key=lambda r: r.share)[:_MOST_GAPS]
    rows = tuple(
        (
            say(entry.kind.label),
            say.length(entry.limit.value, entry.limit.unit),
            say.percent(entry.share),
            say.minutes(entry.median_min),
        )
        for entry in worst
    )
    heads = [msg("Dienst"), msg("Grenze"), msg("innerhalb"), msg("Median")]
    return [Grid(tuple(say(head) for head in heads), rows)]


def _sites(facts: Facts) -> list[Block]:
    say = facts.edition.say
    found = facts.sites_in(area_focus(facts.edition))
    # A vacant shop of which only the place is known says nothing in a table; they are counted below it.
    bare = (found["kind"] == SiteKind.VACANCY) & found["area_m2"].isna()
    sites = found[~bare].head(_MOST_SITES)
    rows = tuple(
        (
            row["name"] if isinstance(row["name"], str) else row["site_id"],
            say(SITE_LABELS[SiteKind(row["kind"])]),
            site_status(row["status"]) or "–",
            say.number(row["area_m2"] / 10_000, 1),
        )
        for row in sites.to_dict("records")
    )
    heads = [msg("Name"), msg("Art"), msg("Stand"), msg("Hektar")]
    told: list[Block] = [Grid(tuple(say(head) for head in heads), rows, 3)] if rows else []
    if bare.any():
        words = say(msg("Dazu kommen {count} leer stehende Läden und Räume."))
        told.append(Paragraph(words.format(count=say.number(int(bare.sum())))))
    more = int((~bare).sum()) - len(sites)
    if more:
        told.append(Paragraph(say(msg("und {count} weitere")).format(count=more)))
    return told


def _scenarios(facts: Facts) -> list[Block]:
    say, question, outcomes = facts.edition.say, facts.question, facts.outcomes
    if len(outcomes) < 2:
        words = msg("Noch wurde kein Szenario mit diesem Wegweiser verbunden.")
        return [Paragraph(say(words))]
    found = []
    for outcome in outcomes:
        frame = outcome.indicators()
        row = frame[
            (frame["level"] == "area")
            & (frame["kind"] == question.kind.key)
            & (frame["person"] == question.person.key)
        ].iloc[0]
        found.append((outcome.state.scenario, row))
    now = found[0][1]["residents_within_limit"]
    rows = tuple(
        (
            scenario.name,
            scenario.description or "–",
            say.people(row["residents_within_limit"]),
            _change(row["residents_within_limit"] - now, say),
        )
        for scenario, row in found[1:]
    )
    heads = [msg("Szenario"), msg("Beschreibung"), msg("Menschen innerhalb"), msg("Änderung")]
    return [Grid(tuple(say(head) for head in heads), rows, 2)]


def _labs(facts: Facts) -> list[Block]:
    """Return what has been tried in the neighbourhood labs, each with its source."""
    say = facts.edition.say
    words = msg("{lab}: {text} ({source}, {year})")
    lines = [
        say(words).format(lab=lab.name, text=fact.said(say.key), source=fact.source, year=fact.year)
        for lab in facts.labs
        for fact in lab.fact
        if fact.about == "tried"
    ]
    return [Bullets(tuple(lines))] if lines else []


def _persons(facts: Facts) -> list[Block]:
    say = facts.edition.say
    speed = msg("{person}: {speed} km/h")
    return [
        Bullets(
            tuple(
                say(speed).format(person=say(person.label), speed=say.short(person.speed_kmh.value))
                for person in facts.edition.study.persons.values()
            )
        )
    ]


def _change(people: float, say: Language) -> str:
    return ("\u2212" if round(people) < 0 else "") + say.people(abs(people))
