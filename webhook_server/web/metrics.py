"""``GET /metrics`` for Prometheus: off unless it has a token of its own, and imported only then.

No label holds an address, a token, a value or a path that a caller chose: routes, sources, states and
kinds are all told by the settings or by this code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING
from weakref import WeakMethod

import structlog
from flask import Flask, Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from webhook_server.config import Settings
from webhook_server.profile.at_once import WouldWaitError
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import VERDICT, refuse_bearer
from webhook_server.web.metrics_files import reserve
from webhook_server.web.metrics_merging import alone_in, put_together
from webhook_server.web.rate_limit import FailureLimit
from webhook_server.web.telemetry import RECORD, RequestRecord

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/metrics"
OTHER = "other"
"""The route of requests for paths that are not there."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds: from a lookup in memory to a deadline that has passed."""

log = structlog.get_logger("custom_profile")


class Metrics:
    """What is counted; several workers count together in ``folder``, one alone in its memory.

    Raises OSError where the folder cannot be written, or its disk is full.
    """

    def __init__(self, path: str, sources: Iterable[BoundSource], folder: Path | None) -> None:
        self._path = path
        self._folder = folder
        self._is_off = False
        self._registry = CollectorRegistry()
        self._sources = {bound.name: bound for bound in sources}
        self._open: dict[str, bool] = {}
        self._reserve()
        if folder is not None:  # a process forked from this one writes files of its own
            anew = WeakMethod(self._reserve_anew)
            os.register_at_fork(after_in_child=lambda: (reserve_anew := anew()) and reserve_anew())
        self._requests = self._counter("requests", "Requests, by route and status.", "route", "status")
        self._seconds = self._histogram("request_seconds", "Seconds until the answer began.", "route")
        self._outcomes = self._counter("source_outcomes", "What came of asking a source.", "source", "state")
        self._source_seconds = self._histogram("source_seconds", "Seconds that a source took.", "source")
        self._changes = self._counter(
            "field_changes", "Fields that did not leave as they were given.", "source", "kind"
        )
        self._cache_hits = self._counter("cache_hits", "Answers that came from the cache.")
        self._token_failures = self._counter("token_failures", "Requests without a valid token.", "reason")
        self._breakers = Gauge(
            "custom_profile_source_breaker_open",
            "How many workers leave a source alone just now, because it failed too often.",
            ["source"],
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._note_breakers(self._sources)

    def _reserve(self) -> None:
        if self._folder is None:
            return
        reserve(self._folder, len(self._sources))
        with alone_in(self._folder):
            put_together(self._folder)

    def _reserve_anew(self) -> None:
        try:
            self._reserve()
        except OSError as error:
            self._is_off = True
            log.error("metrics_failed", kind=type(error).__name__)

    def observe(self, route: str, verdict: str, record: RequestRecord) -> None:
        """Count a request that ended, and what the token gate and the sources had to say."""
        if self._is_off:
            return
        self._requests.labels(route, str(record.status)).inc()
        self._seconds.labels(route).observe(perf_counter() - record.started)
        if route != self._path:
            return
        if verdict != "valid":
            self._token_failures.labels(verdict).inc()
        elif record.status == 200 and not record.outcomes:
            self._cache_hits.inc()
        if record.shared:  # another request asked the sources, and counts them
            return
        for outcome in record.outcomes:
            self._outcomes.labels(outcome.source, outcome.state).inc()
            self._source_seconds.labels(outcome.source).observe(outcome.seconds)
        for change in record.changes:
            self._changes.labels(change.source, change.kind).inc(change.count)
        self._note_breakers(outcome.source for outcome in record.outcomes)

    def exposition(self) -> bytes:
        """Write everything that was counted, by all workers, in Prometheus's text format.

        Raises OSError where the workers' folder is gone.
        """
        if not self._is_off:
            self._note_breakers(self._sources)
        if self._folder is None:
            return generate_latest(self._registry)
        with alone_in(self._folder):
            put_together(self._folder)
            together = CollectorRegistry()
            MultiProcessCollector(together, str(self._folder))  # type: ignore[no-untyped-call]
            return generate_latest(together)

    def _note_breakers(self, names: Iterable[str]) -> None:
        for name in names:
            is_open = self._sources[name].breaker.opened
            if self._open.get(name) is not is_open:
                self._open[name] = is_open
                self._breakers.labels(name).set(int(is_open))

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"custom_profile_{name}", told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        return Histogram(f"custom_profile_{name}", told, labels, registry=self._registry, buckets=BUCKETS)


class Meter:
    """WSGI middleware inside the request log that counts what stands in its record."""

    def __init__(self, app: WSGIApplication, metrics: Metrics, routes: Iterable[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = frozenset(routes)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, and count how it ended."""
        try:
            answer = self._app(environ, start_response)
        except WouldWaitError:
            raise  # it begins anew in another thread, and is counted there
        except BaseException:
            self._observe(environ)
            raise
        self._observe(environ)
        return answer

    def _observe(self, environ: WSGIEnvironment) -> None:
        record: RequestRecord = environ[RECORD]
        route = environ.get("PATH_INFO", "")
        route = route if route in self._routes else OTHER
        try:
            self._metrics.observe(route, environ[VERDICT], record)
        except OSError as error:  # a full disk under the workers' folder costs no answer
            log.error("metrics_failed", kind=type(error).__name__)


def install(app: Flask, service: ProfileService, settings: Settings, limit: FailureLimit) -> None:
    """Add the view, and count every request of an app whose other views are all there.

    Raises ValueError where the settings give no token for it.
    """
    digest = settings.metrics_digest
    if digest is None:
        raise ValueError("the metrics would be open to everybody")
    try:
        metrics = Metrics(settings.server.path, service.all_sources, settings.metrics_folder)
    except OSError as error:  # counting costs no answer: without a place to count, it is off
        log.error("metrics_failed", kind=type(error).__name__)
        app.get(PATH, provide_automatic_options=False)(lambda: _refuse_or_say_off(digest, limit))
        return

    @app.get(PATH, provide_automatic_options=False)
    def exposition() -> Response:
        if (refusal := refuse_bearer(request.environ, digest, limit)) is not None:
            return refusal
        try:
            return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
        except OSError as error:
            log.error("metrics_failed", kind=type(error).__name__)
            return _refuse_or_say_off(digest, limit)

    routes = {rule.rule for rule in app.url_map.iter_rules()}
    app.wsgi_app = Meter(app.wsgi_app, metrics, routes)  # type: ignore[method-assign]


def _refuse_or_say_off(digest: bytes, limit: FailureLimit) -> Response:
    refusal = refuse_bearer(request.environ, digest, limit)
    told = "# Nothing is counted: the folder of the metrics is gone or cannot be written.\n"
    return refusal or Response(told, 503, content_type=CONTENT_TYPE_LATEST)
