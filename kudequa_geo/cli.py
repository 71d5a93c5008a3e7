"""The commands: init, fetch, model, prepare, analyse, check, serve."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm
from typer.core import TyperCommand, TyperGroup

from kudequa_geo import __version__, constants
from kudequa_geo.config import load_municipality, slug
from kudequa_geo.errors import ConfigError, KudequaError, MissingInputError, msg

ROOT = Path(__file__).resolve().parent.parent

#: The words of the help that the library writes itself; a blank may have become a line break.
_GERMAN = {
    r"Usage: ": "Aufruf: ",
    r"\[OPTIONS\]": "[OPTIONEN]",
    r"COMMAND \[ARGS\]\.\.\.": "BEFEHL [WERTE] …",
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


class _Command(_GermanHelp, TyperCommand):
    pass


class _Group(_GermanHelp, TyperGroup):
    pass


app = typer.Typer(
    cls=_Group,
    help="KuDeQua Geo: fußläufige Erreichbarkeit, Versorgungslücken und was sie schließt.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

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
OsmOption = Annotated[
    Path | None,
    typer.Option(
        "--osm",
        metavar="DATEI",
        help="OSM-Auszug (.osm.pbf, .osm, .osm.gz, .osm.bz2) statt des eingetragenen.",
    ),
]
DATA_DIR = ROOT / "data"


class _Bar:
    """A progress bar on standard error; the message names the step."""

    def __init__(self) -> None:
        self._bar = tqdm(
            total=100,
            bar_format="{desc:<46.46} {percentage:3.0f} %|{bar}| {elapsed}",
            leave=False,
            disable=None,
        )

    def __call__(self, message: str, share: float) -> None:
        self._bar.set_description_str(message, refresh=False)
        self._bar.update(max(0.0, 100 * share - self._bar.n))
        self._bar.refresh()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose errors end with a message and exit code 2."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except KudequaError as error:
                _fail(str(error))
            except KeyboardInterrupt:
                _fail("Abgebrochen. Vorhandene Tabellen sind unverändert.")
            except MemoryError:
                _fail("Der Arbeitsspeicher reicht nicht. Bitte ein kleineres Gebiet wählen.")

        return app.command(name, cls=_Command)(guarded)

    return register


def _fail(message: str) -> None:
    typer.echo(f"Fehler: {message}", err=True)
    raise typer.Exit(2)


@_command("init")
def init(
    name: Annotated[str, typer.Option("--name", help="Name der Gemeinde.")],
    osm: Annotated[Path, typer.Option("--osm", metavar="DATEI", help="OSM-Auszug der Gemeinde.")],
    population: Annotated[
        int | None, typer.Option("--population", min=1, help="Einwohnerzahl, falls bekannt.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Eine vorhandene Datei ersetzen.")] = False,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Eine Gemeinde einrichten: schreibt ihre TOML-Datei aus einem OSM-Auszug."""
    from kudequa_geo import store
    from kudequa_geo.draft import draft_municipality

    key = slug(name)
    if not key:
        raise ConfigError(
            msg("Aus „{name}“ lässt sich kein Kurzname bilden."),
            remedy=msg("Bitte einen Namen mit Buchstaben oder Ziffern wählen."),
            name=name,
        )
    path = data_dir / "municipalities" / f"{key}.toml"
    if path.exists() and not force:
        raise ConfigError(
            msg("Die Gemeinde „{name}“ ist schon eingerichtet."),
            where=str(path),
            remedy=msg("Bitte die Datei bearbeiten oder mit --force ersetzen."),
            name=name,
        )
    with _Bar() as bar:
        text = draft_municipality(name, osm, population=population, progress=bar)
    store.write_text(path, text)
    typer.echo(f"Geschrieben: {path}")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {key}")


@_command("fetch")
def fetch(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    extract: Annotated[
        str | None,
        typer.Option(
            "--extract", metavar="URL|DATEI", help="OSM-Auszug, statt den Overpass-Server zu fragen."
        ),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="URL", help="Anderer Overpass-Server.")
    ] = None,
    if_online: Annotated[
        bool, typer.Option("--if-online", help="Ohne Netz still enden, statt es zu melden.")
    ] = False,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Straßen, Orte, Gebäude und Grenzen aus OpenStreetMap holen, auch nach einem Abbruch."""
    from kudequa_geo.sources import overpass, web
    from kudequa_geo.sources.fetch import fetch as load
    from kudequa_geo.territory import read_territory

    config = load_municipality(municipality, data_dir)
    address = endpoint or overpass.ENDPOINT
    probed = extract or address
    if if_online and "://" in probed and not web.is_online(probed):
        typer.echo("Kein Netz: es bleibt bei den vorhandenen Daten.")
        return
    with _Bar() as bar:
        server = overpass.Overpass(data_dir / "cache", address, progress=bar)
        got = load(
            config, lambda osm: read_territory(config, osm)[0], data_dir / config.key, server, extract=extract
        )
    typer.echo(f"Geschrieben: {got.path} (Stand {got.date or 'unbekannt'}, {got.url})")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {config.key}")


@_command("model")
def model(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    raw: Annotated[
        Path | None,
        typer.Option("--raw", metavar="ORDNER", help="Zuerst die Fakten aus den Rohdaten neu ableiten."),
    ] = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Den Modelldatensatz bauen: echte Fakten, dazwischen gekennzeichnete Annahmen."""
    from kudequa_geo.model import build

    config = load_municipality(municipality, data_dir)
    with _Bar() as bar:
        path = build(config, raw=raw, progress=bar)
    typer.echo(f"Geschrieben: {path}")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {config.key}")


@_command("prepare")
def prepare(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    osm: OsmOption = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Wegenetz, Orte, Gebäude und Bezirke aus den Quellen aufbereiten."""
    from kudequa_geo import pipeline, store
    from kudequa_geo.maps import basemap
    from kudequa_geo.sources.fetch import with_fetched

    folder = data_dir / load_municipality(municipality, data_dir).key
    config = with_fetched(load_municipality(municipality, data_dir), folder)
    with _Bar() as bar:
        prepared = pipeline.prepare(config, osm, progress=bar)
        with store.writing(folder, prepared.package) as stage:
            for table, frame in prepared.tables.items():
                stage.table(table, frame)
            stage.text("report.json", prepared.report.as_json())
            bar("Karten werden gezeichnet", 0.9)
            basemap.write(stage.path, prepared.features, prepared.tables)
    typer.echo(prepared.report.as_text())
    typer.echo(f"Geschrieben: {folder}")


@_command("analyse")
def analyse(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY, data_dir: DataDirOption = DATA_DIR
) -> None:
    """Wege und Kennzahlen aller Gebäude, Dienste und Personen berechnen."""
    from kudequa_geo import pipeline, store
    from kudequa_geo.study import load_study

    config = load_municipality(municipality, data_dir)
    folder = data_dir / config.key
    with _Bar() as bar:
        study = load_study(config, data_dir)
        with store.writing(folder, study.package, keep=True) as stage:
            pipeline.analyse(study, stage, progress=bar)
    typer.echo(f"Geschrieben: {folder}")


@_command("check")
def check(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY, data_dir: DataDirOption = DATA_DIR
) -> None:
    """Tabellen, Prüfsummen, Lizenzen und Summen prüfen."""
    from kudequa_geo.check import defects

    config = load_municipality(municipality, data_dir)
    found = defects(config, data_dir / config.key)
    for line in found:
        typer.echo(f"- {line}", err=True)
    if found:
        _fail(f"{len(found)} Mängel in {data_dir / config.key}.")
    typer.echo(f"Alles in Ordnung: {data_dir / config.key}")


@_command("serve")
def serve(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8501,
    address: Annotated[
        str, typer.Option("--address", help="Adresse; 0.0.0.0 macht die Anwendung im Netz sichtbar.")
    ] = "localhost",
    headless: Annotated[bool, typer.Option("--headless", help="Keinen Browser öffnen.")] = False,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Die Anwendung im Browser starten."""
    config = load_municipality(municipality, data_dir)
    if not (ROOT / "dashboard.py").is_file():
        raise MissingInputError(
            msg("Die Seiten der Anwendung fehlen."),
            where=str(ROOT / "dashboard.py"),
            remedy=msg("Bitte das ganze Verzeichnis des Projekts verwenden."),
        )
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard.py")]
    command += ["--server.port", str(port), "--server.address", address, "--server.headless", "true"]
    environment = {
        **os.environ,
        "KUDEQUA_MUNICIPALITY": str(config.path),
        "KUDEQUA_DATA_DIR": str(data_dir.resolve()),
    }
    host = "localhost" if address in ("0.0.0.0", "::") else address  # noqa: S104 - compared, not bound
    url = f"http://{host}:{port}"
    typer.echo(f"KuDeQua Geo {__version__}: {config.name}\nAdresse: {url}   (Strg+C beendet)")
    server = subprocess.Popen(command, env=environment, cwd=ROOT)  # noqa: S603 - our own words only
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    if not headless:
        webbrowser.open(url)
    try:
        code = server.wait()
    except KeyboardInterrupt:
        server.terminate()
        code = server.wait()
        typer.echo("Beendet.")
        return
    raise typer.Exit(0 if code in (0, -signal.SIGTERM) else 2)


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m kudequa_geo")
