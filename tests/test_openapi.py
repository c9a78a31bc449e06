"""The OpenAPI description is what the server does: schemathesis tries to prove the opposite."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from adapters.base import Finding, Money
from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.app import create_app
from webhook_server.config import ServerSettings, Settings
from webhook_server.openapi_command import openapi
from webhook_server.profile.keys import is_identifier
from webhook_server.profile.lookup import BoundSource, Limits
from webhook_server.profile.service import ProfileService
from webhook_server.web.openapi import IDENTIFIER, describe
from webhook_server.web.schemas import ErrorAnswer

ROOT = Path(__file__).parent.parent
TOKENS = {"webhook": "t0ken-canary", "/invalidate": "inval-canary", "/metrics": "metrics-canary"}
RECORD = {
    "id": 3,
    "plan": {"name": "Pro"},
    "paid": Money("1.50", "USD"),
    "ratio": 0.5,
    "active": True,
    "gone": None,
}


class Everybody(MemorySource):
    def lookup(self, email):
        if len(email) % 4 == 0:
            raise SourceUnavailable("it did not answer")
        return RECORD if len(email) % 4 == 1 else None


def make_app(failures=0):
    digests = {name: sha256(token.encode()).digest() for name, token in TOKENS.items()}
    told = Settings(
        [digests["webhook"]],
        [],
        server=ServerSettings(failures_per_minute=failures),
        invalidation_digest=digests["/invalidate"],
        metrics_digest=digests["/metrics"],
    )
    return create_app(
        told, service=ProfileService([BoundSource("app", Everybody({}), limits=Limits(failures=10**6))])
    )


DESCRIPTION = describe("/profile", version("custom-profile-kit"))


def test_committed_description_is_fresh():
    printed = CliRunner().invoke(openapi).output
    assert (ROOT / "docs" / "openapi.json").read_text("utf-8") == printed, (
        "run: custom-profile openapi > docs/openapi.json"
    )
    assert json.loads(printed) == DESCRIPTION


def test_command_describes_the_path_it_is_given():
    result = CliRunner().invoke(openapi, ["--path", "/hooks/profile"])
    assert "/hooks/profile" in json.loads(result.output)["paths"]


def test_command_refuses_what_is_no_path():
    result = CliRunner().invoke(openapi, ["--path", "/metrics"])
    assert result.exit_code == 2
    assert "The server itself answers at /metrics: choose another path." in result.output


def test_description_and_server_have_the_same_routes():
    described = {(path, method.upper()) for path, item in DESCRIPTION["paths"].items() for method in item}
    served = {
        (rule.rule, method)
        for rule in make_app().url_map.iter_rules()
        for method in rule.methods - ({"HEAD"} if rule.rule != "/profile" else set())
    }
    assert described == served


def test_profile_is_described_as_flat():
    profile = DESCRIPTION["components"]["schemas"]["Profile"]
    validator = Draft202012Validator(profile)
    assert validator.is_valid({"id": 3, "plan_name": "Pro", "ratio": 0.5, "active": True, "gone": None})
    for wrong in ({"a": {"b": 1}}, {"a": [1]}, {"a b": 1}, {"email": "x"}, {"1a": 1}, {"nil": 1}, []):
        assert not validator.is_valid(wrong), wrong
    names = Draft202012Validator({"pattern": IDENTIFIER})
    for name in ("a", "_a-1", "1a", "a b", "", "é", "a\n"):
        assert names.is_valid(name) == is_identifier(name)


class Broken(Everybody):
    def check(self):
        return [Finding("x", "error", "nothing listens there")]


class Stale(Everybody):
    def check(self):
        return [Finding("x", "error", "the new file cannot be read", still_serves=True)]


@pytest.mark.parametrize(
    ("sources", "status"),
    [([Everybody], "ok"), ([Everybody, Broken], "degraded"), ([Stale], "degraded"), ([Broken], "unready")],
)
def test_every_readiness_is_described(sources, status):
    bound = [BoundSource(f"source{number}", source({})) for number, source in enumerate(sources)]
    app = create_app(Settings([sha256(b"t").digest()], []), service=ProfileService(bound))
    told = app.test_client().get("/readyz").json
    assert told["status"] == status
    validator = Draft202012Validator(DESCRIPTION["components"]["schemas"]["Readiness"])
    assert validator.is_valid(told), told
    for wrong in ({"status": "good"}, told | {"source_app": "fine"}, told | {"breaker_app": "shut"}):
        assert not validator.is_valid(wrong), wrong


def test_whatever_stands_beside_the_address_to_be_dropped_is_described():
    headers = {"Authorization": f"Bearer {TOKENS['/invalidate']}"}
    body = {"email": "casey@example.com", "reason": "an order"}
    assert make_app().test_client().post("/invalidate", headers=headers, json=body).status_code == 204
    assert Draft202012Validator(DESCRIPTION["components"]["schemas"]["Invalidation"]).is_valid(body)


def test_metrics_that_cannot_be_counted_are_described(tmp_path):
    (tmp_path / "file").touch()
    digest = sha256(b"m").digest()
    told = Settings(
        [sha256(b"t").digest()], [], metrics_digest=digest, metrics_folder=tmp_path / "file" / "x"
    )
    app = create_app(told, service=ProfileService([BoundSource("app", Everybody({}))]))
    answer = app.test_client().get("/metrics", headers={"Authorization": "Bearer m"})
    assert answer.status_code == 503
    assert answer.mimetype in DESCRIPTION["paths"]["/metrics"]["get"]["responses"]["503"]["content"]


def operations(app):
    """Every operation of the description, to be asked of this app."""

    def with_description(environ, start_response):
        if environ["PATH_INFO"] != "/openapi.json":
            return app.wsgi_app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(DESCRIPTION).encode()]

    schema = schemathesis.openapi.from_wsgi("/openapi.json", with_description)
    return {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}


LABELS = [f"{method.upper()} {path}" for path, item in DESCRIPTION["paths"].items() for method in item]
PLEASE = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
LENIENT = [
    # Mail comes from addresses that stricter rules would refuse: what may be one is looked for.
    negative_data_rejection,
    # For some addresses the source is away, and 503 is what is described.
    positive_data_acceptance,
    not_a_server_error,
]


@pytest.mark.parametrize("has_token", [True, False], ids=["with token", "without"])
@pytest.mark.parametrize("label", LABELS)
def test_every_answer_conforms(label, has_token):
    operation = operations(make_app())[label]
    statuses = set()

    @PLEASE
    @given(operation.as_strategy())
    def ask(case):
        path = operation.path
        token = TOKENS.get(path, TOKENS["webhook"]) if has_token else "wr0ng"
        how = (
            {"params": {"api_token": token}}
            if path == "/profile"
            else {"headers": {"Authorization": f"Bearer {token}"}}
        )
        response = case.call_and_validate(excluded_checks=LENIENT, **how)
        statuses.add(response.status_code)
        assert response.status_code < 500 or response.status_code == 503

    ask()
    guarded = operation.path not in {"/healthz", "/readyz"}
    if guarded and not has_token:
        assert statuses == {401}
    else:
        assert 401 not in statuses
        assert statuses & {200, 204}


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status"),
    [
        ("GET", "/profile", f"email=a@b.c&a={'x' * 9000}&api_token={TOKENS['webhook']}", None, 414),
        ("GET", "/profile", f"{'&' * 20}api_token={TOKENS['webhook']}", None, 400),
        ("GET", "/profile", "api_token=wr0ng", None, 401),
        ("GET", "/profile", "", None, 429),
        ("POST", "/invalidate", "", {"email": "x" * 5000}, 413),
    ],
)
def test_refusal_that_needs_an_effort_is_described(method, path, query, body, status):
    client = make_app(failures=1).test_client()
    if status == 429:
        client.get("/profile")
    headers = {"Authorization": f"Bearer {TOKENS['/invalidate']}"}
    response = client.open(f"{path}?{query}", method=method, data=body, headers=headers)
    assert response.status_code == status
    described = DESCRIPTION["paths"][path][method.lower()]["responses"][str(status)]
    name = described["$ref"].rpartition("/")[2]
    told = DESCRIPTION["components"]["responses"][name]
    assert set(told.get("headers", ())) <= set(response.headers.keys())
    assert ErrorAnswer().validate(response.json) == {}
