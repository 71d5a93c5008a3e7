"""What every page shares: title, language, navigation, the band over model data, errors in words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kudequa_geo import TOOL, __version__
from kudequa_geo.constants import MODEL_NOTICE
from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.study import Study
from kudequa_geo.ui import cached, i18n, presentation, section, state, widgets
from kudequa_geo.ui.cached import STATIC
from kudequa_geo.ui.i18n import LANGUAGES, _
from kudequa_geo.ui.style import Style

_LOG = logging.getLogger(__name__)

#: Pages in the order of the navigation: script and title.
PAGES: dict[str, str] = {
    "dashboard.py": msg("Überblick"),
    "pages/1_Erreichbarkeit.py": msg("Erreichbarkeit"),
    "pages/2_Versorgungsluecken.py": msg("Versorgungslücken"),
    "pages/3_Vergleich.py": msg("Vergleich"),
    "pages/4_Flaechen_und_Leerstaende.py": msg("Flächen und Leerstände"),
    "pages/5_Quartierslabore.py": msg("Quartierslabore"),
    "pages/6_Daten_und_Methodik.py": msg("Daten und Methodik"),
    "pages/7_Bericht.py": msg("Bericht"),
    "pages/8_Szenarien.py": msg("Szenarien"),
    "pages/9_Barrierefreiheit.py": msg("Erklärung zur Barrierefreiheit"),
}
#: Pages that are linked from the foot, not from the navigation.
FOOT = ("pages/9_Barrierefreiheit.py",)
_LANGUAGE_WIDGET = "widget.lang"
#: Set while the whole page runs.
_WHOLE = "frame.whole"


@contextmanager
def page(script: str, names: tuple[str, ...]) -> Iterator[Study]:
    """Draw a page around what is its own: configuration, language, navigation, band, foot, address.

    Parameters
    ----------
    script
        The page's path, one of :data:`PAGES`.
    names
        Names of the choices that belong into the address.

    Yields
    ------
    Study
        The municipality shown. What goes wrong with it or inside is told in words, and the page ends there.
    """
    bar = _begin(script)
    st.session_state[_WHOLE] = True
    try:
        study = cached.study()
        _band(modelled=study.package.modelled)
        yield study
    except Exception as error:  # noqa: BLE001 - the reader gets a sentence, the log the traceback
        _tell(error)
        _navigation(bar, script)
        _foot()
        st.stop()
    # Drawn last, though it stands first: what a control has changed is on its way before.
    _navigation(bar, script)
    _foot()
    state.publish(names)


@st.fragment
def live(draw: Callable[[Study], None], study: Study, names: tuple[str, ...]) -> None:
    """Draw what a control of the page changes: then only this runs anew, not navigation and title.

    Parameters
    ----------
    draw
        Draws controls and answer.
    study
        The municipality shown.
    names
        Names of the choices that belong into the address.
    """
    with guard():
        if not st.session_state.pop(_WHOLE, False):
            state.begin()
        draw(study)
        state.publish(names)


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return where the controls of a page belong, and where what they show."""
    left, shown = st.columns([1, 5], gap="small")
    return left.container(key="controls"), shown


def _begin(script: str) -> DeltaGenerator:
    """Configure the page; return where its navigation belongs."""
    state.begin()
    state.get("lang", lambda key: key in LANGUAGES, i18n.SOURCE)
    st.set_page_config(
        page_title=f"{_(PAGES[script])} – {TOOL}",
        page_icon=str(STATIC / "kudequa" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"Get help": None, "Report a bug": None, "About": f"{TOOL} {__version__}"},
    )
    Style.begin()
    _tell_browser()
    bar = st.container(key="bar", horizontal=True, vertical_alignment="center", gap="medium")
    presentation.begin(script, _(PAGES[script]))
    return bar


def _tell_browser() -> None:
    # Streamlit writes lang="en" and English names into its own page; the reader's language is set from here.
    label, skip = _("Hauptinhalt"), _("Zum Hauptinhalt springen")
    st.html(
        f"""<script>{{
        document.documentElement.lang = "{i18n.language()}";
        document.querySelector('[data-testid="stMain"]')?.setAttribute("aria-label", "{label}");
        const skip = document.querySelector('a[href="#stMain"]');
        if (skip) skip.textContent = "{skip}";
        {section.script()}
        }}</script>""",
        unsafe_allow_javascript=True,
    )


def _navigation(bar: DeltaGenerator, script: str) -> None:
    with bar:
        st.html(f'<span class="kdq-brand">{TOOL}</span>', width="content")
        for page, title in PAGES.items():
            if page not in FOOT:
                st.page_link(page, label=_(title))
        if presentation.offered(script):
            presentation.start_button()
        st.session_state[_LANGUAGE_WIDGET] = i18n.language()
        with st.container(key="language", width="content"):
            st.selectbox(
                _("Sprache"),
                list(LANGUAGES),
                format_func=LANGUAGES.__getitem__,
                key=_LANGUAGE_WIDGET,
                on_change=_language_chosen,
                label_visibility="collapsed",
            )


def _foot() -> None:
    with st.container(key="foot", horizontal=True, gap="medium"):
        for page in FOOT:
            st.page_link(page, label=_(PAGES[page]))
        st.html(f'<span class="kdq-quiet">{TOOL} {__version__}</span>', width="content")


def _language_chosen() -> None:
    state.put("lang", st.session_state[_LANGUAGE_WIDGET])


def _band(*, modelled: bool) -> None:
    """Show that the figures come from a model, where they do; always above the content."""
    if modelled:
        with st.container(key="band"):
            st.html(f'<p role="note" class="kdq-band">{_(MODEL_NOTICE)}</p>')


def fallen_back() -> None:
    """Say which parts of the address could not be used."""
    for name, value in state.notes():
        text = _(
            "Die Angabe {name} = „{value}“ in der Adresse ist hier nicht möglich; gezeigt wird die Vorgabe."
        )
        widgets.quiet(text.format(name=name, value=value))


@contextmanager
def guard() -> Iterator[None]:
    """Show errors inside as a message; what follows outside is drawn, the navigation too."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the reader gets a sentence, the log the traceback
        _tell(error)


def _tell(error: Exception) -> None:
    """Say what went wrong: the last line of defence, whatever breaks."""
    if isinstance(error, KudequaError):
        _LOG.warning("%s", error)
        widgets.refusal(error)
        return
    _LOG.error("Unexpected error", exc_info=error)
    st.error(
        _("Auf dieser Seite ist ein unerwarteter Fehler aufgetreten; er steht im Protokoll des Servers.")
    )
