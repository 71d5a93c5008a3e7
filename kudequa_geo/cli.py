"""The commands: init, fetch, model, prepare, analyse, scenario, suggest, export, check, serve."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from kudequa_geo import __version__, constants, export_cli, scenario_cli
from kudequa_geo.errors import ConfigError, KudequaError, MissingInputError, msg
from kudequa_geo.terminal import (
    DATA_DIR,
    ROOT,
    Bar,
    DataDirOption,
    Group,
    MunicipalityOption,
    command,
    fail,
    forget_interrupt,
)

app = typer.Typer(
    cls=Group,
    help="KuDeQua Geo: fußläufige Erreichbarkeit, Versorgungslücken und was sie schließt.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(scenario_cli.app, name="scenario")
command(app, "suggest")(scenario_cli.suggest)
app.add_typer(export_cli.app, name="export")

OsmOption = Annotated[
    Path | None,
    typer.Option(
        "--osm",
        metavar="DATEI",
        help="OSM-Auszug (.osm.pbf, .osm, .osm.gz, .osm.bz2) statt des eingetragenen.",
    ),
]


@command(app, "init")
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
    from kudequa_geo.config import slug
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
    with Bar() as bar:
        text = draft_municipality(name, osm, population=population, progress=bar)
    store.write_text(path, text)
    typer.echo(f"Geschrieben: {path}")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {key}")


@command(app, "fetch")
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
    from kudequa_geo.config import load_municipality
    from kudequa_geo.sources import overpass, web
    from kudequa_geo.sources.fetch import fetch as load
    from kudequa_geo.territory import read_territory

    config = load_municipality(municipality, data_dir)
    address = endpoint or overpass.ENDPOINT
    probed = extract or address
    if if_online and "://" in probed and not web.is_online(probed):
        typer.echo("Kein Netz: es bleibt bei den vorhandenen Daten.")
        return
    with Bar() as bar:
        server = overpass.Overpass(data_dir / "cache", address, progress=bar)
        got = load(
            config, lambda osm: read_territory(config, osm)[0], data_dir / config.key, server, extract=extract
        )
    typer.echo(f"Geschrieben: {got.path} (Stand {got.date or 'unbekannt'}, {got.url})")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {config.key}")


@command(app, "model")
def model(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    raw: Annotated[
        Path | None,
        typer.Option("--raw", metavar="ORDNER", help="Zuerst die Fakten aus den Rohdaten neu ableiten."),
    ] = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Den Modelldatensatz bauen: echte Fakten, dazwischen gekennzeichnete Annahmen."""
    from kudequa_geo.config import load_municipality
    from kudequa_geo.model import build

    config = load_municipality(municipality, data_dir)
    with Bar() as bar:
        path = build(config, raw=raw, progress=bar)
    typer.echo(f"Geschrieben: {path}")
    typer.echo(f"Weiter mit:  python -m kudequa_geo prepare --municipality {config.key}")


@command(app, "prepare")
def prepare(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY,
    osm: OsmOption = None,
    keep_as: Annotated[
        str | None,
        typer.Option(
            "--keep-as",
            metavar="NAME",
            help="Den bisherigen Stand unter diesem Namen aufheben, um ihn später zu vergleichen.",
        ),
    ] = None,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Wegenetz, Orte, Gebäude und Bezirke aus den Quellen aufbereiten."""
    from kudequa_geo import pipeline, states, store
    from kudequa_geo.config import load_municipality
    from kudequa_geo.maps import basemap
    from kudequa_geo.sources.fetch import with_fetched

    folder = data_dir / load_municipality(municipality, data_dir).key
    config = with_fetched(load_municipality(municipality, data_dir), folder)
    if keep_as is not None:
        states.require_free(folder, keep_as)
    with Bar() as bar:
        prepared = pipeline.prepare(config, osm, progress=bar)
        with states.kept_aside(folder, keep_as), store.writing(folder, prepared.package) as stage:
            for table, frame in prepared.tables.items():
                stage.table(table, frame)
            stage.text("report.json", prepared.report.as_json())
            bar("Karten werden gezeichnet", 0.9)
            basemap.write(stage.path, prepared.features, prepared.tables)
    typer.echo(prepared.report.as_text())
    if keep_as is not None:
        typer.echo(f"Der bisherige Stand ist aufgehoben: {folder / states.FOLDER / keep_as}")
    typer.echo(f"Geschrieben: {folder}")


@command(app, "analyse")
def analyse(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY, data_dir: DataDirOption = DATA_DIR
) -> None:
    """Wege und Kennzahlen aller Gebäude, Dienste und Personen berechnen."""
    from kudequa_geo import pipeline, store
    from kudequa_geo.config import load_municipality
    from kudequa_geo.study import load_study

    config = load_municipality(municipality, data_dir)
    folder = data_dir / config.key
    with Bar() as bar:
        study = load_study(config, data_dir)
        with store.writing(folder, study.package, keep=True) as stage:
            pipeline.analyse(study, stage, progress=bar)
    typer.echo(f"Geschrieben: {folder}")


@command(app, "check")
def check(
    municipality: MunicipalityOption = constants.DEFAULT_MUNICIPALITY, data_dir: DataDirOption = DATA_DIR
) -> None:
    """Tabellen, Prüfsummen, Lizenzen und Summen prüfen."""
    from kudequa_geo.check import defects
    from kudequa_geo.config import load_municipality

    config = load_municipality(municipality, data_dir)
    found = defects(config, data_dir / config.key)
    for line in found:
        typer.echo(f"- {line}", err=True)
    if found:
        fail(f"{len(found)} Mängel in {data_dir / config.key}.")
    typer.echo(f"Alles in Ordnung: {data_dir / config.key}")


@command(app, "serve")
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
    if not (ROOT / "dashboard.py").is_file():
        raise MissingInputError(
            msg("Die Seiten der Anwendung fehlen."),
            where=str(ROOT / "dashboard.py"),
            remedy=msg("Bitte das ganze Verzeichnis des Projekts verwenden."),
        )
    command = [sys.executable, "-m", "kudequa_geo.ui.server", str(ROOT / "dashboard.py")]
    command += ["--port", str(port), "--address", address]
    environment = {
        **os.environ,
        "KUDEQUA_MUNICIPALITY": str(Path(municipality).resolve())
        if municipality.endswith(".toml")
        else municipality,
        "KUDEQUA_DATA_DIR": str(data_dir.resolve()),
    }
    server = subprocess.Popen(command, env=environment, cwd=ROOT)  # noqa: S603 - our own words only
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    host = "localhost" if address in ("0.0.0.0", "::") else address  # noqa: S104 - compared, not bound
    url = f"http://{host}:{port}"
    try:
        # Only now, while the server is reading itself in.
        from kudequa_geo.config import load_municipality

        config = load_municipality(municipality, data_dir)
        _until_it_answers(server, host, port)
        typer.echo(f"KuDeQua Geo {__version__}: {config.name}\nAdresse: {url}   (Strg+C beendet)")
        if not headless:
            webbrowser.open(url)
        code = server.wait()
    except KeyboardInterrupt:
        forget_interrupt()
        server.terminate()
        server.wait()
        typer.echo("Beendet.")
        return
    except KudequaError:
        server.terminate()
        server.wait()
        raise
    raise typer.Exit(0 if code in (0, -signal.SIGTERM) else 2)


def _until_it_answers(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Wait until the server takes connections or has ended."""
    while server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.05)


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m kudequa_geo")
