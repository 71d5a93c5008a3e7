"""Presentation mode of the map pages: title, map, legend, one sentence; the rest is a key away.

The pages stay as they are. A style sheet hides what a meeting does not need and enlarges the rest, a small
script of the tool's own listens to keys and touches, and the address says ``present=1``.
"""

from __future__ import annotations

import json
from html import escape

import streamlit as st

from kudequa_geo.maps import assets
from kudequa_geo.ui import state
from kudequa_geo.ui.i18n import _

NAME = "present"
#: Pages with a map, in the order in which they are leafed through, and their paths in the address.
PAGES: dict[str, str] = {
    "dashboard.py": "",
    "pages/1_Erreichbarkeit.py": "Erreichbarkeit",
    "pages/2_Versorgungsluecken.py": "Versorgungsluecken",
    "pages/3_Vergleich.py": "Vergleich",
    "pages/4_Flaechen_und_Leerstaende.py": "Flaechen_und_Leerstaende",
    "pages/5_Quartierslabore.py": "Quartierslabore",
    "pages/8_Szenarien.py": "Szenarien",
}
_SCRIPT = "app/static/kudequa/present.js"


def offered(script: str) -> bool:
    """Return whether a page can be presented."""
    return script in PAGES


def start_button() -> None:
    """Draw the button that starts the mode."""
    st.button(_("Präsentation"), on_click=_set, args=("1",), key="present-start", type="tertiary")


def begin(script: str, title: str) -> None:
    """Draw title, buttons and help of the mode; what of them is seen, the style sheet decides.

    Parameters
    ----------
    script
        The page's path.
    title
        What the page is called, in the reader's language.
    """
    if not offered(script):
        state.drop(NAME)
        st.html(_page_script("", presenting=False), unsafe_allow_javascript=True)
        st.html(f'<h1 class="kdq-title">{escape(title)}</h1>')
        return
    presenting = state.get(NAME, ("", "1").__contains__, "") == "1"
    st.html(_page_script(PAGES[script], presenting=presenting), unsafe_allow_javascript=True)
    with st.container(key="present", horizontal=True, vertical_alignment="center"):
        st.html(f'<h1 class="kdq-title">{escape(title)}</h1>')
        st.html(_buttons())
        st.button(_("Beenden"), on_click=_set, args=("",), key="present-leave")
        st.html(_help())


def _set(value: str) -> None:
    state.put(NAME, value)


def _page_script(here: str, *, presenting: bool) -> str:
    """Return the script that tells the page its mode, and fetches what listens to the keys once."""
    mode = {"present": "1" if presenting else "", "pages": list(PAGES.values()), "here": here}
    settings = json.dumps(mode)
    return f"""<script>{{
    window.kudequaPresentation = {settings};
    if (window.kudequaPresent) {{
      window.kudequaPresent.begin();
    }} else {{
      document.documentElement.dataset.present = window.kudequaPresentation.present;
      if (!document.querySelector('script[src^="{_SCRIPT}"]')) {{
        const script = document.createElement("script");
        script.src = "{_SCRIPT}?v={assets.stamp("kudequa/present.js")}";
        document.head.append(script);
      }}
    }}
    }}</script>"""


def _buttons() -> str:
    parts = [
        ("controls", "1", _("Bedienung")),
        ("answer", "2", _("Zahlen")),
        ("legend", "3", _("Legende")),
        ("help", "?", _("Tasten")),
    ]
    buttons = "".join(
        f'<button type="button" data-present-key="{key}" data-present-panel="{panel}" aria-expanded="false" '
        f'aria-label="{escape(words)}"><kbd>{key}</kbd> <span>{escape(words)}</span></button>'
        for panel, key, words in parts
    )
    label = escape(_("Präsentation"))
    return f'<div class="kdq-present-buttons" role="toolbar" aria-label="{label}">{buttons}</div>'


def keys() -> list[tuple[str, str]]:
    """Return every key of the mode with what it does."""
    return [
        ("1", _("Bedienung ein- und ausblenden: Dienst, Person, Grenze, Gebiet")),
        ("2", _("Zahlen und Tabellen ein- und ausblenden")),
        ("3", _("Legende ein- und ausblenden")),
        ("+ −", _("Karte näher und weiter weg")),
        ("← → ↑ ↓", _("Karte verschieben")),
        ("Enter", _("Mitte der Karte abfragen, wenn die Karte gewählt ist")),
        (_("Bild ↓, Bild ↑"), _("nächste und vorige Seite mit Karte")),
        ("F", _("ganzer Bildschirm")),
        ("?", _("diese Tasten zeigen")),
        ("Esc", _("schließen, was offen ist; sonst die Präsentation beenden")),
    ]


def _help() -> str:
    rows = "".join(
        f'<tr><th scope="row"><kbd>{escape(key)}</kbd></th><td>{escape(does)}</td></tr>'
        for key, does in keys()
    )
    title = escape(_("Tasten der Präsentation"))
    close = escape(_("Schließen"))
    return (
        f'<div class="kdq-help" role="dialog" aria-modal="true" aria-label="{title}" tabindex="-1">'
        f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"
        f'<button type="button" data-present-key="Escape">{close}</button></div>'
    )
