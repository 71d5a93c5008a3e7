"""The shipped typeface on paper: fonts, widths, line breaks, and letters it has."""

from __future__ import annotations

import base64
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

FONTS = Path(__file__).parents[2] / "static" / "vendor" / "kudequa-sans"
FAMILY = "KuDeQua Sans"
#: Comes with the drawing library and has the letters of most other scripts.
FALLBACK = "DejaVu Sans"
REGULAR, SEMIBOLD, BOLD = 400, 600, 700
#: Weights of the shipped fonts, each with the end of its file name.
WEIGHTS = {REGULAR: "Regular", SEMIBOLD: "Semibold", BOLD: "Bold"}
_PT_PER_MM = 72 / 25.4

#: Everything that would make two runs differ, or text become outlines or formulae.
SETTINGS: Any = {
    "font.family": [FAMILY, FALLBACK],
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "kudequa",
    "text.parse_math": False,
    "text.usetex": False,
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.5,
    "text.hinting": "none",
    "path.simplify": True,
    "pdf.compression": 9,
}


_LOCK = threading.RLock()


@cache
def _registered() -> bool:
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(str(path))
    return True


@contextmanager
def typeset() -> Iterator[None]:
    """Draw and save with the shipped fonts and reproducible settings; one thread at a time."""
    _registered()
    # The settings are the whole process's: another reader's sheet must wait.
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def font(text: str, size_pt: float, weight: int = REGULAR) -> FontProperties:
    """Return the font for a text and a size in points: the shipped one, or one that has all its letters."""
    _registered()
    if all(ord(letter) in _own_letters() for letter in text):
        return FontProperties(family=FAMILY, size=size_pt, weight=weight)
    return FontProperties(family=FALLBACK, size=0.92 * size_pt, weight=REGULAR if weight < SEMIBOLD else BOLD)


@cache
def _face(weight: int) -> FT2Font:
    face = FT2Font(str(FONTS / f"KuDeQuaSans-{WEIGHTS[weight]}.ttf"))
    face.set_size(1000, 72)
    return face


@cache
def _own_letters() -> frozenset[int]:
    return frozenset(_face(REGULAR).get_charmap())


@cache
def _letters() -> frozenset[int]:
    other = FT2Font(font_manager.findfont(FontProperties(family=FALLBACK))).get_charmap()
    return _own_letters() | frozenset(other)


@cache
def _advance(letter: str, weight: int) -> float:
    """Return the width of a letter in units of the font size."""
    face = _face(weight)
    if ord(letter) not in _own_letters():
        return 0.65
    return float(face.load_char(ord(letter)).linearHoriAdvance) / 65536 / 1000


def plain(text: str) -> str:
    """Return a text of any origin as one line of letters that can be printed.

    Control and direction signs vanish, white space becomes a blank, letters that no font has become "□".
    """
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        if letter == "\u00a0" or (
            ord(letter) in _letters() and not unicodedata.category(letter).startswith("C")
        ):
            kept.append(letter)
        elif letter.isspace():
            kept.append(" ")
        elif not unicodedata.category(letter).startswith(("C", "M")):
            kept.append("□")
    return "".join(kept).strip()


def width_mm(text: str, size_pt: float, weight: int = REGULAR) -> float:
    """Return the width of a line in millimetres."""
    return sum(_advance(letter, weight) for letter in text) * size_pt / _PT_PER_MM


def shortened(text: str, size_pt: float, longest_mm: float, weight: int = REGULAR) -> str:
    """Return a printable line cut with "…" where it is too long."""
    line = plain(text)
    if width_mm(line, size_pt, weight) <= longest_mm:
        return line
    while line and width_mm(line + "…", size_pt, weight) > longest_mm:
        line = line[:-1]
    return line.rstrip() + "…"


def wrapped(text: str, size_pt: float, longest_mm: float, weight: int = REGULAR) -> list[str]:
    """Return a printable text in lines no longer than this; what has no blank is broken anywhere."""
    lines: list[str] = []
    line = ""
    for word in plain(text).split(" "):
        trial = f"{line} {word}" if line else word
        if width_mm(trial, size_pt, weight) <= longest_mm:
            line = trial
            continue
        if line:
            lines.append(line)
        line = word
        while width_mm(line, size_pt, weight) > longest_mm:
            cut = _fitting(line, size_pt, longest_mm, weight)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def _fitting(word: str, size_pt: float, longest_mm: float, weight: int) -> int:
    cut = 1
    while cut < len(word) and width_mm(word[: cut + 1], size_pt, weight) <= longest_mm:
        cut += 1
    # A hyphen, slash or dot in the last part is a better place than the middle of a syllable.
    better = max(word.rfind(sign, cut // 2, cut) for sign in "-/.")
    return better + 1 if better > 0 else cut


def faces() -> str:
    """Return the shipped fonts as style rules with the fonts inside."""
    rules = []
    for weight, name in WEIGHTS.items():
        data = base64.b64encode((FONTS / f"KuDeQuaSans-{name}.ttf").read_bytes()).decode("ascii")
        source = f'url("data:font/ttf;base64,{data}") format("truetype")'
        rules.append(f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};src:{source}}}")
    return "".join(rules)
