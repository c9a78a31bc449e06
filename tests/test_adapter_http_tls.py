"""Certificates of services: of an authority that is not trusted, of another host, out of their time."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest
import trustme
from json_service import JsonService

from adapters.errors import SourceUnavailable
from adapters.http_json import HttpJsonSource
from adapters.http_json.options import HttpJsonOptions
from adapters.options import load_options
from adapters.stripe_api import StripeApiSource
from adapters.stripe_api.options import StripeApiOptions
from adapters.web.client import trusted_authorities

CASEY = "casey@example.com"
TOKEN = "s3cr3t-canary"
LONG_AGO = {"not_before": datetime(2020, 1, 1, tzinfo=UTC), "not_after": datetime(2021, 1, 1, tzinfo=UTC)}
NOT_YET = {"not_before": datetime(2090, 1, 1, tzinfo=UTC), "not_after": datetime(2091, 1, 1, tzinfo=UTC)}


@pytest.fixture(scope="module")
def authority():
    return trustme.CA(organization_name="Our Company")


@pytest.fixture(autouse=True)
def _loaded_anew():
    """Authorities are loaded once in a process: not those of another test."""
    trusted_authorities.cache_clear()
    yield
    trusted_authorities.cache_clear()


@pytest.fixture
def serve(authority):
    """A function that starts a service with a certificate of that authority."""
    started = []

    def start(*hosts, **times):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts, **times).configure_cert(context)
        service = JsonService(lambda _: {"id": 3, "email": CASEY}, tls=context)
        started.append(service)
        return service.__enter__()

    yield start
    for service in started:
        service.__exit__()


@pytest.fixture
def source_of(request, tmp_path):
    """A function that makes a source, closed after the test."""

    def make(url, **more):
        raw = {"url": f"{url}/?q={{email}}", "headers": {"Authorization": f"Bearer {TOKEN}"}, **more}
        source = HttpJsonSource.from_options(load_options(HttpJsonOptions, raw, tmp_path))
        request.addfinalizer(source.close)
        return source

    return make


def refusal_of(source):
    """Answer what the lookup and the check say, and the fix; none of them holds the token."""
    with pytest.raises(SourceUnavailable) as refusal:
        source.lookup(CASEY)
    (found,) = source.check()
    assert (found.severity, found.message) == ("error", str(refusal.value))
    assert TOKEN not in found.message + found.fix
    return found.message, found.fix


def test_authority_that_is_not_trusted_is_refused_with_what_to_do(serve, source_of, tmp_path):
    service = serve("127.0.0.1")
    message, fix = refusal_of(source_of(service.url))
    assert message == "127.0.0.1 cannot be reached: no trusted authority vouches for its certificate"
    assert "ca_file" in fix
    assert "SSL_CERT_FILE" in fix
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    assert refusal_of(source_of(service.url, ca_file="other.pem")) == (message, fix)
    assert not service.asked


def test_own_authority_is_trusted_by_ca_file(serve, source_of, authority, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "own.pem"))
    service = serve("localhost")
    url = service.url.replace("127.0.0.1", "localhost")
    assert source_of(url, ca_file="own.pem").lookup(CASEY) == {"id": 3, "email": CASEY}
    assert service.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_own_authority_is_trusted_by_the_environment(serve, source_of, authority, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(str(tmp_path / "own.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    assert source_of(serve("127.0.0.1").url).lookup(CASEY) == {"id": 3, "email": CASEY}


@pytest.mark.parametrize(
    ("hosts", "times", "told"),
    [
        (["other.example"], {}, "its certificate is another host's"),
        (["127.0.0.2"], {}, "its certificate is another host's"),
        (["127.0.0.1"], LONG_AGO, "its certificate has expired"),
        (["127.0.0.1"], NOT_YET, "its certificate is not valid yet"),
    ],
)
def test_certificate_that_does_not_fit_is_refused_with_the_reason(
    serve, source_of, authority, tmp_path, hosts, times, told
):
    authority.cert_pem.write_to_path(str(tmp_path / "own.pem"))
    message, fix = refusal_of(source_of(serve(*hosts, **times).url, ca_file="own.pem"))
    assert message == f"127.0.0.1 cannot be reached: {told}"
    assert "ca_file" not in fix
    assert fix


@pytest.mark.parametrize(
    ("content", "told"), [(None, "is not there"), ("[[sources]]", "holds no certificate in PEM form")]
)
def test_authorities_that_cannot_be_read_are_told_by_who_named_them(
    source_of, tmp_path, monkeypatch, content, told
):
    path = tmp_path / "own.pem"
    if content is not None:
        path.write_text(content)
    message, fix = refusal_of(source_of("https://127.0.0.1:1", ca_file="own.pem"))
    assert message == f"ca_file {path} {told}"
    assert fix == "Name a PEM file of certificate authorities."
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    message, _ = refusal_of(source_of("https://127.0.0.1:1"))
    assert message == f"the file that SSL_CERT_FILE names {told}"


def test_stripe_api_keeps_to_the_same(serve, tmp_path):
    raw = {"api_key": "rk_live_0123456789abcdefghijklmn", "url": serve("127.0.0.1").url}
    source = StripeApiSource.from_options(load_options(StripeApiOptions, raw, tmp_path))
    with pytest.raises(SourceUnavailable, match="no trusted authority vouches for its certificate"):
        source.lookup(CASEY)
    found = [finding for finding in source.check() if finding.severity == "error"]
    assert "ca_file" in found[0].fix
    source.close()
