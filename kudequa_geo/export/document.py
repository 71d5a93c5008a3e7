"""A document of headings, paragraphs, lists, tables and maps, read from a template a planner can edit.

Templates are plain text: ``#`` headings, paragraphs, ``-`` lists, ``{name}`` for a figure, and a line
``[[name]]`` or ``[[table:name]]`` where a map or table stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kudequa_geo.errors import ConfigError, msg


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    words: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``strong`` for a notice."""

    words: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table; all columns but the first ``text_columns`` are numbers, set to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1


@dataclass(frozen=True)
class Picture:
    """Where the map stands, with the words that describe it."""

    words: str


Block = Heading | Paragraph | Bullets | Grid | Picture
_DIRECTIVE = re.compile(r"^\[\[([a-z:_]+)\]\]$")
_PLACE = re.compile(r"\{([a-z_0-9]+)\}")


def read_template(
    text: str, values: Mapping[str, str], makers: Mapping[str, Callable[[], Sequence[Block]]], where: str
) -> list[Block]:
    """Return a template as blocks, its figures filled in.

    Parameters
    ----------
    text
        The template.
    values
        Name of a figure -> its words.
    makers
        Name of a directive -> what makes its blocks.
    where
        File named in messages.

    Raises
    ------
    ConfigError
        A figure or directive that does not exist; all of them, and those there are, are named.
    """
    unknown = sorted({f"{{{name}}}" for name in _PLACE.findall(text) if name not in values})
    blocks: list[Block] = []
    for raw in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        part = raw.strip()
        directive = _DIRECTIVE.match(part)
        if directive is None:
            blocks += _blocks(part, values)
        elif directive[1] in makers:
            blocks += makers[directive[1]]()
        else:
            unknown.append(part)
    if unknown:
        raise ConfigError(
            msg("Die Vorlage nennt, was es nicht gibt: {unknown}."),
            where=where,
            remedy=msg("Bekannt sind: {known}."),
            unknown=", ".join(unknown),
            known=", ".join([*(f"{{{name}}}" for name in values), *(f"[[{name}]]" for name in makers)]),
        )
    return blocks


def _blocks(part: str, values: Mapping[str, str]) -> list[Block]:
    filled = _PLACE.sub(lambda place: values.get(place[1], place[0]), part)
    lines = [line.strip() for line in filled.splitlines()]
    if lines[0].startswith("#"):
        marks = len(lines[0]) - len(lines[0].lstrip("#"))
        rest = "\n".join(lines[1:]).strip()
        heading = Heading(min(marks, 3), lines[0].lstrip("#").strip())
        return [heading, *(_blocks(rest, {}) if rest else [])]
    if all(line.startswith("- ") for line in lines):
        return [Bullets(tuple(line[2:].strip() for line in lines))]
    return [Paragraph(" ".join(lines))]
