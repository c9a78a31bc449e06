"""POST /invalidate: its own token, one address, and the truth about whether it worked."""

from __future__ import annotations

from hashlib import sha256

import pytest

from adapters.memory import MemorySource
from webhook_server.app import create_app
from webhook_server.config import Settings
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.profile.storage import MemoryStorage

CASEY = "casey@example.com"
BEARER = {"Authorization": "Bearer inval-token"}


class Forgetful(MemoryStorage):
    """A storage that does not confirm, as a Redis that is away."""

    def drop(self, keys, *, wait=True):
        return False


@pytest.fixture
def source():
    return MemorySource({CASEY: {"id": 3}})


@pytest.fixture
def app(source):
    return make_app(source, MemoryStorage(100))


def make_app(source, storage, invalidation=b"inval-token"):
    cache = ProfileCache(storage, CacheTimes(fresh=600), secret=b"k" * 32)
    digest = None if invalidation is None else sha256(invalidation).digest()
    settings = Settings([sha256(b"t").digest()], [], invalidation_digest=digest)
    return create_app(settings, service=ProfileService([BoundSource("app", source)], cache=cache))


def profile(client):
    return client.get(f"/profile?email={CASEY}&api_token=t").json


@pytest.mark.parametrize("how", [{"data": {"email": "Casey@Example.com"}}, {"json": {"email": CASEY}}])
def test_dropped_address_is_answered_anew(client, source, how):
    assert profile(client) == {"id": 3}
    source._customers[CASEY] = [{"id": 4}]
    assert profile(client) == {"id": 3}
    dropped = client.post("/invalidate", headers=BEARER, **how)
    assert (dropped.status_code, "Content-Type" in dropped.headers) == (204, False)
    assert profile(client) == {"id": 4}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic inval-token"}, {"Authorization": "é"}],
)
def test_without_its_token_nothing_is_dropped(client, source, headers):
    profile(client)
    source._customers[CASEY] = [{"id": 4}]
    response = client.post("/invalidate?api_token=t", headers=headers, data={"email": CASEY})
    assert (response.status_code, response.json["error"]) == (401, "unauthorized")
    assert profile(client) == {"id": 3}


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [
        ({}, 400, "email_missing"),
        ({"json": ["x"]}, 400, "email_missing"),
        ({"json": {"email": 3}}, 400, "email_missing"),
        ({"data": "{", "content_type": "application/json"}, 400, "email_missing"),
        ({"data": {"email": "casey"}}, 400, "email_invalid"),
        ({"data": {"email": "x" * 5000}}, 413, "too_large"),
    ],
)
def test_bad_request_is_refused_with_its_reason(client, how, status, error):
    response = client.post("/invalidate", headers=BEARER, **how)
    assert (response.status_code, response.json["error"]) == (status, error)


def test_json_that_is_nested_too_deeply_is_no_address(client):
    body = "[" * 2000 + "]" * 2000
    response = client.post("/invalidate", headers=BEARER, data=body, content_type="application/json")
    assert (response.status_code, response.json["error"]) == (400, "email_missing")


def test_other_methods_are_refused(client):
    response = client.get("/invalidate", headers=BEARER)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_cache_that_does_not_confirm_is_told(source):
    client = make_app(source, Forgetful(100)).test_client()
    response = client.post("/invalidate", headers=BEARER, data={"email": CASEY})
    assert (response.status_code, response.json["error"]) == (503, "not_confirmed")


def test_without_a_token_of_its_own_it_is_not_there(source):
    client = make_app(source, MemoryStorage(10), None).test_client()
    assert client.post("/invalidate", headers=BEARER, data={"email": CASEY}).status_code == 404


def test_cached_answer_says_so_in_server_timing(client):
    assert "cache" not in client.get(f"/profile?email={CASEY}&api_token=t").headers["Server-Timing"]
    assert client.get(f"/profile?email={CASEY}&api_token=t").headers["Server-Timing"] == 'cache;desc="fresh"'


def test_two_addresses_at_once_are_refused_and_none_is_forgotten(client):
    assert profile(client) == {"id": 3}
    response = client.post("/invalidate", headers=BEARER, data={"email": ["a@example.com", CASEY]})
    assert (response.status_code, response.json["error"]) == (400, "email_repeated")


def test_wrong_tokens_are_limited_in_number_and_the_right_one_is_let_in(client):
    wrong = {"Authorization": "Bearer wrong"}
    answers = [client.post("/invalidate", headers=wrong) for _ in range(22)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert client.post("/invalidate", headers=BEARER, data={"email": CASEY}).status_code == 204
