"""What all commands share: German help, options, progress, errors in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from tqdm import tqdm
from typer.core import TyperCommand, TyperGroup

from kudequa_geo.errors import KudequaError

ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = ROOT / "data"

#: The words of the help that the library writes itself; a blank may have become a line break.
_GERMAN = {
    r"Usage: ": "Aufruf: ",
    r"\[OPTIONS\]": "[OPTIONEN]",
    r"COMMAND \[ARGS\]\.\.\.": "BEFEHL [WERTE] …",
    r"Arguments:": "Angaben:",
    r"Options:": "Optionen:",
    r"Commands:": "Befehle:",
    r"Show\s+this\s+message\s+and\s+exit\.": "Diese Hilfe zeigen und enden.",
    r"\bdefault:": "Vorgabe:",
    r"\[required\]": "[nötig]",
    r"\benv\s+var:": "Umgebung:",
}


class _GermanHelp:
    def get_help(self, ctx: Any) -> str:
        text: str = super().get_help(ctx)  # type: ignore[misc]
        for english, german in _GERMAN.items():
            text = re.sub(english, german, text)
        return text


class Command(_GermanHelp, TyperCommand):
    """A command with German help."""


class Group(_GermanHelp, TyperGroup):
    """A group of commands with German help."""


MunicipalityOption = Annotated[
    str,
    typer.Option(
        "--municipality",
        "-m",
        metavar="NAME|TOML",
        envvar="KUDEQUA_MUNICIPALITY",
        help="Name der Gemeinde oder Pfad ihrer TOML-Datei.",
    ),
]
DataDirOption = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        metavar="ORDNER",
        envvar="KUDEQUA_DATA_DIR",
        help="Ordner mit den Daten aller Gemeinden.",
    ),
]


class Bar:
    """A progress bar on standard error; the message names the step."""

    def __init__(self) -> None:
        self._bar = tqdm(
            total=100,
            bar_format="{desc:<46.46} {percentage:3.0f} %|{bar}| {elapsed}",
            leave=False,
            disable=None,
        )

    def __call__(self, message: str, share: float) -> None:
        """Show the step and the share done."""
        self._bar.set_description_str(message, refresh=False)
        self._bar.update(max(0.0, 100 * share - self._bar.n))
        self._bar.refresh()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose errors end with a message and exit code 2.

    A parameter whose type is a dataclass becomes one option per field: what several commands ask for is
    written once.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        flat, groups = _options(function)

        @wraps(function)
        def guarded(**given: Any) -> None:
            for parameter, group in groups.items():
                given[parameter] = group(**{each.name: given.pop(each.name) for each in fields(group)})
            try:
                function(**given)
            except KudequaError as error:
                fail(str(error))
            except KeyboardInterrupt:
                forget_interrupt()
                fail("Abgebrochen. Vorhandene Tabellen sind unverändert.")
            except MemoryError:
                fail("Der Arbeitsspeicher reicht nicht. Bitte ein kleineres Gebiet wählen.")

        # The library reads the options from here, not from the function that is wrapped.
        guarded.__signature__ = Signature(flat)  # type: ignore[attr-defined]
        guarded.__annotations__ = {each.name: each.annotation for each in flat}
        app.command(name, cls=Command)(guarded)
        return function

    return register


def _options(function: Callable[..., None]) -> tuple[list[Parameter], dict[str, Any]]:
    """Return the options of a command, and its parameters that gather several."""
    flat, groups = [], {}
    hints = get_type_hints(function, include_extras=True)
    for own in signature(function).parameters.values():
        kind = hints[own.name]
        if not is_dataclass(kind):
            flat.append(own.replace(kind=Parameter.KEYWORD_ONLY, annotation=kind))
            continue
        groups[own.name] = kind
        inner = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            default = Parameter.empty if each.default is MISSING else each.default
            flat.append(
                Parameter(each.name, Parameter.KEYWORD_ONLY, default=default, annotation=inner[each.name])
            )
    return flat, groups


def forget_interrupt() -> None:
    """Let the process end with its own exit code after an interrupt that was caught.

    CPython remembers an interrupt that left text under ``exec`` (which is how the standard library makes data
    classes, and an interrupt may come while a library is imported), even if it is caught further up, and ends
    a program that was started by ``-m`` as if it had not been. The next text that is run makes it forget.
    """
    exec("")  # noqa: S102 - a constant


def fail(message: str) -> None:
    """Say what is wrong on standard error and end with 2."""
    typer.echo(f"Fehler: {message}", err=True)
    raise typer.Exit(2)
