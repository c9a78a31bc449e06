"""What a check is told to do: settings in files, chosen rules, baselines, several forms at once."""

import json
import os
import pty
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from gallery import CASEY, SAM, TOKEN, Answer, Webhook
from served import served

from harness.check_command import check
from harness.checks.linting import USUAL_RULES as USUAL
from harness.report import FORMS
from harness.settings import CheckSettingsError, load_table, read_settings
from webhook_server.config import load_settings

WRONG = Webhook(known=lambda fields: Answer({**fields, "plan name": "Pro", "status": "new", "name": "x"}))


@pytest.fixture(scope="module")
def wrong_webhook():
    """The address of a webhook that breaks CP301, an error, and CP303, a warning."""
    with served(WRONG) as url:
        yield url


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(
        check, [str(part) for part in arguments], env={"GROOVE_API_TOKEN": TOKEN}
    )


def _broken(run, *arguments):
    done = run(*arguments, "--format", "json")
    return [each["id"] for each in json.loads(done.stdout)["results"] if each["outcome"] == "failed"]


TABLES = [
    pytest.param("pyproject.toml", "[tool.custom-profile.check]", id="pyproject"),
    pytest.param("custom_profile.toml", "[check]", id="own"),
]


@pytest.mark.parametrize(("name", "head"), TABLES)
def test_settings_of_the_folder_are_enough(run, tmp_path, wrong_webhook, name, head):
    (tmp_path / "p.liquid").write_text("<p>{{ id }}</p>")
    (tmp_path / name).write_text(
        f'{head}\nurl = "{wrong_webhook}"\nemail = ["{CASEY}", "{SAM}"]\ntemplate = "p.liquid"\n'
        'ignore = ["CP303"]\n'
        'format = ["json", "junit=out/r.xml"]\ncalls = 2\nfull_name = "Casey Morgan"\ndeadline = 3\n'
    )
    done = run()
    document = json.loads(done.stdout)
    assert (done.exit_code, document["customers"], len(document["seconds"])) == (1, 2, 2)
    assert document["rendered_html"] == "<p>3</p>"
    assert len(document["results"]) == len(USUAL) - 1
    assert (tmp_path / "out" / "r.xml").read_text().startswith("<?xml")


def test_option_goes_before_the_settings(run, tmp_path, wrong_webhook):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.custom-profile.check]\nemail = ["x@y.z"]\nfail_on = "info"\n'
    )
    done = run(wrong_webhook, "--email", CASEY, "--format", "json", "--fail-on", "never")
    assert (json.loads(done.stdout)["email"], done.exit_code) == (CASEY, 0)


def test_settings_elsewhere_have_their_paths_there(run, tmp_path, wrong_webhook):
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "emails.txt").write_text(CASEY)
    (tmp_path / "ci" / "any.toml").write_text('[check]\nemail_file = "emails.txt"\nselect = ["CP1"]\n')
    assert run(wrong_webhook, "--config", tmp_path / "ci" / "any.toml").exit_code == 0


def test_server_leaves_the_settings_of_check_alone(tmp_path):
    file = tmp_path / "custom_profile.toml"
    file.write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = {}\n[check]\nemail = ["a@b.c"]\ncalls = 2\n'
    )
    assert load_settings({"CUSTOM_PROFILE_CONFIG": str(file), "GROOVE_API_TOKEN": TOKEN}).sources
    assert read_settings(file) == {"email": ["a@b.c"], "calls": 2}


def test_every_wrong_key_is_told_at_once(run, tmp_path):
    (tmp_path / "custom_profile.toml").write_text(
        '[check]\nemial = ["a@b.c"]\ndeadline = "long"\napi_token = "secret-1"\nselect = "CP1"\n'
        'fail_on = "bad"\n'
    )
    done = run("http://127.0.0.1:1/")
    told = " ".join(done.output.split())
    assert done.exit_code == 2
    for part in ("did you mean email?", "deadline: Not a valid number", "api_token: a token does not belong",
                 "select: Not a valid list", "fail_on: 'bad' is none of"):  # fmt: skip
        assert part in told
    assert "secret-1" not in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[check", "is no TOML"),
        ("check = 1", "must be a table"),
        ("[server]\n", "has neither [check] nor"),
    ],
)
def test_wrong_settings_file_is_told(run, tmp_path, text, said):
    (tmp_path / "odd.toml").write_text(text)
    done = run("http://127.0.0.1:1/", "--config", "odd.toml")
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), done.output


def test_documented_settings_are_accepted():
    page = (Path(__file__).parents[1] / "docs" / "check.md").read_text("utf-8")
    (text,) = re.findall(r"^```\n(\[tool\.custom-profile\.check\]\n.*?)^```$", page, re.DOTALL | re.MULTILINE)
    loaded = load_table(Path("/x/pyproject.toml"), tomllib.loads(text)["tool"]["custom-profile"]["check"])
    assert loaded["template"] == "/x/profile.liquid"
    assert loaded["forms"] == ["text", "junit=/x/reports/webhook.xml"]
    with pytest.raises(CheckSettingsError, match="urls: there is no such key; did you mean url"):
        load_table(Path("/x/pyproject.toml"), {"urls": "x"})


def test_rules_are_selected_and_ignored_by_beginnings(run, wrong_webhook):
    assert _broken(run, wrong_webhook, "--email", CASEY) == ["CP301", "CP303"]
    assert _broken(run, wrong_webhook, "--email", CASEY, "--ignore", "cp303,CP1") == ["CP301"]
    assert _broken(run, wrong_webhook, "--email", CASEY, "--select", "CP3", "--ignore", "CP301") == ["CP303"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--select", "CP9"], "There is no rule CP9"),
        (["--select", "CP101", "--ignore", "CP1"], "No rule is left"),
        (["--select", "CP801"], "CP8 needs --hostile"),
        (["--format", "pdf"], "'pdf' is not one of text, json, junit, html, sarif"),
        (["--format", "json="], "is not one of"),
        (["--format", "text", "--format", "json"], "Only one form can go to standard output"),
        (["--write-baseline"], "needs --baseline FILE"),
        (["--baseline", "nowhere.json"], "There is no nowhere.json: make it with --write-baseline"),
        (["--calls", "0"], "--calls"),
    ],
)
def test_wrong_choice_is_told(run, wrong_webhook, arguments, said):
    done = run(wrong_webhook, "--email", CASEY, *arguments)
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), done.output


@pytest.mark.parametrize(("severity", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_severity_that_fails_is_a_choice(run, wrong_webhook, severity, code):
    done = run(wrong_webhook, "--email", CASEY, "--ignore", "CP301", "--fail-on", severity)
    assert done.exit_code == code


def test_baseline_lets_only_what_is_new_be_told(run, tmp_path, wrong_webhook):
    arguments = (wrong_webhook, "--email", CASEY, "--baseline", "b.json")
    written = run(*arguments, "--write-baseline")
    assert (written.exit_code, "b.json holds 3 findings" in written.stderr) == (0, True)
    again = run(*arguments)
    assert (again.exit_code, "100 of 100" in again.stdout) == (0, True)
    assert "CP303 known from the baseline: status, name" in again.stdout
    document = json.loads((tmp_path / "b.json").read_text())
    document["findings"] = [each for each in document["findings"] if each["subject"] != "name"]
    (tmp_path / "b.json").write_text(json.dumps(document))
    assert _broken(run, *arguments) == ["CP303"]
    (tmp_path / "b.json").write_text("{}")
    assert "is no baseline" in run(*arguments).output


def test_baseline_knows_a_template_again_with_more_customers_and_moved_lines(run, tmp_path):
    customers = {CASEY: {"id": 3, "plan": "Pro"}, SAM: {"id": 4}, "ann@example.com": {"id": 5, "plan": "Pro"}}
    template = tmp_path / "p.liquid"
    template.write_text("<p>Plan: {{ plan }}</p>{% assign n = 0 %}{{ 6 | divided_by: n }}")
    with served(Webhook(find=customers.get)) as url:
        arguments = (url, "--email", CASEY, "--email", SAM, "--template", str(template), "--select", "CP5")
        known = ("--baseline", "b.json", "--fail-on", "info")
        run(*arguments, *known, "--write-baseline")
        template.write_text(f"<h1>Hello</h1>\n{template.read_text()}")
        again = run(*arguments, *known, "--email", "ann@example.com")
        assert again.exit_code == 0, again.output
        template.write_text(f"{template.read_text()}<p>Since {{{{ plan | upcase }}}}</p>")
        assert _broken(run, *arguments, *known) == ["CP522"]


@pytest.mark.parametrize("way", ["option", "settings"])
def test_values_are_hidden_where_one_asks_for_it(run, tmp_path, wrong_webhook, way):
    if way == "settings":
        (tmp_path / "custom_profile.toml").write_text("[check]\nhide_values = true\n")
    done = run(wrong_webhook, "--email", CASEY, *(["--hide-values"] if way == "option" else []))
    assert ("last_charge_amount" in done.stdout, "$150.00" in done.stdout) == (True, False)


TALKING = {
    "words": Webhook(known=lambda _: Answer({"message": f"{CASEY} is Mary Miller"}, 404)),
    "redirect": Webhook(
        known=lambda _: Answer(status=302, headers={"Location": f"/?of={quote(CASEY.upper())}&and={SAM}"})
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", TALKING)
def test_hidden_addresses_and_words_stand_in_no_form(run, way, form):
    with served(TALKING[way]) as url:
        arguments = (url, "--email", CASEY, "--email", SAM, "--format", form)
        open_report, hidden = (run(*arguments, *more).stdout for more in ((), ("--hide-values",)))
    secrets = (CASEY, SAM, quote(CASEY.upper()), "Miller")
    assert [part for part in secrets if part in open_report]
    assert not [part for part in secrets if part.lower() in hidden.lower()]
    assert "customer-1@hidden.invalid" in hidden


def test_every_form_goes_to_its_file_in_one_run(run, tmp_path, wrong_webhook):
    forms = ("text", "json", "junit", "html", "sarif")
    arguments = [part for form in forms for part in ("--format", f"{form}=reports/{form}")]
    done = run(wrong_webhook, "--email", CASEY, *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "reports").iterdir()}
    assert set(written) == set(forms)
    assert all("CP301" in text and TOKEN not in text for text in written.values())


def test_file_that_cannot_be_written_is_told(run, tmp_path, wrong_webhook):
    (tmp_path / "reports").write_text("a file")
    done = run(wrong_webhook, "--email", CASEY, "--format", "html=reports/x.html")
    assert (done.exit_code, "cannot be written" in done.output) == (1, True)


@pytest.mark.timing
def test_check_of_a_fast_webhook_takes_two_seconds_at_most(tmp_path):
    with served(Webhook()) as url:
        command = [sys.executable, "-m", "custom_profile", "check", url, "--email", CASEY]
        environment = os.environ | {"GROOVE_API_TOKEN": TOKEN}
        times = []
        for _ in range(3):  # the first run may find nothing compiled yet
            started = time.monotonic()
            subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, check=True)
            times.append(time.monotonic() - started)
    assert min(times) <= 2, times


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="not applicable: this system has no terminals")
def test_long_check_shows_how_far_it_is_on_a_terminal(tmp_path):
    class Slow(Webhook):
        def known(self, fields):
            return Answer(fields, delay=0.4)

    leading, following = pty.openpty()
    with served(Slow()) as url, os.fdopen(leading, "rb", buffering=0) as terminal:
        environment = os.environ | {"GROOVE_API_TOKEN": TOKEN, "TERM": "xterm", "COLUMNS": "80"}
        command = [sys.executable, "-m", "custom_profile", "check", url, "--email", CASEY]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=following
        )
        os.close(following)
        shown = b""
        while process.poll() is None or not shown:
            try:
                shown += terminal.read(4096)
            except OSError:  # how Linux ends a terminal that nobody writes to any more
                break
        assert process.wait(60) == 0
    assert re.search(rb"Calling .*\d+/\d+", shown)
    assert TOKEN.encode() not in shown


def test_files_are_written_where_standard_output_is_closed(wrong_webhook, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    file = tmp_path / "webhook.xml"
    arguments = (wrong_webhook, "--email", CASEY, "--format", "text", "--format", f"junit={file}")
    command = [str(Path(sys.executable).with_name("custom-profile")), "check", *arguments]
    subprocess.run(command, stdout=writing, env={**os.environ, "GROOVE_API_TOKEN": TOKEN}, timeout=60)
    os.close(writing)
    assert "CP301" in file.read_text(encoding="utf-8")
