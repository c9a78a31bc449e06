"""Settings of the helpdesk: Custom Profile and Testing, API and its token, behaviours, export and import."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpdesk_parts import BASE, TOKEN, arrive, get, post, raw_mail
from playwright.sync_api import expect
from sqlalchemy import select

from harness.behaviour import BEHAVIOURS, PATIENT, STRICT, USUAL, usable_fields
from harness.commands import helpdesk
from harness.helpdesk.tokens import GRACE, MOST_TRIED, regenerate, tokens_in_use
from harness.store import ApiToken, Fetch, open_store, read_settings, store_url

PROFILE = "/settings/custom-profile"


def form(page_webhook, **changes):
    return {
        "enabled": "on",
        "headline": "Glance",
        "template": "<b>{{ plan }}</b>",
        "webhook_url": page_webhook.url,
        "behaviour": "usual",
        "do": "save",
    } | changes


def revision(client):
    return re.search(r'id="revision" value="(\w+)"', get(client, PROFILE).text)[1]


def test_save_takes_nothing_back_that_another_tab_saved(open_page, page_webhook):
    client = open_page()
    seen = revision(client)
    assert post(client, PROFILE, **form(page_webhook, headline="Theirs", revision=seen)).status_code == 303
    tested = post(client, PROFILE, **form(page_webhook, do="test", email="a@x.example", revision=seen))
    assert f'id="revision" value="{seen}"' in tested.text
    refused = post(client, PROFILE, **form(page_webhook, headline="Mine", revision=seen))
    assert (refused.status_code, "the headline would change back" in refused.text) == (409, True)
    assert 'value="Mine"' in refused.text
    with client.desk.sessions() as session:
        assert read_settings(session).headline == "Theirs"
    again = re.search(r'id="revision" value="(\w+)"', refused.text)[1]
    assert post(client, PROFILE, **form(page_webhook, headline="Mine", revision=again)).status_code == 303
    assert post(client, PROFILE, **form(page_webhook, headline="Mine", revision=seen)).status_code == 303


def test_nothing_is_fetched_or_shown_until_the_profile_is_on(open_page, page_webhook):
    client = open_page(enabled=False)
    assert "The Custom Profile is off" in get(client).text
    assert post(client, "/conversations/1/refresh", "/conversations/1").status_code == 303
    assert page_webhook.calls == 0
    assert post(client, PROFILE, **form(page_webhook)).status_code == 303
    page = get(client).text
    assert "No profile yet" in page, "what came before the toggle shows nothing until the next message"
    assert page_webhook.calls == 0
    arrive(client.desk, raw_mail("b", In_Reply_To="<a@example.com>"))
    assert page_webhook.calls == 1
    assert "<b>Pro</b>" in get(client, "/conversations/1/profile").text


def test_profile_switched_off_is_neither_shown_nor_fetched(open_page, page_webhook):
    client = open_page()
    sent = form(page_webhook)
    del sent["enabled"]
    post(client, PROFILE, **sent)
    arrive(client.desk, raw_mail("b", In_Reply_To="<a@example.com>"))
    assert page_webhook.calls == 1
    assert get(client, "/conversations/1/profile").status_code == 404


def test_every_message_fetches_for_whoever_wrote_it_and_agents_never(open_page, page_webhook):
    client = open_page(mails=[])
    arrive(client.desk, raw_mail("a"), raw_mail("b", sender="jo@example.com"))
    assert page_webhook.calls == 2
    arrive(client.desk, raw_mail("c", X_Helpdesk_Agent="yes", To="casey@example.com"))
    arrive(client.desk, raw_mail("a"))
    assert page_webhook.calls == 2, "neither an agent's message nor one that came before fetches"
    arrive(client.desk, raw_mail("d"))
    assert page_webhook.calls == 3


def test_save_keeps_what_stands_in_the_form(open_page, page_webhook, page_sessions):
    client = open_page()
    template = "{% if plan %}\r\n  <b>{{ plan }}</b>\r\n{% endif %}"
    answer = post(client, PROFILE, **form(page_webhook, template=template, behaviour="strict"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PROFILE}?saved=1")
    with page_sessions() as session:
        settings = read_settings(session)
    assert (settings.headline, settings.behaviour) == ("Glance", "strict")
    assert settings.template == "{% if plan %}\n  <b>{{ plan }}</b>\n{% endif %}"
    assert "<strong>Saved.</strong>" in get(client, f"{PROFILE}?saved=1").text
    assert "&lt;b&gt;{{ plan }}&lt;/b&gt;" in get(client, PROFILE).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"webhook_url": "ftp://x/"}, "not an HTTP or HTTPS address"),
        ({"webhook_url": ""}, "not an HTTP or HTTPS address"),
        ({"webhook_url": "http://user:hunter2@x/"}, "user name or password"),
        ({"webhook_url": "http://x/" + "a" * 2000}, "Make it shorter"),
        ({"webhook_url": "http://x/p?api_token=demo-token"}, "Leave both out"),
        ({"webhook_url": "http://x/p?a=1&email="}, "Leave both out"),
        ({"headline": "x" * 201}, "Make it shorter: at most 200"),
        ({"template": "x" * 500_001}, "Make it shorter: at most 500,000"),
        ({"behaviour": "groove"}, "Choose one of usual"),
    ],
)
def test_what_cannot_work_is_not_saved_and_says_what_to_do(
    open_page, page_webhook, page_sessions, changes, said
):
    client = open_page()
    answer = post(client, PROFILE, **form(page_webhook, **changes))
    assert answer.status_code == 422
    assert said in answer.text
    alert = re.search(r'role="alert"><strong>Not saved.</strong>.*?</p>', answer.text, re.DOTALL)[0]
    (place,) = re.findall(r'href="#([^"]+)"', alert)
    assert place == next(iter(changes)).replace("_", "-")
    assert f'id="{place}"' in answer.text
    assert said in alert
    with page_sessions() as session:
        assert read_settings(session).headline == "At a glance"


@pytest.mark.browser
def test_what_is_to_be_mended_is_named_and_gone_to(serve_page, chromium):
    address, _ = serve_page()
    page = chromium.new_page(base_url=address, viewport={"width": 390, "height": 800})
    page.goto(PROFILE)
    page.get_by_label("Webhook URL").fill("ftp://x")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link", name="Webhook URL").click()
    expect(page.get_by_label("Webhook URL")).to_be_focused()
    expect(page.get_by_label("Webhook URL")).to_be_in_viewport()
    page.close()


def test_address_may_be_empty_while_the_profile_is_off(open_page, page_webhook):
    sent = form(page_webhook, webhook_url="")
    del sent["enabled"]
    assert post(open_page(), PROFILE, **sent).status_code == 303


def test_trial_shows_everything_and_saves_nothing(open_page, page_webhook, page_sessions):
    client = open_page()
    page_webhook.body = b'{"plan": "Pro", "unused_one": 1, "status": "x", "list": {"a": 1}}'
    page_webhook.accepts = {TOKEN}
    page = post(
        client, PROFILE, **form(page_webhook, do="test", email="casey@example.com", headline="New")
    ).text
    assert TOKEN in page_webhook.tokens[1:], "the webhook was asked, and not what was stored"
    for part in ("CP204", "CP303", "unused_one", "rules passed", "overridden", "left out"):
        assert part in page, part
    preview = re.search(r'src="(/previews/[\w-]+)"', page)[1]
    assert "<b>Pro</b>" in get(client, preview).text
    assert get(client, preview).headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert TOKEN not in page
    assert 'value="New"' in page
    with page_sessions() as session:
        assert read_settings(session).headline == "At a glance"


def test_trial_of_the_script_fetches_once_and_judges_afterwards(open_page, page_webhook):
    client = open_page()
    page_webhook.body = b'{"plan": "Pro", "list": {"a": 1}}'
    sent = form(page_webhook, email="casey@example.com")
    asked = len(page_webhook.tokens)
    page = post(client, PROFILE, **(sent | {"do": "fetch"})).text
    assert len(page_webhook.tokens) == asked + 1
    assert "/previews/" in page
    assert "CP204" not in page
    found = post(client, PROFILE, **(sent | {"do": "judge"})).text
    assert "CP204" in found
    assert "<html" not in found
    assert "Make one" not in found
    problem = post(client, PROFILE, **(sent | {"email": "", "do": "judge"})).text
    assert "Give a customer&#39;s e-mail address" in problem


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": ""}, "Give a customer&#39;s e-mail address"),
        ({"email": "nobody"}, "Give a customer&#39;s e-mail address"),
        ({"webhook_url": "ftp://x/"}, "not an HTTP or HTTPS address"),
        ({"webhook_url": "http://127.0.0.1:1/"}, "Nothing listens at that address"),
        ({"template": "{% plan %}"}, "Unknown tag &#39;plan&#39;"),
    ],
)
def test_trial_that_cannot_work_says_why(open_page, page_webhook, changes, said):
    sent = form(page_webhook, do="test", email="casey@example.com") | changes
    answer = post(open_page(), PROFILE, **sent)
    assert (answer.status_code, said in answer.text) == (200, True)


def test_token_is_shown_once_and_the_old_one_has_its_time(open_page, page_webhook):
    client = open_page()
    assert TOKEN not in get(client, "/settings/api").text
    made = post(client, "/settings/api")
    assert made.status_code == 303
    token = re.search(
        r'id="token"[^>]* autofocus>([0-9a-f]{48})</textarea>', get(client, made.location).text
    )[1]
    assert token not in made.location + made.text
    for path in ("/settings/api", made.location, PROFILE, "/conversations/1", "/fetches/1?step=http"):
        assert token not in get(client, path).text, path
    page_webhook.accepts = {TOKEN}
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert page_webhook.tokens[-2:] == [token, TOKEN]
    page = get(client).text
    assert "refuses the new API token" in page
    assert "Plan: Pro" in get(client, "/conversations/1/profile").text
    page_webhook.accepts = {token}
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert page_webhook.tokens[-1] == token
    assert "refuses the new API token" not in get(client).text


def before(session, given):
    return [token for token, _ in tokens_in_use(session, given).previous]


def test_token_that_was_never_used_ends_no_others_time(open_page, page_webhook):
    client = open_page()
    page_webhook.accepts = {TOKEN}
    for _ in range(2):
        post(client, "/settings/api")
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert page_webhook.tokens[-1] == TOKEN
    assert "refuses the new API token" in get(client).text
    page = get(client, "/settings/api").text
    assert "the newest first:" in page
    assert page.count("<li>until <strong>") == 2
    assert "No more than" not in page


def test_page_says_when_another_token_would_end_the_time_of_one_before(open_page):
    client = open_page()
    post(client, "/settings/api")
    page = get(client, "/settings/api").text
    assert "the token before it is still tried until <strong>" in page
    for _ in range(3):
        post(client, "/settings/api")
    assert "No more than 4 are kept" in get(client, "/settings/api").text


def test_page_of_a_store_that_is_kept_says_nothing_of_an_end(open_page):
    client = open_page()
    assert "gone when" not in get(client, "/settings/custom-profile?saved=1").text


def test_saving_what_is_off_says_that_nothing_is_fetched(open_page, page_webhook):
    client = open_page()
    sent = form(page_webhook)
    saved = post(client, PROFILE, **sent)
    assert "each profile is fetched" in get(client, saved.location).text
    del sent["enabled"]
    saved = post(client, PROFILE, **sent)
    page = get(client, saved.location).text
    assert "The Custom Profile is off: nothing is fetched or shown" in page
    assert "each profile is fetched" not in page


def test_token_made_here_that_the_webhook_refuses_is_to_be_given_to_it(open_page, page_webhook):
    client = open_page()
    page_webhook.accepts = {"another"}
    post(client, "/settings/api")
    post(client, "/conversations/1/refresh", "/conversations/1")
    page = get(client).text
    assert 'Give the webhook the token that was made under <a href="/settings/api">Settings → API</a>' in page
    assert "GROOVE_API_TOKEN" not in page


def test_every_replaced_token_has_its_own_time_and_some_are_enough(page_sessions):
    with page_sessions.begin() as session:
        made = [regenerate(session, "given") for _ in range(9)]
        assert before(session, "given") == made[-2 : -2 - MOST_TRIED + 1 : -1]
        session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()[2].created_at -= GRACE
        assert before(session, "given") == [made[-2], made[-3]]


def test_grace_ends_and_a_token_given_anew_wins(page_sessions):
    with page_sessions.begin() as session:
        first = regenerate(session, "given")
        assert before(session, "given") == ["given"]
        second = regenerate(session, "given")
        used = tokens_in_use(session, "given")
        assert (used.current, before(session, "given"), used.is_given) == (second, [first, "given"], False)
        late = datetime.now(UTC) + GRACE + timedelta(seconds=1)
        assert tokens_in_use(session, "given", now=late).previous == ()
        assert tokens_in_use(session, "").current == second
        assert tokens_in_use(session, first).current == second, "a replaced token does not come back"
        another = tokens_in_use(session, "another")
        assert (another.current, another.is_given) == ("another", True)


def test_without_a_token_nothing_is_called_and_the_page_says_where_to_make_one(open_page, page_webhook):
    client = open_page(token="")
    assert page_webhook.calls == 0
    page = get(client).text
    assert "There is no API token to send" in page
    assert 'Make one under <a href="/settings/api">Settings → API</a>.' in page
    post(client, "/settings/api")
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert page_webhook.calls == 1


def test_behaviours_are_ours_and_say_so(open_page):
    page = get(open_page(), PROFILE).text
    assert "ours, not Groove&#39;s" in page or "ours, not Groove's" in page
    for behaviour in BEHAVIOURS.values():
        assert behaviour.title in page


def test_behaviour_decides_on_lists_and_never_lets_objects_through():
    fields = {"a": 1, "b": [1, 2], "c": {"d": 1}, "e": [{"f": 1}]}
    assert usable_fields(fields, USUAL).left_out == ("c", "e")
    assert usable_fields(fields, STRICT).left_out == ("b", "c", "e")


def test_every_call_of_a_fetch_is_told_with_the_time_of_all(open_page, page_webhook):
    client = open_page()
    post(client, PROFILE, **form(page_webhook, behaviour="patient"))
    page_webhook.status = "503 Busy"
    post(client, "/conversations/1/refresh", "/conversations/1")
    page = get(client, "/fetches/2?step=http").text
    assert re.search(r"Before this call: status 503 after \d+ ms, status 503 after \d+ ms\.", page)
    assert "Calls before it, and the pauses" in page
    with client.desk.sessions() as session:
        fetch = session.get(Fetch, 2)
        assert (fetch.attempts, fetch.elapsed > 1) == (3, True)
        assert sum(fetch.times.values()) <= fetch.elapsed


def test_behaviour_decides_on_size_and_retries(open_page, page_webhook):
    client = open_page(deadline=None)
    page_webhook.body = json.dumps({"plan": "x" * 150_000}).encode()
    post(client, PROFILE, **form(page_webhook, behaviour="strict"))
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert "The last fetch failed" in get(client).text
    page_webhook.status = "503 Busy"
    post(client, PROFILE, **form(page_webhook, behaviour="patient"))
    calls = page_webhook.calls
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert page_webhook.calls == calls + 1 + PATIENT.retries
    assert "3 calls" in get(client, "/fetches/3").text


@pytest.mark.timing
def test_deadline_holds_for_all_tries_together(open_page, page_webhook):
    client = open_page(deadline=1.2)
    post(client, PROFILE, **form(page_webhook, behaviour="patient"))
    page_webhook.status, page_webhook.delay = "503 Busy", 0.5
    started = datetime.now(UTC)
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert datetime.now(UTC) - started < timedelta(seconds=2)


def run(*arguments):
    return CliRunner().invoke(helpdesk, [str(argument) for argument in arguments])


def test_settings_go_to_files_and_back(tmp_path):
    first, second, folder = tmp_path / "a.sqlite", tmp_path / "b.sqlite", tmp_path / "repository" / "profile"
    folder.mkdir(parents=True)
    (folder / "profile.liquid").write_text(
        "{% if plan %}\n  Plan: {{ plan }}, ä\n{% endif %}", encoding="utf-8"
    )
    (folder / "helpdesk.toml").write_text(
        '[custom_profile]\nheadline = "At a \\"glance\\""\nwebhook_url = "https://example.com/profile"\n'
        'behaviour = "strict"\n',
        encoding="utf-8",
    )
    assert run("--database", first, "import", folder).output == f"Read {folder} into {first}\n"
    assert run("--database", first, "export", tmp_path / "out").exit_code == 0
    assert run("--database", second, "import", tmp_path / "out").exit_code == 0
    assert run("--database", second, "export", tmp_path / "again").exit_code == 0
    for name in ("helpdesk.toml", "profile.liquid"):
        text = (tmp_path / "again" / name).read_text("utf-8")
        assert text == (tmp_path / "out" / name).read_text("utf-8")
    assert (tmp_path / "again" / "profile.liquid").read_text("utf-8").endswith("ä\n{% endif %}")
    assert 'headline = "At a \\"glance\\""' in (tmp_path / "again" / "helpdesk.toml").read_text("utf-8")


def test_import_of_a_template_that_does_not_parse_says_so(tmp_path):
    database = tmp_path / "a.sqlite"
    (tmp_path / "helpdesk.toml").write_text("[custom_profile]\nenabled = false\n")
    (tmp_path / "profile.liquid").write_text("a\n{% if x %}")
    done = run("--database", database, "import", tmp_path)
    assert (done.exit_code, f"Read {tmp_path} into {database}\n" in done.output) == (0, True)
    assert "profile.liquid" in done.stderr
    assert "'if' tag was never closed" in done.stderr
    assert "until you mend it and import it again" in done.stderr


def test_lines_of_the_documentation_move_the_settings(tmp_path, monkeypatch):
    page = (Path(__file__).parents[1] / "docs" / "helpdesk.md").read_text("utf-8")
    lines = re.findall(r"^custom-profile helpdesk (--database .*)$", page, re.MULTILINE)
    assert [line.split()[2] for line in lines] == ["export", "import"]
    monkeypatch.chdir(tmp_path)
    missing = run(*lines[0].split())
    assert (missing.exit_code, "There is no file helpdesk.sqlite" in missing.output) == (2, True)
    assert list(tmp_path.iterdir()) == []
    open_store(store_url("helpdesk.sqlite")).dispose()
    for line in lines:
        assert run(*line.split()).exit_code == 0, line
    written = sorted(path.name for path in (tmp_path / "custom-profile").iterdir())
    assert written == ["helpdesk.toml", "profile.liquid"]


def test_table_of_behaviours_says_what_they_are():
    page = (Path(__file__).parents[1] / "docs" / "helpdesk.md").read_text("utf-8")
    rows = {row[1].strip(): row for row in (line.split("|") for line in page.splitlines()) if len(row) == 7}
    for behaviour in BEHAVIOURS.values():
        _, _, deadline, retries, lists, size, _ = rows[behaviour.title]
        assert deadline.strip() == f"{behaviour.deadline:g} s"
        assert retries.strip().startswith(str(behaviour.retries or "none"))
        assert ("left out" in lists) == (not behaviour.keeps_lists)
        assert size.strip() == f"{behaviour.max_bytes // 1000:,} kB"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[custom_profile", "is no TOML"),
        ("", "custom_profile: Missing data"),
        ("[custom_profile]\nheadlin = 'x'\nbehaviour = 'groove'", "custom_profile.headlin: Unknown field"),
        ("[custom_profile]\nheadlin = 'x'\nbehaviour = 'groove'", "custom_profile.behaviour: Must be one of"),
        ("[custom_profile]\nwebhook_url = 'ftp://x'", "not an HTTP or HTTPS address"),
        (
            "[custom_profile]\nwebhook_url = 'http://x/'\ntemplate = 'none.liquid'",
            "none.liquid cannot be read",
        ),
        (
            "[custom_profile]\ntemplate = '../../etc/hostname'",
            "custom_profile.template: ../../etc/hostname lies",
        ),
        ("[custom_profile]\ntemplate = '/etc/hostname'", "/etc/hostname lies outside of the folder"),
    ],
)
def test_wrong_files_change_nothing_and_tell_every_problem(tmp_path, text, said):
    (tmp_path / "helpdesk.toml").write_text(text, encoding="utf-8")
    (tmp_path / "profile.liquid").write_text("", encoding="utf-8")
    result = run("--database", tmp_path / "a.sqlite", "import", tmp_path)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not (tmp_path / "a.sqlite").exists()


def test_export_holds_no_token_and_needs_a_file_that_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPDESK_DATABASE")
    result = run("export", tmp_path / "out")
    assert (result.exit_code, "There is no file helpdesk.sqlite" in result.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_settings_opened_as_a_page_of_another_method_say_what_next(open_page):
    assert open_page().put(PROFILE, base_url=BASE).status_code in {403, 405}
