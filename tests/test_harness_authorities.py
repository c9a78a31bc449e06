"""Webhooks with a certificate of an authority of one's own: trusted where one says so, and only there."""

import json
import ssl

import pytest
import trustme
from click.testing import CliRunner
from gallery import CASEY, TOKEN, Webhook
from served import served

from harness.authorities import authorities_of
from harness.check_command import check
from harness.commands import render
from harness.helpdesk.fetching import ON_REFRESH
from harness.helpdesk.fetching import Webhook as HelpdeskWebhook
from harness.lint_command import lint
from harness.liquid_command import liquid
from harness.record_command import record_command
from harness.store import Customer, save_settings


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority of nobody's but the tests', and the file of its certificate."""
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(file)
    (file.parent / "README").write_text("no certificate")
    return made, file


@pytest.fixture(scope="module")
def url(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(context)
    with served(Webhook(), ssl_context=context) as address:
        yield address


def _run(command, *arguments, **environment):
    given = {"GROOVE_API_TOKEN": TOKEN, "SSL_CERT_FILE": None, "SSL_CERT_DIR": None, **environment}
    return CliRunner().invoke(command, [str(part) for part in arguments], env=given)


def _outcomes(done):
    return {each["id"]: each["outcome"] for each in json.loads(done.stdout)["results"]}


@pytest.mark.parametrize("way", ["option", "environment", "folder", "settings"])
def test_own_authority_lets_everything_else_be_judged(authority, url, way, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if way == "settings":
        (tmp_path / "custom_profile.toml").write_text(f'[check]\nca_file = "{authority[1]}"\n')
    option = ["--ca-file", authority[1]] if way == "option" else []
    given = {
        "environment": {"SSL_CERT_FILE": str(authority[1])},
        "folder": {"SSL_CERT_DIR": str(authority[1].parent)},
    }
    environment = given.get(way, {})
    done = _run(check, url, "--email", CASEY, "--format", "json", *option, **environment)
    assert done.exit_code == 0, done.output
    outcomes = _outcomes(done)
    assert (outcomes["CP106"], outcomes["CP401"], outcomes["CP204"]) == ("skipped", "passed", "passed")
    assert "the helpdesk trusts public ones" in done.stdout


def test_authority_that_nobody_named_is_not_trusted_and_the_fix_names_the_option(url):
    done = _run(check, url, "--email", CASEY)
    assert (done.exit_code, "--ca-file FILE" in " ".join(done.output.split())) == (3, True)


def test_other_authority_vouches_for_nobody(url, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    done = _run(check, url, "--email", CASEY, "--ca-file", other, "--format", "json")
    assert (done.exit_code, _outcomes(done)["CP106"]) == (3, "failed")


def test_every_command_that_calls_trusts_it(authority, url, tmp_path):
    template = tmp_path / "p.liquid"
    template.write_text("<p>{{ id }}</p>")
    trusting = ("--ca-file", authority[1])
    asked = ("--email", CASEY, *trusting)
    commands = [
        (render, url, *asked, "--template", template),
        (lint, template, "--url", url, *asked),
        (liquid, url, *asked),
        (record_command, url, *asked, "--output", tmp_path / "recorded.json"),
    ]
    for command, *arguments in commands:
        done = _run(command, *arguments)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_file_without_certificates_is_told(url, tmp_path, text):
    (tmp_path / "ca.pem").write_text(text)
    done = _run(check, url, "--email", CASEY, "--ca-file", tmp_path / "ca.pem")
    assert (done.exit_code, "holds no certificate in PEM" in done.output) == (2, True), done.output


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_folder_without_certificates_is_told(url, tmp_path, name):
    (tmp_path / "ca.pem").touch()
    done = _run(check, url, "--email", CASEY, SSL_CERT_DIR=str(tmp_path / name))
    assert (done.exit_code, "holds no certificate in PEM" in done.output) == (2, True), done.output


@pytest.mark.parametrize(("is_named", "status"), [(True, 200), (False, None)])
def test_helpdesk_fetches_where_it_is_told_whom_to_trust(authority, url, page_sessions, is_named, status):
    trusted = authorities_of(authority[1] if is_named else None, {})
    with page_sessions() as session:
        save_settings(session, webhook_url=url)
        customer = Customer(email=CASEY)
        session.add(customer)
        session.commit()
        fetch = HelpdeskWebhook(TOKEN, authorities=trusted).fetch(session, customer, ON_REFRESH)
        assert fetch.status == status


@pytest.mark.parametrize(("has_certificate", "outcomes"), [(True, {"passed": 1}), (False, {})])
def test_plug_in_trusts_what_the_environment_names(
    authority, url, pytester, monkeypatch, tmp_path, has_certificate, outcomes
):
    empty = tmp_path / "empty.pem"
    empty.touch()
    monkeypatch.setenv("GROOVE_API_TOKEN", TOKEN)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[1] if has_certificate else empty))
    options = ("--webhook-url", url, "--webhook-email", CASEY, "--webhook-select", "CP102")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:schemathesis", *options)
    assert result.parseoutcomes() == outcomes
    if not has_certificate:
        assert "holds no certificate in PEM" in result.stderr.str() + result.stdout.str()
