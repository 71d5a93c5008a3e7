"""The server of the pages; it reads the municipality while the first browser is still loading the frame."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import threading
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import App, delta_generator, file_util
from streamlit.components.v2 import manifest_scanner

from kudequa_geo.errors import KudequaError
from kudequa_geo.ui.headers import Headers
from kudequa_geo.ui.hints import Hints
from kudequa_geo.ui.packed import Packed
from kudequa_geo.ui.shelf import Shelf


def main() -> None:
    """Serve the pages until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m kudequa_geo.ui.server")
    parser.add_argument("script", help="home page of the tool")
    parser.add_argument("--port", required=True)
    parser.add_argument("--address", required=True)
    asked = parser.parse_args()
    # Reading ahead must not keep the frame of the page waiting: it yields ten times as often as usual.
    sys.setswitchinterval(0.0005)
    threading.Thread(target=_read_ahead, daemon=True).start()
    _without_searches()
    # The launcher is the home page itself: settings and pages stand beside it.
    sys.argv = [asked.script]
    options = {
        "server.port": int(asked.port),
        "server.address": asked.address,
        "server.headless": True,
        "logger.hideWelcomeMessage": True,
    }
    pages = Path(file_util.get_static_dir())
    # From the outside in: what browsers keep to, what is kept, what is compressed, what pages are told.
    layers = [Middleware(Headers), Middleware(Shelf), Middleware(Packed), Middleware(Hints, static=pages)]
    App(Path(asked.script).resolve(), middleware=layers).run(config=options)


def _without_searches() -> None:
    """Keep Streamlit from two searches that take half a second of a start and find nothing here."""
    # Through the files of all modules, to warn whoever has not started it by its own command.
    delta_generator._use_warning_has_been_displayed = True
    # Through the metadata of all packages, for components of a newer kind than the map's.
    manifest_scanner.scan_component_manifests = lambda max_workers=None: []  # noqa: ARG005 - its own name


def _read_ahead() -> None:
    """Import what takes long and compute what the first page shows."""
    # Not the pages themselves: the map's component has to be imported by a page, else the server never
    # knows it and every map stays blank.
    from kudequa_geo.ui import answer, cached, explain  # noqa: F401 - imported ahead of the pages

    # There is no reader yet, which Streamlit would remark on.
    context = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    context.addFilter(lambda record: "missing ScriptRunContext" not in record.getMessage())
    # What is wrong is told on the page, to whom it concerns.
    with contextlib.suppress(KudequaError):
        study = cached.study()
        study.nearest(next(iter(study.persons)))
    sys.setswitchinterval(0.005)


if __name__ == "__main__":
    main()
