"""Requests to servers that serve everybody: named, patient, and bounded in size and time."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from threading import Thread
from typing import Any, TypeVar

import requests
import urllib3

from kudequa_geo import __version__
from kudequa_geo.errors import FetchError, msg

#: Server operators ask that a program tells its name: https://operations.osmfoundation.org/policies/api/
USER_AGENT = f"kudequa-geo/{__version__} (walking access to daily needs in cities)"
MAX_REDIRECTS = 5
_BLOCK_BYTES = 1 << 16
#: Answers that may be better after a while: https://developer.mozilla.org/docs/Web/HTTP/Status
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_TOO_MANY, _GATEWAY_TIMEOUT = 429, 504

_NO_ADDRESS = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidURL,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for; times in seconds.

    Attributes
    ----------
    tries
        Requests at most while the server says that it is busy (429, 504 …).
    tries_broken
        Requests at most while the connection fails or the answer is not usable.
    first_wait_s, longest_wait_s
        The wait after the first failure, doubled with each further one, up to the longest.
    longest_asked_s
        A longer pause that the server asks for is not waited for.
    pause_s
        Between two requests that succeed.
    connect_s, silence_s
        Without a connection, and without a byte of the answer.
    answer_s
        For a whole answer.
    """

    tries: int = 8
    tries_broken: int = 4
    first_wait_s: float = 5.0
    longest_wait_s: float = 60.0
    longest_asked_s: float = 300.0
    pause_s: float = 1.0
    connect_s: float = 10.0
    silence_s: float = 210.0
    answer_s: float = 3600.0


#: For servers of the public internet.
PATIENCE = Patience()


class SetbackError(Exception):
    """A request failed in a way that may pass.

    Parameters
    ----------
    reason
        German half sentence.
    busy
        The server says that it is busy, in contrast to a broken connection or answer.
    asked_s
        Seconds the server asks to wait, 0 = it does not say.
    """

    def __init__(self, reason: str, *, busy: bool = False, asked_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.busy = busy
        self.asked_s = asked_s


def session() -> requests.Session:
    """Return a session that names the program and follows few redirects."""
    made = requests.Session()
    made.headers["User-Agent"] = USER_AGENT
    made.max_redirects = MAX_REDIRECTS
    return made


def patiently(
    attempt: Callable[[], _T], patience: Patience, *, where: str, remedy: str, waiting: Callable[[], None]
) -> _T:
    """Repeat an attempt, with longer and longer waits, until it succeeds.

    Parameters
    ----------
    attempt
        Raises :class:`SetbackError` where another try makes sense.
    patience
        How often and how long.
    where, remedy
        Of the error: the address, and what the user can do.
    waiting
        Called before each wait.

    Raises
    ------
    FetchError
        The tries are used up, or the server asks for a longer pause than anybody waits for.
    """
    for number in itertools.count(1):
        try:
            return attempt()
        except SetbackError as setback:
            own_wait = min(patience.first_wait_s * 2 ** (number - 1), patience.longest_wait_s)
            if setback.asked_s > patience.longest_asked_s:
                raise FetchError(
                    msg("Der Server bittet um {minutes} Minuten Pause."),
                    where=where,
                    remedy=msg("Bitte danach noch einmal starten; was schon geladen ist, bleibt erhalten."),
                    minutes=round(setback.asked_s / 60),
                ) from setback
            if number >= (patience.tries if setback.busy else patience.tries_broken):
                raise FetchError(
                    msg("Der Abruf ist nach {tries} Versuchen gescheitert: {reason}."),
                    where=where,
                    remedy=remedy,
                    tries=number,
                    reason=setback.reason,
                ) from setback
            waiting()
            time.sleep(max(own_wait, setback.asked_s))
    raise AssertionError("the count is endless")


@contextmanager
def answer(
    opened: requests.Session, method: str, url: str, *, patience: Patience, **request: Any
) -> Iterator[requests.Response]:
    """Send one request and hand out the answer, whose body is still to be read.

    Parameters
    ----------
    opened
        The session.
    method, url, **request
        As :meth:`requests.Session.request` takes them.
    patience
        Its time limits.

    Raises
    ------
    SetbackError
        The server is busy, or the connection failed, also while the body is read in the ``with`` block.
    FetchError
        The address cannot be used, the server refuses for good, or leads from https to http.
    """
    limits = (patience.connect_s, patience.silence_s)
    try:
        with opened.request(method, url, stream=True, timeout=limits, **request) as response:
            _check_way(response)
            _check_status(response)
            yield response
    except requests.exceptions.SSLError as error:
        raise _refused(url, msg("die Verschlüsselung des Servers ist ungültig")) from error
    except requests.exceptions.TooManyRedirects as error:
        raise _refused(url, msg("der Server leitet immer weiter um")) from error
    except _NO_ADDRESS as error:
        raise _refused(url, msg("nur Adressen mit http oder https sind möglich")) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise SetbackError(msg("der Server antwortet nicht")) from error
    except urllib3.exceptions.DecodeError as error:
        raise SetbackError(msg("die Antwort ist beschädigt")) from error
    except urllib3.exceptions.HTTPError as error:
        raise SetbackError(msg("die Verbindung brach ab")) from error
    except requests.exceptions.RequestException as error:
        raise SetbackError(msg("es kam keine Verbindung zustande oder sie brach ab")) from error


def blocks(response: requests.Response, *, limit_bytes: int, longest_s: float) -> Iterator[bytes]:
    """Return an answer's body in pieces, unpacked.

    Raises
    ------
    FetchError
        It is longer than ``limit_bytes``.
    SetbackError
        It takes longer than ``longest_s``.
    """
    received, end = 0, time.monotonic() + longest_s
    # What has arrived, not whole blocks: a server that sends a byte now and then would never be looked at.
    while block := response.raw.read1(_BLOCK_BYTES, decode_content=True):
        received += len(block)
        if received > limit_bytes:
            raise too_large(response.url, limit_bytes)
        if time.monotonic() > end:
            raise SetbackError(msg("die Antwort dauert zu lange"))
        yield block


def too_large(url: str, limit_bytes: int) -> FetchError:
    """Return the error for an answer beyond the limit."""
    return FetchError(
        msg("Die Antwort ist größer als {limit} MB; der Abruf wurde beendet."),
        where=url,
        remedy=msg("Bitte ein kleineres Gebiet oder einen kleineren Auszug wählen."),
        limit=round(limit_bytes / 1e6),
    )


def is_online(url: str, timeout_s: float = 3.0) -> bool:
    """Tell whether a server answers at all, within ``timeout_s`` seconds whatever happens.

    The request goes the way of all others, so that a city's proxy counts as a network. Looking up a name can
    take far longer than any time limit of a connection: that is why a thread is waited for.
    """
    answers: list[int] = []

    def knock() -> None:
        try:
            with session() as opened:
                answers.append(opened.head(url, timeout=timeout_s, allow_redirects=False).status_code)
        except requests.exceptions.RequestException:
            return

    thread = Thread(target=knock, daemon=True)
    thread.start()
    thread.join(timeout_s)
    return bool(answers)


def _check_way(response: requests.Response) -> None:
    hops = [*response.history, response]
    secure = [hop.url.lower().startswith("https:") for hop in hops]
    if secure[0] and not all(secure):
        raise _refused(hops[0].url, msg("der Server leitet auf eine unverschlüsselte Adresse um"))


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status in _PASSING:
        named = {
            _TOO_MANY: msg("der Server nimmt gerade keine weiteren Anfragen an (429)"),
            _GATEWAY_TIMEOUT: msg("der Server ist überlastet (504)"),
        }
        reason = named.get(status, msg("der Server meldet eine Störung"))
        raise SetbackError(reason, busy=True, asked_s=_asked_s(response.headers.get("Retry-After", "")))
    if status >= 400 and status != requests.codes.requested_range_not_satisfiable:
        raise _refused(response.url, f"HTTP {status} {response.reason or ''}".strip())
    if 300 <= status < 400:
        raise _refused(response.url, msg("der Server leitet auf eine andere Adresse um"))


def _asked_s(retry_after: str) -> float:
    """Return the seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3); 0 = not given."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    now = dt.datetime.now(dt.UTC)
    return max(0.0, (date.replace(tzinfo=date.tzinfo or dt.UTC) - now).total_seconds())


def _refused(url: str, reason: str) -> FetchError:
    return FetchError(
        msg("Der Server hat den Abruf abgelehnt: {reason}."),
        where=url,
        remedy=msg("Bitte die Adresse prüfen oder eine andere mit --endpoint oder --extract angeben."),
        reason=reason,
    )
