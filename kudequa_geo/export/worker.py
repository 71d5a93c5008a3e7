"""A process that draws profiles for another one: asked over its standard input, answering on its output.

Not by :mod:`multiprocessing`, whose processes begin by running the main script again: under a web server
that is a page.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from kudequa_geo.errors import AnalysisError, KudequaError, msg

ROOT = Path(__file__).parents[2]


class Worker:
    """A process in waiting.

    Parameters
    ----------
    order
        What is sent first: an :class:`kudequa_geo.export.batch.Order`.
    """

    def __init__(self, order: object) -> None:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kudequa_geo.export.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._first: list[object] = [order]

    def draw(self, district: str) -> tuple[str, bytes]:
        """Return file name and content of a district's profile.

        Raises
        ------
        KudequaError
            What drawing it raises.
        AnalysisError
            The process has died.
        """
        wish, answer = self._process.stdin, self._process.stdout
        try:
            if wish is None or answer is None:
                raise EOFError
            while self._first:
                pickle.dump(self._first.pop(), wish)
            pickle.dump(district, wish)
            wish.flush()
            drawn: Any = pickle.load(answer)  # noqa: S301 - written by our own child
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            raise AnalysisError(
                msg("Ein Prozess, der Steckbriefe zeichnet, ist ausgefallen."),
                remedy=msg("Bitte andere Programme schließen und es noch einmal versuchen."),
            ) from error
        if isinstance(drawn, KudequaError):
            raise drawn
        name, content = drawn
        return str(name), bytes(content)

    def end(self) -> None:
        """End the process at once; it writes no file."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Draw what is asked for until nobody asks any more."""
    # Ctrl+C reaches all processes of a terminal; the one that asks ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not stand between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    wish = sys.stdin.buffer
    try:
        order: Any = pickle.load(wish)  # noqa: S301 - written by the process that began this one
        while True:
            district = pickle.load(wish)  # noqa: S301
            try:
                drawn: object = order.draw(district)
            except KudequaError as error:
                drawn = error
            pickle.dump(drawn, answer)
            answer.flush()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
