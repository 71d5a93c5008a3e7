"""Set up and start everything, or set up and test everything.

    python3 run.py                 make .venv, install, prepare, start the dashboard
    python3 run.py test [...]      the same, then run the tests; further words go to pytest

Only the standard library is used here, so that a bare Python is enough.
"""

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
CHROMIUM = Path("/usr/bin/chromium")


def main():
    """Read the words of the command line and do what they say."""
    if sys.version_info < OLDEST:
        fail(
            f"Python {OLDEST[0]}.{OLDEST[1]} oder neuer wird gebraucht, dieses ist {sys.version.split()[0]}."
        )
    if sys.argv[1:2] == ["test"]:
        return test(sys.argv[2:])
    return start(read_options())


def read_options():
    """Return the options of the start."""
    parser = argparse.ArgumentParser(description="KuDeQua Geo einrichten und starten.")
    parser.add_argument("--port", type=int, default=8501, help="Port der Anwendung (8501)")
    parser.add_argument(
        "--address",
        default="localhost",
        help="Adresse, an der sie lauscht (localhost; 0.0.0.0 = im ganzen Netz)",
    )
    parser.add_argument("--headless", action="store_true", help="keinen Browser öffnen")
    parser.add_argument("--offline", action="store_true", help="keine Daten aus dem Internet versuchen")
    parser.add_argument("--municipality", default=os.environ.get("KUDEQUA_MUNICIPALITY", "dortmund-nord"))
    return parser.parse_args()


def start(options):
    """Set up what is missing and start the dashboard."""
    if not port_is_free(options.address, options.port):
        fail(f"Port {options.port} ist schon belegt. Bitte einen anderen wählen: --port {options.port + 1}")
    install("requirements.txt")
    compile_kernels()
    tool = [str(PYTHON), "-m", "kudequa_geo"]
    data = Path(os.environ.get("KUDEQUA_DATA_DIR", ROOT / "data"))
    if not (data / options.municipality / "datapackage.json").is_file():
        if not options.offline:
            say("Aktuelle Daten aus OpenStreetMap werden gesucht (einmalig; --offline lässt es aus) …")
            # Without them the data set that is shipped is used; what went wrong has been said.
            subprocess.call([*tool, "fetch", "--municipality", options.municipality, "--if-online"], cwd=ROOT)
        say(f"Daten für „{options.municipality}“ werden vorbereitet (einmalig) …")
        run([*tool, "prepare", "--municipality", options.municipality])
    serve = [*tool, "serve", "--municipality", options.municipality]
    serve += ["--port", str(options.port), "--address", options.address]
    return subprocess.call(serve + (["--headless"] if options.headless else []), cwd=ROOT)


def test(words):
    """Set up what tests need and run them."""
    install("requirements-dev.txt")
    ensure_chromium()
    compile_kernels()
    # Files are spread over the cores; what shares a fixture stays together.
    spread = [] if "-n" in words else ["-n", "auto", "--dist", "loadfile"]
    return subprocess.call([str(PYTHON), "-m", "pytest", *spread, *words], cwd=ROOT)


def install(requirements):
    """Make the virtual environment and install into it, unless that has been done for this very list."""
    lists = [ROOT / "requirements.txt"] + (
        [ROOT / requirements] if requirements != "requirements.txt" else []
    )
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in lists)).hexdigest()
    marker = VENV / f"installed-{Path(requirements).stem}"
    if PYTHON.is_file() and marker.is_file() and marker.read_text() == wanted:
        return
    if not PYTHON.is_file():
        say("Virtuelle Umgebung .venv wird angelegt …")
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    say(f"Pakete aus {requirements} werden installiert (einmalig, einige Minuten) …")
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "-qq"]
    if subprocess.call([*pip, "-r", str(ROOT / requirements)], cwd=ROOT):
        fail("Die Installation ist gescheitert; die Meldung von pip steht darüber. Gibt es eine Verbindung?")
    marker.write_text(wanted)


def compile_kernels():
    """Compile the routing kernels into their cache, once per version of their source."""
    sources = b"".join(path.read_bytes() for path in sorted((ROOT / "kudequa_geo" / "access").glob("*.py")))
    wanted = hashlib.sha256(sources).hexdigest()
    marker = VENV / "compiled-kernels"
    if marker.is_file() and marker.read_text() == wanted:
        return
    say("Rechenkerne werden übersetzt (einmalig, bis zu einer Minute) …")
    run([str(PYTHON), "-c", "from kudequa_geo.access.warm_up import warm_up; warm_up()"])
    marker.write_text(wanted)


def ensure_chromium():
    """Install Debian's Chromium for the browser tests where that is possible."""
    if CHROMIUM.is_file():
        return
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        say("Chromium für die Browsertests wird installiert …")
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.call(["apt-get", "update", "-qq"], **quiet)
        subprocess.call(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)
    if not CHROMIUM.is_file():
        say("ACHTUNG: kein Chromium unter /usr/bin/chromium – ALLE BROWSERTESTS WERDEN ÜBERSPRUNGEN.")
        if os.environ.get("CI") == "true":
            fail("In der CI ist das ein Fehler: bitte das Debian-Paket „chromium“ bereitstellen.")


def port_is_free(address, port):
    """Tell whether the port can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def run(command):
    """Run a step of the set-up and stop where it fails; it has said why."""
    code = subprocess.call(command, cwd=ROOT)
    if code:
        sys.exit(code)


def say(line):
    """Print a line at once."""
    print(line, flush=True)


def fail(line):
    """Say what is wrong and end with 2."""
    print(line, file=sys.stderr, flush=True)
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\nBeendet.")
