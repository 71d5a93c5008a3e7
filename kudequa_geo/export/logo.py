"""The logo of a sheet: a small PNG file, checked before it is drawn."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kudequa_geo.errors import MissingInputError, SourceError, msg

#: A logo is some centimetres wide; more would only make every sheet heavier.
LARGEST_BYTES = 1_000_000
_MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class Logo:
    """A PNG file.

    Attributes
    ----------
    name
        What the file is called.
    sha256
        Of its content.
    content
        Its bytes.
    """

    name: str
    sha256: str
    content: bytes = field(repr=False)

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """Colours and opacity, shape (height, width, 4).

        Raises
        ------
        SourceError
            The file is no PNG, broken, or too large.
        """
        try:
            if len(self.content) > LARGEST_BYTES:
                raise ValueError(f"> {LARGEST_BYTES} B")
            with Image.open(io.BytesIO(self.content), formats=["PNG"]) as image:
                # Asked before anything is unpacked: a small file can hold a picture of any size.
                if image.width * image.height > _MOST_PIXELS:
                    raise ValueError(f"{image.width} x {image.height} > {_MOST_PIXELS}")
                return np.asarray(image.convert("RGBA"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise SourceError(
                msg("Das Logo ist keine PNG-Datei, beschädigt oder zu groß."),
                where=self.name,
                remedy=msg("Bitte eine PNG-Datei von höchstens 1 MB und 4 Millionen Bildpunkten angeben."),
            ) from error


def logo_of(name: str, content: bytes) -> Logo:
    """Return a logo whose file has been read.

    Raises
    ------
    SourceError
        As :attr:`Logo.pixels`.
    """
    logo = Logo(name, hashlib.sha256(content).hexdigest(), content)
    _ = logo.pixels
    return logo


def read_logo(path: Path) -> Logo:
    """Read a logo.

    Raises
    ------
    MissingInputError
        There is no such file, or it cannot be read.
    SourceError
        As :attr:`Logo.pixels`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise MissingInputError(
            msg("Das Logo kann nicht gelesen werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte den Pfad und die Leserechte prüfen."),
            reason=error.strerror or str(error),
        ) from error
    return logo_of(path.name, content)
