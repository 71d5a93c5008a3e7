"""The reader's choices: from the address, from widgets, back into the address."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from kudequa_geo.ui import state

    state.begin()
    colour = state.get("colour", lambda value: value in ("red", "blue"), "red")
    size = state.get("size", lambda value: value in ("", "big"), "")
    st.text(f"{colour}/{size}")
    st.session_state["widget.colour"] = colour

    def chosen() -> None:
        state.put("colour", st.session_state["widget.colour"])

    st.selectbox("c", ["red", "blue"], key="widget.colour", on_change=chosen)
    st.text(f"{state.notes()}")
    state.publish(("colour", "size"))


def _app(**query: str) -> AppTest:
    app = AppTest.from_function(_page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def _address(app: AppTest) -> dict[str, str]:
    # The test client keeps lists of what it was given and texts of what the page wrote.
    values = dict(app.query_params)
    return {name: value if isinstance(value, str) else value[-1] for name, value in values.items()}


def test_default_is_shown_and_written() -> None:
    app = _app()
    assert app.text[0].value == "red/"
    assert _address(app) == {"colour": "red"}


def test_address_sets_the_view() -> None:
    app = _app(colour="blue", size="big")
    assert app.text[0].value == "blue/big"
    assert app.selectbox[0].value == "blue"


def test_wrong_address_falls_back_with_a_note() -> None:
    app = _app(colour="<b>green</b>")
    assert app.text[0].value == "red/"
    assert app.text[1].value == "[('colour', '<b>green</b>')]"
    assert _address(app) == {"colour": "red"}


def test_widget_changes_the_address_and_survives_a_rerun() -> None:
    app = _app(colour="red")
    app.selectbox[0].select("blue").run()
    assert app.text[0].value == "blue/"
    assert _address(app) == {"colour": "blue"}
    assert app.run().text[0].value == "blue/"


def test_going_back_restores_the_whole_view() -> None:
    app = _app(colour="red")
    app.selectbox[0].select("blue").run()
    app.query_params["size"] = "big"
    app.query_params["colour"] = "blue"
    assert app.run().text[0].value == "blue/big"
    del app.query_params["size"]
    app.query_params["colour"] = "red"
    assert app.run().text[0].value == "red/"


def test_an_address_without_values_keeps_the_choices() -> None:
    app = _app(colour="blue")
    app.query_params.clear()
    assert app.run().text[0].value == "blue/"
    assert _address(app) == {"colour": "blue"}


def test_a_language_that_changes_within_a_run_is_spoken_at_once() -> None:
    def script() -> None:
        import streamlit as st

        from kudequa_geo.ui import i18n, state

        state.begin()
        state.get("lang", lambda key: key in i18n.LANGUAGES, i18n.SOURCE)
        before = i18n.language()
        state.put("lang", "tr")
        st.text(f"{before} {i18n.language()}")

    app = AppTest.from_function(script)
    assert app.run().text[0].value == "de tr"
    app.query_params["lang"] = "en"
    assert app.run().text[0].value.endswith(" tr")
