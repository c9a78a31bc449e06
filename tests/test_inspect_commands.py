"""lookup, explain and fields: what the webhook answers, why, and what agents can see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from adapters.memory import MemorySource
from webhook_server.config import load_settings
from webhook_server.doctor_command import doctor
from webhook_server.inspect_commands import explain, fields, lookup
from webhook_server.production import check_sources
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.wiring import build_service

SETTINGS = """
[profile]
incomplete_field = "incomplete"
add = { link = "https://admin.example.com/users/{id}" }

[[sources]]
name = "app"
type = "memory"

[sources.customers."casey@example.com"]
id = 3
"Full plan" = "Pro"
status = "vip"
password_hash = "x"
plan = "A"

[[sources]]
name = "crm"
type = "memory"
customers = { "casey@example.com" = { plan = "B", owner = "Robin" } }
fields = ["plan"]
"""
BROKEN = '\n[[sources]]\nname = "billing"\ntype = "stripe_export"\npayments = "nowhere/*.csv"\n'


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a command on settings and answers its result."""

    def run(command, *arguments, settings=SETTINGS):
        (tmp_path / "custom_profile.toml").write_text(settings)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "150")
        monkeypatch.setenv("GROOVE_API_TOKEN", "t0ken-canary")
        result = CliRunner().invoke(command, arguments)
        assert "t0ken-canary" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def row(output, start):
    return next(" ".join(line.split()) for line in output.splitlines() if line.strip().startswith(start))


def test_lookup_prints_what_the_webhook_answers(run):
    result = run(lookup, "Casey@example.com")
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "id": 3,
        "full_plan": "Pro",
        "app_status": "vip",
        "plan": "A",
        "link": "https://admin.example.com/users/3",
    }


@pytest.mark.parametrize("command", [lookup, explain])
def test_exit_code_tells_unknown_wrong_and_outage_apart(run, command):
    assert run(command, "nobody@example.com").exit_code == 1
    assert run(command, "nobody").exit_code == 2
    outage = run(command, "casey@example.com", settings=BROKEN)
    assert outage.exit_code == 3
    assert "payments: no file is there at" in outage.output
    assert run(command, "casey@example.com", settings="").exit_code == 2


def test_explain_tells_what_became_of_every_field_and_why(run):
    output = run(explain, "Casey@example.com").output
    assert row(output, "app") == "app found 0.0 4" or row(output, "app").startswith("app found")
    assert "Full plan renamed full_plan a key must be a Liquid identifier" in " ".join(output.split())
    assert "status renamed app_status the helpdesk overrides status" in " ".join(output.split())
    assert "password_hash withheld" in " ".join(output.split())
    assert "owner not chosen" in " ".join(output.split())
    assert "plan shadowed" in " ".join(output.split())


def test_explain_hides_values_and_address_unless_asked(run):
    output = run(explain, "casey@example.com").output
    assert "c…@e…" in output
    for hidden in ("casey", "vip", "Robin", "users/3"):
        assert hidden not in output
    shown = run(explain, "casey@example.com", "--values").output
    assert "casey@example.com" in shown
    assert "https://admin.example.com/users/3" in shown
    assert "Robin" not in shown, "a field that does not leave is not shown either"


def test_hostile_text_does_not_command_the_terminal(run):
    hostile = '"\\u001b[31mkey" = 1\nnote = "\\u001b]0;title\\u0007\\u202e[red]x"\n'
    settings = (
        f'[[sources]]\nname = "app"\ntype = "memory"\n[sources.customers."casey@example.com"]\n{hostile}'
    )
    for command, *options in ((explain,), (explain, "--values"), (lookup,)):
        output = run(command, "casey@example.com", *options, settings=settings).output
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output)
    assert json.loads(output)["note"] == "\x1b]0;title\x07\u202e[red]x"


def test_explain_looks_behind_the_cache_and_tells_of_it(run):
    output = " ".join(
        run(explain, "casey@example.com", settings=SETTINGS + "\n[cache]\nfresh = 60\n").output.split()
    )
    assert "Cache answers are kept in each server process's memory, which is not seen from here" in output
    assert "app found" in output
    assert "Cache off: no answers are kept" in " ".join(run(explain, "casey@example.com").output.split())


def test_explain_lists_the_first_of_hundreds_of_fields_changed_alike(run):
    many = "".join(f"note_{number}_password = 'x'\n" for number in range(300))
    output = run(
        explain, "casey@example.com", settings=SETTINGS.replace("id = 3\n", f"id = 3\n{many}")
    ).output
    told = output.split("Fields that do not leave")[1]
    assert told.count("_password") == 10
    assert "… and 291 more" in told  # password_hash is one of them
    assert row(told, "crm") == "crm owner not chosen the source's fields do not list it"
    assert told.count("\n") < 30


def test_explain_tells_of_records_that_the_first_one_leaves_out(run):
    several = SETTINGS.replace(
        '{ plan = "B", owner = "Robin" }', '[{ plan = "B" }, { plan = "C" }, { plan = "D" }]'
    )
    output = run(explain, "casey@example.com", settings=several).output
    told = " ".join(output.split("Fields that do not leave")[1].split())
    assert "crm not chosen 3 records for one address: the first is taken" in told
    assert "records for one address" not in run(explain, "casey@example.com").output


def test_explain_gives_a_sources_own_reason_for_knowing_nobody(run, monkeypatch):
    monkeypatch.setattr(MemorySource, "why_unknown", lambda *_: "2 records are of somebody else")
    assert row(run(explain, "nobody@example.com").output, "crm").endswith("2 records are of somebody else")


def test_explain_names_the_failing_source(run):
    result = run(explain, "casey@example.com", settings=SETTINGS + BROKEN)
    assert result.exit_code == 0
    assert row(result.output, "billing").startswith("billing failed")
    assert "incomplete" in result.output


def test_fields_lists_what_agents_can_see_and_from_where(run):
    output = run(fields).output
    listed = output.split("Fields that do not leave")[0]
    for line in (
        "id app",
        "full_plan app",
        "app_status app",
        "plan app",
        "link [profile] add",
        "incomplete the server",
    ):
        assert row(listed, line.split()[0]) == line
    assert "password_hash" not in listed
    assert "owner" not in listed


def test_fields_says_withheld_of_no_field_that_agents_may_see(run):
    told = SETTINGS.replace("id = 3", 'id = 3\nhas_password = true\ntwo_factor_secret = 1\napi_keys = ["a"]')
    listed, _, kept = run(fields, settings=told).output.partition("Fields that do not leave")
    assert row(listed, "has_password") == "has_password app"
    assert "two_factor_secret" not in listed
    unless = "withheld its name says that it is a secret, so no more leaves of it than yes or no"
    kept = " ".join(kept.split())
    assert f"app two_factor_secret {unless} app" in kept
    assert "app api_keys withheld its name says that it is a secret app" in kept
    answer = json.loads(run(lookup, "casey@example.com", settings=told).output)
    assert {"has_password", "two_factor_secret"} < set(answer)
    assert "has_password" not in kept
    never = told.replace("[profile]", '[profile]\nnever = ["two_factor_secret"]')
    reason = "withheld the settings never let a field of this name leave"
    assert f"app two_factor_secret {reason} app" in " ".join(run(fields, settings=never).output.split())


def test_fields_lists_no_field_whose_source_tells_that_it_is_bytes():
    class Photos(MemorySource):
        def outlines(self):
            return [{"id": None, "photo": b""}]

    inventory = ProfileService([BoundSource("app", Photos({}))]).inventory()
    assert list(inventory.fields) == ["id"]
    assert [(change.kind, change.key) for change in inventory.changes] == [("dropped", "photo")]


def test_fields_lists_numbered_records_under_their_numbers(run):
    settings = SETTINGS + 'records = "numbered"\nnumbered_as = "account"\n'
    listed = run(fields, settings=settings).output.split("Fields that do not leave")[0]
    assert row(listed, "account_1_plan") == "account_1_plan crm"
    assert row(listed, "account_count") == "account_count crm"


def test_lookup_answers_from_a_file_as_it_is_now(run, tmp_path):
    settings = (
        '[[sources]]\nname = "app"\ntype = "csv"\nfile = "m.csv"\nemail_column = "E-mail"\nindex = "ix"\n'
    )
    for size in ("XL", "XXL"):
        (tmp_path / "m.csv").write_bytes(f"E-mail;Größe\ncasey@example.com;{size}\n".encode("cp1252"))
        answered = run(lookup, "casey@example.com", settings=settings)
        assert json.loads(answered.stdout) == {"E-mail": "casey@example.com", "grosse": size}
        assert "signal" not in answered.output
    (tmp_path / "m.csv").write_text("nothing of an export\n")
    answered = run(lookup, "casey@example.com", settings=settings)
    assert json.loads(answered.stdout)["grosse"] == "XXL"


@pytest.mark.parametrize("rule", ["", 'fields = ["plan"]\n'])
def test_fields_makes_up_no_numbered_record_of_a_source_that_does_not_tell(run, tmp_path, rule):
    (tmp_path / "untold.py").write_text("def rows(email):\n    return [{'plan': 'A'}, {'plan': 'B'}]\n")
    settings = f"""
[[sources]]
name = "app"
type = "python"
target = "untold:rows"
records = "numbered"
numbered_as = "account"
{rule}"""
    output = run(fields, settings=settings).output
    assert row(output.split("Fields that do not leave")[0], "account_count") == "account_count app"
    assert not re.search(r"account_\d", output)
    answered = json.loads(run(lookup, "casey@example.com", settings=settings).output)
    assert answered == {"account_1_plan": "A", "account_2_plan": "B", "account_count": 2}


def test_fields_names_what_no_source_gives(run):
    settings = SETTINGS.replace("[profile]", '[profile]\nfields = ["id", "paln", "link"]')
    output = run(fields, settings=settings).output
    assert row(output, "[profile] fields") == "[profile] fields No source gives 'paln'; did you mean 'plan'?"
    assert "Settings that can do nothing" not in run(fields).output


def test_fields_lists_nested_values_under_their_own_names(run):
    nested = SETTINGS.replace("id = 3", 'id = 3\naddress = { city = "Oslo" }\norders = [{ total = 1 }]')
    listed = run(fields, settings=nested).output.split("Fields that do not leave")[0]
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    assert {"address_city", "orders_1_total", "orders_count"} <= set(names)
    assert not {"address", "orders"} & set(names)
    assert "Oslo" not in listed


def test_server_logs_at_its_start_what_settings_can_never_do(tmp_path):
    (tmp_path / "custom_profile.toml").write_text(
        SETTINGS.replace("[profile]", '[profile]\nfields = ["paln"]')
    )
    environ = {"GROOVE_API_TOKEN": "t", "CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml")}
    service = build_service(load_settings(environ))
    with capture_logs() as logs:
        check_sources(service)
    service.close()
    (first, *_) = logs
    assert first == {
        "event": "setting_finding",
        "log_level": "warning",
        "key": "[profile] fields",
        "message": "No source gives 'paln'; did you mean 'plan'?",
    }
    assert "casey" not in repr(logs)


def test_fields_names_a_source_that_cannot_tell(run, tmp_path):
    sql = 'type = "sql"\nurl = "sqlite:///gone.db"\nquery = "SELECT 1 WHERE :email"\n'
    output = run(fields, settings=f'{SETTINGS}\n[[sources]]\nname = "db"\n{sql}').output
    assert "db: the database file" in output


def test_stranger_of_those_who_answered_is_told_apart_from_nobody(run):
    settings = SETTINGS.replace('incomplete_field = "incomplete"\n', "") + BROKEN
    looked = run(lookup, "nobody@example.com", settings=settings)
    assert (looked.exit_code, json.loads(looked.stdout)) == (1, {})
    assert looked.stderr.startswith("Without billing: payments: no file is there")
    told = run(explain, "nobody@example.com", settings=settings).output
    assert "The answer is empty: billing did not answer, and no other knows it." in told
    assert "The answer is empty: no source knows this address." in run(explain, "nobody@example.com").output


def test_customer_of_whom_nothing_leaves_is_told_apart_from_nobody(run):
    settings = """
[[sources]]
name = "app"
type = "memory"
customers = { "sam@example.com" = { password_hash = "x" } }

[[sources]]
name = "crm"
type = "memory"
customers = { "sam@example.com" = { owner = "Kim" } }
fields = ["plan"]
"""
    output = run(explain, "sam@example.com", settings=settings).output
    assert "The answer is empty: app and crm know this address, and nothing of what was answered" in output


ALIASES = """
[[sources]]
name = "people"
type = "memory"
aliases = true

[sources.customers]
"casey+shop@example.com" = { others = ["a@x.example", "b@x.example"] }
"many@example.com" = { others = ["b@x.example", MORE] }
"none@example.com" = { note = "ask sam@x.example", owner = { of = { mail = "kim@x.example" } }, id = 5 }
""".replace("MORE", ", ".join(f'"a{number}@x.example"' for number in range(50)))


def test_explain_says_where_every_address_comes_from(run):
    settings = f"{SETTINGS}{ALIASES}[identity]\nstrip_plus_tags = true\n"
    output = " ".join(run(explain, "Casey+Shop@Exämple.com", "--values", settings=settings).output.split())
    for line in (
        "1. casey+shop@xn--exmple-cua.com normal form",
        "2. casey+shop@exämple.com its domain in Unicode",
        "3. Casey+Shop@Exämple.com as it arrived",
        "4. casey@xn--exmple-cua.com without its plus tag",
    ):
        assert line in output
    output = " ".join(run(explain, "casey+shop@example.com", settings=settings).output.split())
    assert "1. c…@e… normal form 2. c…@e… without its plus tag 3. a…@x… an alias, from people" in output


def test_explain_says_what_a_source_of_aliases_gave_in_vain(run):
    output = " ".join(run(explain, "none@example.com", settings=SETTINGS + ALIASES).output.split())
    assert (
        "its record gives no address; values with an @ that are neither an address nor a list of them: 2"
        in output
    )
    output = " ".join(run(explain, "many@example.com", settings=SETTINGS + ALIASES).output.split())
    assert "of 51 addresses the first 10 are looked for" in output


def test_adapter_that_cannot_be_made_is_told_with_its_source_and_without_its_options(run, monkeypatch):
    def from_options(options):
        raise KeyError("secret of an option")

    monkeypatch.setattr(MemorySource, "from_options", from_options)
    result = run(lookup, "casey@example.com", settings=SETTINGS)
    assert "its adapter 'memory' cannot be made: KeyError in" in result.output
    assert "custom_profile.toml line " in result.output
    assert "secret" not in result.output
    assert result.exit_code == 2


def test_explain_says_that_the_cache_could_not_be_asked(run, free_port):
    settings = SETTINGS + f'\n[cache]\nfresh = 60\nurl = "redis://127.0.0.1:{free_port}/0"\n'
    output = " ".join(run(explain, "casey@example.com", settings=settings).output.split())
    assert "Cache not known: Redis was asked, and it cannot be reached" in output


@pytest.mark.parametrize("command", [lookup, explain, fields, doctor])
def test_what_a_function_prints_is_no_part_of_the_output(run, tmp_path, monkeypatch, command):
    module = f"talks_{command.name}"
    text = (
        "print('canary imported')\ndef lookup(email):\n    print('canary', 'asked')\n    return {'id': 3}\n"
    )
    (tmp_path / f"{module}.py").write_text(text)
    monkeypatch.setattr(sys, "path", list(sys.path))
    settings = f'[[sources]]\nname = "app"\ntype = "python"\ntarget = "{module}:lookup"\n'
    arguments = {"doctor": ["--json"], "fields": []}.get(command.name, ["casey@example.com"])
    result = run(command, *arguments, settings=settings)
    assert "canary imported" in result.stderr
    assert ("canary asked" in result.stderr) is (command is not fields)
    assert "canary" not in result.stdout
    assert result.stdout.strip()
    if command in {lookup, doctor}:
        json.loads(result.stdout)


KEYED_BY_A_PERSON = """
[[sources]]
name = "app"
type = "memory"
[sources.customers."casey.jones@example.com"]
status = "vip"
[sources.customers."casey.jones@example.com".by."Casey.Jones@example.com"]
visits = 1
[sources.customers."casey.jones@example.com".seen."Casey.Jones@example.com"]
token = "x"
"""


def test_report_that_may_be_shown_around_masks_the_customer_in_names_too(run):
    hidden = run(explain, "casey.jones@example.com", settings=KEYED_BY_A_PERSON).output
    assert "by_c…@e…_visits" in hidden
    assert "seen_c…@e…_token" in hidden
    assert "asey" not in hidden
    shown = run(explain, "--values", "casey.jones@example.com", settings=KEYED_BY_A_PERSON).output
    assert "by_casey_jones_example_com_visits" in shown


def test_reasons_stand_above_their_fields_on_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setattr("rich.console.Console.width", 50)
    lines = [line.strip() for line in run(explain, "casey@example.com").output.splitlines()]
    place = lines.index("app, renamed: a key must be a Liquid identifier")
    assert lines[place + 1] == "Full plan → full_plan"
    assert max(map(len, lines)) <= 50


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not applicable: only Linux has /dev/full")
@pytest.mark.parametrize(
    "words",
    ["adapters", "doctor", "explain casey@example.com", "fields", "lookup casey@example.com", "schema"],
)
def test_full_disk_under_the_output_is_one_line_and_exit_code_1(tmp_path, words):
    file = tmp_path / "custom_profile.toml"
    file.write_text(SETTINGS)
    environment = os.environ | {"CUSTOM_PROFILE_CONFIG": str(file), "GROOVE_API_TOKEN": "t0ken-of-a-test"}
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "custom_profile", *words.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (
        1,
        "Error: The output cannot be written: No space left on device.\n",
    )
