"""The server of the pages; it reads the municipality while the first browser is still loading the frame."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import threading

from streamlit.web import cli

from kudequa_geo.errors import KudequaError


def main() -> None:
    """Serve the pages until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m kudequa_geo.ui.server")
    parser.add_argument("script", help="home page of the tool")
    parser.add_argument("--port", required=True)
    parser.add_argument("--address", required=True)
    asked = parser.parse_args()
    threading.Thread(target=_read_ahead, daemon=True).start()
    sys.argv = ["streamlit", "run", asked.script, "--server.port", asked.port]
    sys.argv += ["--server.address", asked.address, "--server.headless", "true"]
    sys.argv += ["--logger.hideWelcomeMessage", "true"]
    sys.exit(cli.main())


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


if __name__ == "__main__":
    main()
