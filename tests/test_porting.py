"""The page on porting: what check says of each convention, and what the kit answers instead."""

import json
import re
from pathlib import Path

import pytest
from gallery import CASEY, TOKEN, Answer, Webhook

from harness.caller import Terms
from harness.checks import Target, check_target
from harness.in_process import transport_for
from webhook_server.app import create_app
from webhook_server.config import load_settings

PAGE = (Path(__file__).parents[1] / "docs" / "porting.md").read_text("utf-8")
SECTION = re.compile(
    r"<!-- ported: ([\w ]+) -->\n```json\n(.*?)\n```\n```(?:json)?\n(.*?)\n```\n(.*?)```toml\n(.*?)```"
    r".*?<!-- answers -->\n```json\n(.*?)\n```",
    re.DOTALL,
)
SECTIONS = [pytest.param(*match.groups(), id=match[1]) for match in SECTION.finditer(PAGE)]


def _check(app):
    terms = Terms(transport=transport_for(app))
    return check_target(Target("http://localhost/profile", (CASEY,), TOKEN, terms, calls=2))


def _plain(text):
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize(("name", "known", "unknown", "said", "settings", "answer"), SECTIONS)
def test_check_says_of_the_convention_what_the_page_says(name, known, unknown, said, settings, answer):
    webhook = Webhook(
        find=lambda email: json.loads(known) if email.strip().lower() == CASEY else None,
        unknown=lambda _: Answer(unknown.encode()),
    )
    report = _check(webhook)
    told = {
        each.rule.id: _plain(" ".join(each.details)) for each in report.results if each.outcome == "failed"
    }
    assert report.convention.name == name
    assert set(told) == set(re.findall(r"CP\d+", said))
    rule, sentence = re.search(r"(CP\d+), “(.*?)”", said, re.DOTALL).groups()
    assert told[rule] == _plain(sentence)


@pytest.mark.parametrize(("name", "known", "unknown", "said", "settings", "answer"), SECTIONS)
def test_kit_gives_the_same_fields_with_the_settings_of_the_page(
    name, known, unknown, said, settings, answer, tmp_path
):
    file = tmp_path / "custom_profile.toml"
    file.write_text(settings, encoding="utf-8")
    app = create_app(load_settings({"CUSTOM_PROFILE_CONFIG": str(file), "GROOVE_API_TOKEN": TOKEN}))
    client = app.test_client()
    asked = client.get("/profile", query_string={"email": CASEY, "api_token": TOKEN})
    assert list(asked.get_json().items()) == list(json.loads(answer).items())
    nobody = client.get("/profile", query_string={"email": "nobody@example.org", "api_token": TOKEN})
    assert nobody.get_json() == (json.loads(unknown) if unknown.startswith("{") else {})
    failed = [each.rule.id for each in _check(app).results if each.outcome == "failed"]
    assert failed == (["CP604"] if unknown.startswith("{") else [])


def test_page_has_every_convention_of_the_peers():
    assert [param.id for param in SECTIONS] == ["sentence", "error code", "empty list", "empty body"]


@pytest.mark.parametrize(
    ("body", "name", "says"),
    [
        (b"<html>", "HTML page", "It is an HTML page: agents see no profile."),
        (b"nobody", "plain text", "It is plain text: agents see no profile."),
        ([{"id": 1}], "list", "A list is no object: agents see no profile."),
        ({}, None, ""),
        ({"found": False, "message": "No customer has this address."}, None, ""),
        ({"plan": "Pro"}, None, ""),
    ],
)
def test_other_answers_are_told_as_what_they_are(body, name, says):
    convention = _check(Webhook(unknown=lambda _: Answer(body))).convention
    assert (convention.name if convention else None) == name
    assert not says or convention.says.startswith(says)
