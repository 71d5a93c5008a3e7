"""The style sheets of the pages: in the page from the beginning where the server can put them there."""

from __future__ import annotations

import streamlit as st

from kudequa_geo.maps.assets import FOLDER

_SHEETS = ("page.css", "present.css")


class Style:
    """Where the style sheets come from.

    Attributes
    ----------
    in_page
        True where the server puts :meth:`element` into every page; else each run sends them.
    """

    in_page = False

    @staticmethod
    def element() -> str:
        """Return both sheets as one element of HTML."""
        sheets = "\n".join((FOLDER / "kudequa" / name).read_text(encoding="utf-8") for name in _SHEETS)
        return f"<style>{sheets}</style>"

    @classmethod
    def begin(cls) -> None:
        """Send the sheets unless the page has them."""
        if not cls.in_page:
            for name in _SHEETS:
                st.html(FOLDER / "kudequa" / name)
