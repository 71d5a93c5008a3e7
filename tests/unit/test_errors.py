"""Messages say what is wrong, where, and what to do, in the reader's language."""

from __future__ import annotations

import pytest

from kudequa_geo import errors
from kudequa_geo.errors import ConfigError, KudequaError, msg


def test_message_has_three_lines_filled_on_display() -> None:
    error = ConfigError(
        msg("„{key}“ fehlt."), where="a.toml", remedy=msg("Bitte {key} eintragen."), key="crs"
    )
    assert str(error) == "„crs“ fehlt.\nWo: a.toml\nAbhilfe: Bitte crs eintragen."


def test_message_is_translated_before_it_is_filled() -> None:
    catalogue = {"„{key}“ fehlt.": "“{key}” is missing.", "Wo: {place}": "Where: {place}"}
    error = ConfigError(msg("„{key}“ fehlt."), where="a.toml", key="crs")
    assert error.lines(lambda text: catalogue.get(text, text)) == ["“crs” is missing.", "Where: a.toml"]


def test_hostile_value_is_text() -> None:
    error = KudequaError(msg("Name {name}."), where="{braces}", name="{where} <b> %s")
    assert str(error) == "Name {where} <b> %s.\nWo: {braces}"


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ConfigError, ValueError),
        (errors.SourceError, ValueError),
        (errors.MissingInputError, FileNotFoundError),
        (errors.SchemaError, ValueError),
        (errors.StoreError, OSError),
        (errors.AnalysisError, ValueError),
        (errors.FetchError, ConnectionError),
    ],
)
def test_every_error_is_also_a_builtin(error: type[KudequaError], builtin: type[Exception]) -> None:
    assert issubclass(error, KudequaError)
    assert issubclass(error, builtin)
    assert str(error(msg("Text"), where="x")) == "Text\nWo: x"
