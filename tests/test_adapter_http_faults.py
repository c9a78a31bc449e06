"""What a service, or what stands between, may do to http_json: each is told for what it is."""

from __future__ import annotations

import gzip
import logging
import subprocess
import sys
from time import perf_counter

import pytest
from faults import FaultProxy
from json_service import JsonService, Reply
from test_adapter_http_json import CASEY, make

from adapters.errors import SourceDataError, SourceUnavailable

DATA = {
    "gzip bomb": (
        Reply(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"}),
        "is larger than",
    ),
    "huge body": (Reply(body=b"[" + b" " * 2_000_000 + b"]"), "is larger than"),
    "garbled gzip": (Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be decompressed"),
    "HTML": (Reply(body=b"<html>", headers={"Content-Type": "text/html"}), r"no JSON \(text/html\)"),
    "invalid JSON": (Reply(body=b'{"id": 3'), "no JSON"),
    "deep JSON": (Reply(body=b"[" * 200_000), "no JSON"),
}
OUTAGES = {
    "redirect loop": (Reply({}, 302, {"Location": "/again"}), "redirects more than 3 times"),
    "redirect to the cloud's secrets": (
        Reply({}, 302, {"Location": "http://169.254.169.254/"}),
        "link-local",
    ),
    "redirect to a private network": (Reply({}, 302, {"Location": "http://10.0.0.1/"}), "a private address"),
    "no HTTP": (Reply(raw=b"\x00\xff garbage\r\n\r\n"), "broke off its answer"),
    "too many questions": (Reply({}, 429, {"Retry-After": "50"}), "status 429"),
}


@pytest.mark.parametrize("fault", [*DATA, *OUTAGES])
def test_fault_is_told_and_nothing_leaks(fault, caplog):
    caplog.set_level(logging.DEBUG)
    reply, problem = (DATA | OUTAGES)[fault]
    with JsonService(lambda _: reply) as service:
        source = make({"url": f"{service.url}/?q={{email}}", "headers": {"X-Key": "s3cr3t-canary"}})
        with pytest.raises(SourceDataError if fault in DATA else SourceUnavailable, match=problem) as error:
            source.lookup(CASEY)
        source.close()
    for text in (str(error.value), caplog.text):
        assert CASEY not in text
        assert "casey%40" not in text
        assert "s3cr3t-canary" not in text


def test_service_that_asks_for_a_rest_is_not_asked_meanwhile():
    with JsonService(lambda _: Reply({}, 429, {"Retry-After": "50"})) as service:
        source = make({"url": f"{service.url}/?q={{email}}"})
        for problem in ("status 429", "left alone for another"):
            with pytest.raises(SourceUnavailable, match=problem):
                source.lookup(CASEY)
        assert len(service.asked) == 1
        source.close()


def test_connection_is_used_again():
    with JsonService(lambda _: {"id": 3}) as service:
        source = make({"url": f"{service.url}/?q={{email}}"})
        for _ in range(20):
            source.lookup(CASEY)
        assert (len(service.asked), service.connections) == (20, 1)
        source.close()


@pytest.mark.timing
@pytest.mark.parametrize("fault", ["blackhole", "drip"])
def test_lookup_ends_with_its_time(fault):
    with JsonService(lambda _: {"id": 3}) as service, FaultProxy("127.0.0.1", service.port) as proxy:
        url = proxy.through(f"{service.url}/") + "?q={email}"
        source = make({"url": url, "timeout": 0.4})
        assert source.lookup(CASEY) == {"id": 3}
        proxy.blackhole() if fault == "blackhole" else proxy.drip(10)
        started = perf_counter()
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            source.lookup(CASEY)
        assert perf_counter() - started < 0.5
        source.close()


TRACED = """
import functools, sys, httpx
plain, traced = httpx.HTTPTransport.handle_request, []
@functools.wraps(plain)
def tracing(self, request):
    traced.append(request.url)
    return plain(self, request)
if sys.argv[2] == "before":
    httpx.HTTPTransport.handle_request = tracing
from adapters.web.client import WebClient
from adapters.web.network import Permission
httpx.HTTPTransport.handle_request = tracing
answer = WebClient(Permission(["127.0.0.1"]), max_bytes=1000).ask("GET", httpx.URL(sys.argv[1]), {})
print(answer.status, traced)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_tracing_of_httpx_is_not_told_the_url(when):
    """As OpenTelemetry's instrumentation does it, before the kit is imported or afterwards."""
    with JsonService(lambda _: {"id": 3}) as service:
        command = [sys.executable, "-c", TRACED, f"{service.url}/a?email={CASEY}", when]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "200 []\n"
