"""The statement on accessibility: what is tested, what is not accessible, whom to tell.

What is tested stands here with the tests that do it, and a test looks for every one of them. What is not
accessible is said as it is. Contact and enforcement body come from the municipality's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from kudequa_geo import TOOL, __version__
from kudequa_geo.config import Municipality, Operator
from kudequa_geo.errors import msg
from kudequa_geo.ui import i18n, widgets
from kudequa_geo.ui.i18n import _


@dataclass(frozen=True)
class Check:
    """What is tested by machine: success criteria of WCAG 2.1, what holds, and the tests that show it."""

    criteria: str
    holds: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Barrier:
    """Something that is not accessible: what, why, and what to use instead."""

    what: str
    why: str
    instead: str


CHECKS = (
    Check(
        "1.3.1, 1.4.3, 2.4.4, 4.1.2",
        msg(
            "Das Prüfprogramm axe findet auf keiner Seite und in keiner Karte ernste Mängel, auch nicht in "
            "der Präsentation."
        ),
        (
            "tests/browser/test_accessibility.py::test_axe_finds_nothing_serious",
            "tests/browser/test_accessibility.py::test_axe_finds_nothing_serious_in_the_statement",
            "tests/browser/test_other_pages.py::test_page_opens_without_serious_defects",
        ),
    ),
    Check(
        "1.1.1, 1.4.5",
        msg("Jede Karte mit einer Antwort hat ihr Gegenstück: einen Satz, eine Tabelle und eine CSV-Datei."),
        ("tests/pages/test_accessibility.py::test_every_map_has_its_twin",),
    ),
    Check(
        "2.1.1, 2.1.2",
        msg("Ein Gebäude lässt sich allein mit der Tastatur abfragen."),
        ("tests/browser/test_access_page.py::test_keyboard_alone_explains_a_building",),
    ),
    Check(
        "2.1.1, 2.1.4",
        msg("Die Präsentation lässt sich allein mit der Tastatur bedienen; ihre Tasten gelten nur in ihr."),
        ("tests/browser/test_presentation.py::test_keys_open_what_they_say_and_escape_leaves",),
    ),
    Check(
        "1.4.4, 1.4.10",
        msg("Bei 200 % Vergrößerung muss niemand seitwärts schieben."),
        ("tests/browser/test_zoom.py::test_twice_the_size_needs_no_sideways_scrolling",),
    ),
    Check(
        "1.4.1, 1.4.11",
        msg("Die Klassen der Karten werden mit der Entfernung dunkler und bleiben im Graudruck lesbar."),
        ("tests/unit/maps/test_palette.py::test_classes_get_darker_with_distance",),
    ),
    Check(
        "1.4.1",
        msg("Die Orte jedes Feldes haben außer der Farbe eine eigene Form."),
        ("tests/unit/maps/test_palette.py::test_every_field_has_a_shape_of_its_own",),
    ),
    Check(
        "3.1.1",
        msg("Seite und Karte nennen die gewählte Sprache."),
        ("tests/browser/test_access_page.py::test_every_language",),
    ),
    Check(
        "3.1.2, 3.3.2",
        msg("Alle Texte der Anwendung liegen auf Deutsch, Englisch und Türkisch vor."),
        ("tests/unit/ui/test_locales.py::test_every_text_is_translated",),
    ),
    Check(
        "3.3.1, 3.3.3",
        msg("Fehler werden in Worten genannt, mit Abhilfe; die Seite bleibt bedienbar."),
        ("tests/pages/test_pages.py::test_damage_is_told_and_the_page_stays",),
    ),
)

BARRIERS = (
    Barrier(
        msg(
            "Karten zeigen Tausende Gebäude, die sich nicht einzeln ansteuern lassen und für "
            "Vorleseprogramme nicht da sind."
        ),
        msg("Eine Karte lässt sich nicht ohne Verlust in Text verwandeln."),
        msg(
            "Satz, Zahlen und Tabelle neben jeder Karte; die Mitte der Karte lässt sich mit Pfeiltasten und "
            "Enter abfragen."
        ),
    ),
    Barrier(
        msg(
            "Einige Bezeichnungen der verwendeten Oberfläche Streamlit sind englisch, zum Beispiel beim "
            "Hochladen von Dateien, in leeren Auswahllisten und im Menü."
        ),
        msg("Streamlit bietet keine Übersetzung an."),
        msg("Beschriftungen und Hinweise der Anwendung selbst stehen in der gewählten Sprache daneben."),
    ),
    Barrier(
        msg(
            "Kartenblätter und Berichte im PDF-Format sind nicht für Vorleseprogramme ausgezeichnet "
            "(kein PDF/UA)."
        ),
        msg("Das Zeichenprogramm schreibt keine Auszeichnung."),
        msg("Dieselben Zahlen als CSV und Excel-Tabelle, der Wegweiser als HTML-Seite."),
    ),
    Barrier(
        msg("Erläuterungen in Leichter Sprache und in Deutscher Gebärdensprache fehlen."),
        msg("Sie müssen vom Betreiber für seine Gemeinde erstellt werden."),
        msg("Die wichtigste Aussage jeder Seite steht als ein Satz am Anfang."),
    ),
    Barrier(
        msg(
            "Die Anwendung wurde noch nicht von Menschen mit Behinderungen und nicht von einer unabhängigen "
            "Stelle geprüft; mit Vorleseprogrammen wurde sie nicht von Hand erprobt."
        ),
        msg("Bisher liegen nur die unten genannten automatischen Prüfungen vor."),
        msg("Bitte melden Sie Barrieren über den Kontakt auf dieser Seite."),
    ),
)


def statement(config: Municipality) -> None:
    """Show the whole statement for a municipality's operator."""
    widgets.heading(_("Geltungsbereich und Stand der Vereinbarkeit"))
    widgets.text(
        _(
            "Diese Erklärung gilt für {tool}, Version {version}, mit den Daten von {area}. Die Anwendung ist "
            "mit EN 301 549 (WCAG 2.1, Stufe AA), auf die BITV 2.0 und die Verordnungen der Länder "
            "verweisen, teilweise vereinbar: Es gibt die unten genannten Ausnahmen."
        ).format(tool=TOOL, version=__version__, area=config.name)
    )
    widgets.heading(_("Was nicht barrierefrei ist"))
    heads = (_("Nicht barrierefrei"), _("Grund"), _("Stattdessen"))
    rows = [(_(barrier.what), _(barrier.why), _(barrier.instead)) for barrier in BARRIERS]
    widgets.table(_("Ausnahmen"), heads, rows, height="60rem")
    widgets.heading(_("Wie diese Erklärung zustande kommt"))
    operator = config.operator or Operator()
    widgets.text(
        _(
            "Sie beruht auf einer Selbstbewertung. Die folgenden Prüfungen laufen bei jeder Änderung der "
            "Anwendung selbsttätig ab; sie finden nur einen Teil möglicher Barrieren."
        )
    )
    reviewed = operator.reviewed.isoformat() if operator.reviewed else ""
    widgets.text(
        _("Zuletzt vom Betreiber überprüft am {day}.").format(day=i18n.day(reviewed))
        if reviewed
        else _("Der Betreiber hat noch kein Datum seiner eigenen Überprüfung angegeben.")
    )
    checks = [(check.criteria, _(check.holds), ", ".join(check.tests)) for check in CHECKS]
    names = (_("Kriterien der WCAG 2.1"), _("Was geprüft ist"), _("Prüfung im Quelltext"))
    widgets.table(_("Selbsttätige Prüfungen"), names, checks, height="60rem")
    _contact(operator)
    _enforcement(operator)


def _contact(operator: Operator) -> None:
    widgets.heading(_("Barrieren melden"))
    given = [operator.name, operator.address, operator.phone]
    lines = [escape(line) for line in given if line]
    if operator.email:
        lines.append(f'<a href="mailto:{escape(operator.email)}">{escape(operator.email)}</a>')
    if not (operator.email or operator.phone or operator.address):
        widgets.text(
            _(
                "Wer diese Anwendung betreibt, muss hier einen Kontakt nennen: im Abschnitt [operator] der "
                "Datei der Gemeinde. Bis dahin ist diese Erklärung unvollständig."
            )
        )
        return
    widgets.text(_("Ist Ihnen etwas nicht zugänglich? Bitte melden Sie es; Sie erhalten eine Antwort von:"))
    st.html(f'<address class="kdq-text">{"<br>".join(lines)}</address>')


def _enforcement(operator: Operator) -> None:
    widgets.heading(_("Durchsetzung"))
    widgets.text(
        _(
            "Bleibt eine Meldung ohne zufriedenstellende Antwort, können sich Menschen mit Behinderungen an "
            "die zuständige Ombuds- oder Schlichtungsstelle wenden; das Verfahren ist kostenlos."
        )
    )
    if not operator.enforcement:
        widgets.text(_("Der Betreiber muss die Stelle seines Landes im Abschnitt [operator] nennen."))
        return
    name, url = escape(operator.enforcement), escape(operator.enforcement_url)
    link = f'<a href="{url}" rel="noopener noreferrer" target="_blank">{name}</a>' if url else name
    st.html(f'<p class="kdq-text">{link}</p>')
