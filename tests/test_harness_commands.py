"""The commands check and render, with a webhook of their own behind a real socket."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from gallery import STRANGER, Webhook
from served import served

from harness.check_command import check
from harness.commands import render

TOKEN = "right-token-1"
GOOD = '{"id": 3, "last_charge_amount": "$150.00", "evil": "\\u001b[31mred", "plan": "Pro"}'
TEMPLATE = "<h3>{{ name }}</h3><table><tr><th>Paid</th><td>{{ last_charge_amount }}</td></tr></table>"


def _knowing_everybody(fields):
    strangers = {STRANGER, "%@%"}
    return Webhook(find=lambda email: None if email in strangers else fields)


@pytest.fixture
def commands_webhook():
    """The address of a webhook that answers GOOD, NESTED at /nested, and 401 for a wrong token."""
    good = _knowing_everybody(json.loads(GOOD))
    nested = _knowing_everybody({"stripe": {"id": 1}, "name": "x"})

    def application(environ, start_response):
        return (nested if environ["PATH_INFO"] == "/nested" else good)(environ, start_response)

    with served(application) as url:
        yield url


@pytest.fixture
def template_file(tmp_path):
    path = tmp_path / "profile.liquid"
    path.write_text(TEMPLATE)
    return path


def _run(command, *arguments, token=TOKEN):
    return CliRunner().invoke(command, [str(part) for part in arguments], env={"GROOVE_API_TOKEN": token})


def test_check_of_a_right_webhook_passes(commands_webhook, template_file):
    result = _run(check, commands_webhook, "--email", "casey@example.com", "--template", template_file)
    assert result.exit_code == 0, result.output
    assert "PASSED" in result.output
    assert "$150.00" in result.output
    assert "\x1b" not in result.output
    assert TOKEN not in result.output


def test_check_of_a_wrong_webhook_says_what_why_and_how(commands_webhook):
    nested = commands_webhook.replace("/profile", "/nested")
    result = _run(check, nested, "--email", "casey@example.com")
    assert result.exit_code == 1
    for part in ("✗ CP204", "stripe", "Nested keys will not work.", "Fix", '"api_token=$GROOVE_API_TOKEN"'):
        assert part in result.output
    assert "! CP303" in result.output


def test_check_without_an_answer_exits_3(free_port):
    result = _run(check, f"http://127.0.0.1:{free_port}/", "--email", "casey@example.com")
    assert result.exit_code == 3
    assert "UNREACHABLE" in result.output
    assert "Nothing listens at that address" in result.output


def test_check_as_json_is_one_document(commands_webhook, template_file):
    arguments = ("--email", "casey@example.com", "--template", template_file, "--format", "json")
    document = json.loads(_run(check, commands_webhook, *arguments).stdout)
    assert (document["verdict"], document["exit_code"]) == ("passed", 0)
    assert document["rendered_text"] == "Custom Profile\nPaid  $150.00"
    assert list(document["fields"]) == ["id", "last_charge_amount", "evil", "plan"]


def test_template_that_does_not_parse_is_a_finding_with_its_line(commands_webhook, template_file):
    template_file.write_text("\n{% plan %}")
    result = _run(check, commands_webhook, "--email", "a@b.c", "--template", template_file)
    assert result.exit_code == 1
    assert "line 2: Unknown tag 'plan'" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        (["URL", "--email", "a@b.c"], "", "There is no API token. Set GROOVE_API_TOKEN"),
        (["URL", "--email", "a@b.c"], " , ", "There is no API token"),
        (["URL", "--email", "a@b.c", "--api-token", "x"], TOKEN, "can be read by everyone"),
        (["URL"], TOKEN, "Give a customer's address: --email"),
        (["URL", "--email", "a@b.c", "--template", "/nowhere.liquid"], TOKEN, "does not exist"),
        (["URL", "--email", "a@b.c", "--deadline", "0"], TOKEN, "--deadline"),
        (["ftp://example.com", "--email", "a@b.c"], TOKEN, "not an HTTP or HTTPS address"),
    ],
)
def test_wrong_use_exits_2_and_says_what_to_do(commands_webhook, arguments, token, message):
    arguments = [commands_webhook if part == "URL" else part for part in arguments]
    result = _run(check, *arguments, token=token)
    assert (result.exit_code, message in result.output) == (2, True), result.output


@pytest.mark.parametrize("command", [check, render], ids=["check", "render"])
@pytest.mark.parametrize(
    "email", ["", "foo", "@", "a@", " @b", "a\n@b.c", "a@b.c\r\n", "a\u2028@b.c", "a\x00@b"]
)
def test_what_is_no_email_is_wrong_use(commands_webhook, command, email):
    result = _run(command, commands_webhook, "--format", "json", "--email", email)
    assert (result.exit_code, "'--email'" in result.output) == (2, True), result.output


@pytest.mark.parametrize("email", ['"a b"@c', "o'brien+vip@example.com", "jörg@größe.example", "a@b@c"])
def test_unusual_email_is_sent_as_it_is(commands_webhook, email):
    result = _run(check, commands_webhook, "--format", "json", "--email", email)
    assert (result.exit_code, json.loads(result.stdout)["email"]) == (0, email)


def test_curl_line_shows_the_call_that_was_made(commands_webhook):
    nested = commands_webhook.replace("/profile", "/nested?tenant=7")
    result = _run(check, nested, "--email", "casey@example.com")
    assert f" -G '{nested}' " in result.output
    assert f"GET {nested} " in result.output


def _start(command, *arguments, stdout=subprocess.PIPE, encoding="utf-8"):
    environment = {**os.environ, "GROOVE_API_TOKEN": TOKEN, "PYTHONIOENCODING": encoding}
    return subprocess.Popen(
        [sys.executable, "-m", "custom_profile", command, *arguments],
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def unicode_data(tmp_path):
    path = tmp_path / "data.json"
    path.write_text('{"plan": "Größe ✓"}', encoding="utf-8")
    return path


def test_report_for_a_terminal_without_unicode_is_still_told_apart(commands_webhook):
    nested = commands_webhook.replace("/profile", "/nested")
    process = _start("check", nested, "--email", "casey@example.com", encoding="ascii")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, b"")
    assert b"+ The answer" in output
    assert b"x CP204" in output
    assert b'The helpdesk\'s page: "Nested keys will not work."' in output


@pytest.mark.parametrize(
    ("form", "output"),
    [
        ("json", b'{\n  "plan": "Gr\\u00f6\\u00dfe \\u2713"\n}\n'),
        ("html", b"<p>Gr&#246;&#223;e &#10003;</p>\n"),
        ("text", b"Gr??e +\n"),
    ],
)
def test_render_for_a_terminal_without_unicode_loses_nothing_it_can_keep(
    tmp_path, unicode_data, form, output
):
    template = tmp_path / "t.liquid"
    template.write_text("<p>{{ plan }}</p>")
    arguments = (
        "--data",
        str(unicode_data),
        "--template",
        str(template),
        "--email",
        "a@b.c",
        "--format",
        form,
    )
    process = _start("render", *arguments, encoding="ascii")
    assert process.communicate(timeout=60) == (output, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not applicable: only Linux has /dev/full")
@pytest.mark.parametrize("form", ["json", "text"])
def test_full_disk_is_one_line_and_exit_code_1(commands_webhook, form):
    with Path("/dev/full").open("wb") as full:
        process = _start("check", commands_webhook, "--email", "a@b.c", "--format", form, stdout=full)
        errors = process.communicate(timeout=60)[1]
    assert (process.returncode, errors) == (
        1,
        b"Error: The output cannot be written: No space left on device.\n",
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_closed_pipe_is_quiet(commands_webhook, form):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        process = _start("check", commands_webhook, "--email", "a@b.c", "--format", form, stdout=pipe)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 1


def test_first_token_of_a_rotating_list_is_used(commands_webhook):
    assert _run(check, commands_webhook, "--email", "a@b.c", token=f" {TOKEN}, old").exit_code == 0


def test_token_file_goes_before_the_environment(commands_webhook, tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    arguments = (commands_webhook, "--email", "a@b.c", "--api-token-file", path)
    assert _run(check, *arguments, token="wrong").exit_code == 0
    path.write_text("\n")
    assert "holds no token" in _run(check, *arguments).output


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        (
            "html",
            TEMPLATE.replace("{{ name }}", "Ours").replace("{{ last_charge_amount }}", "$150.00") + "\n",
        ),
        ("text", "Ours\nPaid  $150.00\n"),
        ("json", json.dumps(json.loads(GOOD), indent=2) + "\n"),
    ],
)
def test_render_prints_the_form_asked_for(commands_webhook, template_file, form, printed):
    arguments = ("--email", "a@b.c", "--template", template_file, "--headline", "Ours", "--format", form)
    result = _run(render, commands_webhook, *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (0, printed, "")


def test_render_from_a_file_needs_no_token_and_reports_overrides(tmp_path, template_file):
    data = tmp_path / "data.json"
    data.write_text('{"name": "Casey", "last_charge_amount": "\\u001b[31m1"}')
    arguments = ("--email", "a@b.c", "--template", template_file, "--data", data, "--format", "text")
    result = _run(render, *arguments, token="")
    assert result.stdout == "Custom Profile\nPaid  \\x1b[31m1\n"
    assert result.stderr == "The helpdesk overrides name with its own.\n"


@pytest.mark.parametrize(
    ("data", "exit_code", "message"),
    [
        ("{", 1, "no valid JSON"),
        ("", 1, "It is empty."),
        ("[]", 1, "no object"),
    ],
)
def test_render_from_a_wrong_file_says_which(tmp_path, template_file, data, exit_code, message):
    path = tmp_path / "data.json"
    path.write_text(data)
    result = _run(render, "--email", "a@b.c", "--template", template_file, "--data", path)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert message in result.stderr
    assert "data.json" in result.stderr


def test_render_with_a_refused_token_or_no_answer_fails(commands_webhook, free_port):
    refused = _run(render, commands_webhook, "--email", "a@b.c", "--format", "json", token="wrong")
    assert (refused.exit_code, "refused the token" in refused.stderr) == (1, True)
    silent = _run(render, f"http://127.0.0.1:{free_port}/", "--email", "a@b.c", "--format", "json")
    assert (silent.exit_code, silent.stdout) == (3, "")


@pytest.mark.parametrize(
    "arguments", [[], ["http://x/", "--data", "FILE"], ["http://x/", "--format", "html"]]
)
def test_render_without_what_it_needs_is_wrong_use(tmp_path, arguments):
    data = tmp_path / "data.json"
    data.write_text("{}")
    arguments = [data if part == "FILE" else part for part in arguments]
    assert _run(render, "--email", "a@b.c", *arguments).exit_code == 2
