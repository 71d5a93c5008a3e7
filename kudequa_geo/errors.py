"""Every error a user can meet, under one root.

A message says what is wrong, where, and what to do. Its texts are German, the
source language of the catalogues, and hold named places (``{column}``) that are
filled on display, so that a page can show them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable


def msg(text: str) -> str:
    """Mark a text for the translation catalogues and return it unchanged."""
    return text


class KudequaError(Exception):
    """Root of all errors that are the user's to mend.

    Parameters
    ----------
    what
        What is wrong: a German sentence with named places, wrapped in :func:`msg`.
    where
        File, table, column, row or OSM id it was found in.
    remedy
        What to do: a German sentence with named places, wrapped in :func:`msg`.
    values
        The values of the named places.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", **values: object) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.values = values

    def lines(self, translate: Callable[[str], str] = str) -> list[str]:
        """Return the message as up to three lines, each translated before it is filled."""
        lines = [translate(self.what).format(**self.values)]
        if self.where:
            lines.append(translate(msg("Wo: {place}")).format(place=self.where))
        if self.remedy:
            remedy = translate(self.remedy).format(**self.values)
            lines.append(translate(msg("Abhilfe: {remedy}")).format(remedy=remedy))
        return lines

    def __str__(self) -> str:
        """Return the message in the source language."""
        return "\n".join(self.lines())


class ConfigError(KudequaError, ValueError):
    """The municipality's file holds a key or a value that cannot be used."""


class SourceError(KudequaError, ValueError):
    """An input file cannot be read or is not what it should be."""


class MissingInputError(KudequaError, FileNotFoundError):
    """A file or table that is needed is not there."""


class SchemaError(KudequaError, ValueError):
    """A table breaks the rules of its schema; all defects are listed at once."""


class StoreError(KudequaError, OSError):
    """Tables could not be written or are damaged."""


class AnalysisError(KudequaError, ValueError):
    """A measure was asked for with values it is not defined for."""


class FetchError(KudequaError, ConnectionError):
    """A download failed for good."""
