"""The section of the map in the address: judged by the server, written by the browser."""

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.ui.section import valid

BOX = (7.4, 51.5, 7.6, 51.6)


@pytest.mark.parametrize("text", ["51.55,7.5,12", "51.55,7.5,13.25", "51.451,7.301,9", "51.649,7.699,19"])
def test_a_section_of_the_area_is_valid(text: str) -> None:
    assert valid(text, BOX)


@pytest.mark.parametrize(
    "text",
    [
        *("", "51.55,7.5", "51.55,7.5,12,1", "51.55,7.5,8.9", "51.55,7.5,19.1", "51.66,7.5,12"),
        *("51.55,7.29,12", "nan,7.5,12", "51.55,7.5,inf", "5e1,7.5,12", "51.55, 7.5,12", "<b>,7.5,12"),
        "\u0665\u0661.55,7.5,12",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not valid(text, BOX)


def _page() -> None:
    import streamlit as st

    from kudequa_geo.ui import state

    state.begin()
    state.get("lang", ("de", "en").__contains__, "de")
    state.check_section(lambda text: text in ("", "near"))
    st.text(f"{state.notes()}")
    state.publish(("lang", state.SECTION) if st.query_params.get("lang") != "en" else ("lang",))


def _run(**query: str) -> tuple[dict[str, str], str]:
    app = AppTest.from_function(_page)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    values = dict(app.query_params)
    address = {name: value if isinstance(value, str) else value[-1] for name, value in values.items()}
    return address, app.text[0].value


def test_a_section_is_handed_on_and_none_is_made_up() -> None:
    assert _run(view="near") == ({"lang": "de", "view": "near"}, "[]")
    assert _run() == ({"lang": "de"}, "[]")


def test_a_section_of_nowhere_leaves_the_address_with_a_note() -> None:
    assert _run(view="far") == ({"lang": "de"}, "[('view', 'far')]")


def test_a_page_without_a_map_has_none() -> None:
    assert _run(view="near", lang="en")[0] == {"lang": "en"}
