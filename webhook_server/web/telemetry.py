"""What can be seen of a request from outside: one log line, and the Server-Timing header.

Neither holds a token, an address or a customer's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import getrandbits
from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog

from webhook_server.profile.at_once import WouldWaitError
from webhook_server.profile.changes import Change
from webhook_server.profile.outcome import Outcome

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RECORD = "custom_profile.request"
"""The key of the WSGI environment under which the request's record stands."""

ARRIVED = "custom_profile.arrived"
"""The key under which a server may say when the request came (perf_counter), where that was earlier."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""What a log line may name; other methods are anybody's text."""

log = structlog.get_logger("custom_profile")


class RequestRecord:
    """What is remembered of one request until its log line is written."""

    __slots__ = ("changes", "id", "outcomes", "shared", "started", "status")

    def __init__(self, started: float) -> None:
        self.started = started
        self.id = f"{getrandbits(48):012x}"  # no secret: it joins lines of the log
        self.status = 500
        self.shared = False
        self.outcomes: Sequence[Outcome] = ()
        self.changes: Sequence[Change] = ()


class RequestLog:
    """WSGI middleware that gives every request a record and its log line, and every answer some headers.

    It stands around Flask instead of in its hooks: what fails there is logged too, at less cost.
    ``routes`` are the paths that a line may name.
    """

    def __init__(
        self, app: WSGIApplication, routes: Iterable[str], headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._app = app
        self._routes = frozenset(routes)
        self._headers = tuple(headers)
        self._log = log.bind()  # bound once: to look up the configuration costs as much as to write a line

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, and log how it ended."""
        record = environ[RECORD] = RequestRecord(environ.get(ARRIVED) or perf_counter())

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            record.status = int(status[:3])
            headers.extend(self._headers)
            return start_response(status, headers, error)

        try:
            answer = self._app(environ, start)
        except WouldWaitError:
            raise  # it begins anew in another thread, and is logged there
        except BaseException:
            self._write(environ, record)
            raise
        self._write(environ, record)
        return answer

    def _write(self, environ: WSGIEnvironment, record: RequestRecord) -> None:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        self._log.info(
            "request",
            request_id=record.id,
            method=method if method in METHODS else "?",
            route=path if path in self._routes else None,
            status=record.status,
            milliseconds=round((perf_counter() - record.started) * 1000, 1),
            sources={outcome.source: outcome.state for outcome in record.outcomes},
            changes=_count(record.changes) if record.changes else {},
        )


def server_timing(outcomes: Sequence[Outcome], *, cached: bool = False) -> str:
    """Write the outcomes as a Server-Timing header (W3C): ``billing;dur=2000.0;desc="late"``."""
    entries = ['cache;desc="fresh"'] if cached else []
    for outcome in outcomes:
        entry = f"{outcome.source};dur={outcome.seconds * 1000:.1f}"
        entries.append(f'{entry};desc="{outcome.state}"' if outcome.incomplete else entry)
    return ", ".join(entries)


def note_answer(
    environ: WSGIEnvironment,
    outcomes: Sequence[Outcome],
    changes: Sequence[Change] = (),
    *,
    shared: bool = False,
) -> None:
    """Remember an answer for the request's log line, and log each source that is missing."""
    record: RequestRecord = environ[RECORD]
    record.outcomes = outcomes
    record.changes = changes
    record.shared = shared
    for outcome in outcomes:
        if outcome.incomplete:
            log.warning(
                "source_missing",
                request_id=record.id,
                source=outcome.source,
                state=outcome.state,
                reason=outcome.reason,
            )


def _count(changes: Sequence[Change]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + change.count
    return counts
