"""The helpdesk as a process: it says where it is, ends cleanly, and refuses what cannot work in words."""

import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest
from playwright.sync_api import expect

TOKEN = "right-token-1"


def _start_helpdesk(*arguments, stdout=subprocess.PIPE):
    command = [sys.executable, "-m", "custom_profile", "helpdesk", *arguments]
    environment = {**os.environ, "GROOVE_API_TOKEN": TOKEN}
    return subprocess.Popen(command, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True)


def _run(*arguments):
    """Run what should be refused: in a process, because what is not refused would go on serving."""
    process = _start_helpdesk(*(str(part) for part in arguments))
    try:
        errors = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    return process.returncode, errors


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_helpdesk_process_serves_and_ends_cleanly(free_port, ending):
    process = _start_helpdesk("--webhook-url", "http://127.0.0.1:1/", "--port", str(free_port))
    try:
        assert process.stdout.readline() == f"Helpdesk on http://127.0.0.1:{free_port}/ (nothing is kept)\n"
        with urlopen(f"http://127.0.0.1:{free_port}/healthz") as answer:
            assert answer.read() == b"ok\n"
        process.send_signal(ending)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


def test_helpdesk_on_a_port_in_use_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        exit_code, errors = _run("--webhook-url", "http://x/", "--port", port)
    assert exit_code == 2
    assert f"Cannot listen on 127.0.0.1, port {port}" in errors


@pytest.mark.parametrize("url", ["foo", "", "ftp://x/", "http://", "http://user:hunter2@x/"])
def test_helpdesk_with_what_is_no_webhook_is_wrong_use(url, free_port):
    exit_code, errors = _run("--webhook-url", url, "--port", free_port)
    assert exit_code == 2
    assert "Invalid value for --webhook-url" in errors
    assert "Give the whole address" in errors
    assert "hunter2" not in errors


def test_helpdesk_says_at_start_that_its_template_does_not_parse(tmp_path, free_port):
    template = tmp_path / "profile.liquid"
    template.write_text("a\n{% plan %}")
    arguments = (
        "--webhook-url",
        "http://127.0.0.1:1/",
        "--port",
        str(free_port),
        "--template",
        str(template),
    )
    process = _start_helpdesk(*arguments)
    try:
        assert process.stdout.readline().startswith("Helpdesk on ")
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert errors.startswith(f"Warning: {template}, line 2: Unknown tag 'plan'")
    assert errors.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not applicable: only Linux has /dev/full")
def test_helpdesk_says_at_start_that_it_takes_in_many_messages(tmp_path, free_port):
    mailbox = tmp_path / "many.mbox"
    mail = "From x\nFrom: casey@example.com\nSubject: {0}\nMessage-ID: <{0}@example.com>\n\nHello\n\n"
    mailbox.write_text("".join(map(mail.format, range(500))))
    process = _start_helpdesk("--port", str(free_port), "--mailbox", str(mailbox))
    try:
        _until_served(process)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[1] == f"{mailbox}: taking in 500 messages …\n"
    finally:
        process.kill()


def test_helpdesk_that_cannot_say_where_it_is_ends(free_port):
    with Path("/dev/full").open("wb") as full:
        arguments = ("--webhook-url", "http://127.0.0.1:1/", "--port", str(free_port))
        process = _start_helpdesk(*arguments, stdout=full)
        try:
            errors = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert (process.returncode, errors) == (
        1,
        "Error: The output cannot be written: No space left on device.\n",
    )


def _make_database(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TABLE invoices (id INTEGER PRIMARY KEY)", "invoices"),
        ("CREATE TABLE customers (id INTEGER PRIMARY KEY, phone TEXT)", "customers"),
        ("CREATE VIEW report AS SELECT 1 AS one", "report"),
    ],
)
def test_database_of_something_else_is_refused_and_left_as_it_was(tmp_path, free_port, statement, named):
    path = tmp_path / "company.sqlite"
    _make_database(path, statement)
    before = path.read_bytes()
    exit_code, errors = _run("--webhook-url", "http://x/", "--port", free_port, "--database", path)
    assert exit_code == 2
    said = " ".join(errors.split())
    assert (
        f"{path.name} belongs to something else and was left as it is: it holds {named}. Give a new file"
        in said
    )
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_database_made_here_is_private_and_opens_again(tmp_path, free_port):
    path = tmp_path / "helpdesk.sqlite"
    for _ in range(2):
        arguments = (
            "--webhook-url",
            "http://127.0.0.1:1/",
            "--port",
            str(free_port),
            "--database",
            str(path),
        )
        process = _start_helpdesk(*arguments)
        try:
            assert process.stdout.readline().startswith("Helpdesk on ")
            assert {stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()} == {0o600}
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=60) == ("", "")
        finally:
            process.kill()


def test_database_in_a_folder_that_is_not_there_says_so(tmp_path, free_port):
    exit_code, errors = _run(
        "--webhook-url", "http://x/", "--port", free_port, "--database", tmp_path / "no" / "x"
    )
    assert (exit_code, "No such file or directory" in errors) == (2, True), errors


def test_helpdesk_with_a_file_that_is_no_database_says_so(tmp_path, free_port):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be read as one" * 50)
    exit_code, errors = _run("--webhook-url", "http://x/", "--port", free_port, "--database", path)
    assert (exit_code, "file is not a database" in errors) == (2, True), errors


def test_helpdesk_ends_cleanly_while_a_page_follows(free_port):
    process = _start_helpdesk("--port", str(free_port))
    try:
        assert process.stdout.readline() == f"Helpdesk on http://127.0.0.1:{free_port}/ (nothing is kept)\n"
        with urlopen(f"http://127.0.0.1:{free_port}/events") as stream:
            assert stream.readline() == b"retry: 1000\n"
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


def test_helpdesk_without_any_option_starts_with_the_profile_off(free_port):
    process = _start_helpdesk("--port", str(free_port))
    try:
        process.stdout.readline()
        with urlopen(f"http://127.0.0.1:{free_port}/") as answer:
            assert b"The Custom Profile is off." in answer.read()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    finally:
        process.kill()


def test_helpdesk_keeps_everything_in_postgresql(postgres_server, free_port, tmp_path):
    box = tmp_path / "box.mbox"
    box.write_text(
        "From a Mon Nov 16 09:00:00 2026\nFrom: casey@example.com\nSubject: In a server\n\nHello\n"
    )
    for arguments in (("--mailbox", str(box)), ()):
        process = _start_helpdesk("--port", str(free_port), "--database", postgres_server.url, *arguments)
        try:
            assert process.stdout.readline().startswith("Helpdesk on "), process.communicate()[1]
            _open_every_page(f"http://127.0.0.1:{free_port}")
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=60) == ("", "")
        finally:
            process.kill()


def _open_every_page(address):
    """Open what there is, and send every form once."""
    with httpx.Client(base_url=address, trust_env=False, headers={"Origin": address}) as client:

        def send(page, path, **data):
            text = client.get(page).text
            of_form = rf'action="{path}"[^>]*>\s*<input type="hidden" name="signature" value="([^"]+)"'
            word = re.search(rf'{of_form}|data-look="{path}" data-signature="([^"]+)"', text)
            answer = client.post(path, data={"signature": word[1] or word[2], **data})
            assert answer.status_code in {200, 303}, (path, answer.text)

        assert client.get("/").status_code == 302
        assert "In a server</h1>" in client.get("/conversations/1").text
        settings = {"headline": "x", "template": "{{ plan }}", "webhook_url": f"{address}/nothing"}
        form = settings | {"behaviour": "usual", "enabled": "on"}
        send("/settings/custom-profile", "/settings/custom-profile", **form, do="test", email="a@example.com")
        send("/settings/custom-profile", "/settings/custom-profile", **form, do="save")
        send("/settings/custom-profile", "/editor/look", **form, customer="casey@example.com")
        send("/settings/api", "/settings/api")
        send("/messages/new", "/messages/new", sender="casey@example.com", subject="Hi", text="One")
        send("/conversations/1", "/conversations/1/refresh")
        for path in ("/conversations/1?q=server", "/settings/api", "/customers/1/history", "/fetches/1"):
            assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:hunter2@x/y", "is neither SQLite nor PostgreSQL"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "cannot be used: connection failed"),
        ("nonsense://u:hunter2@x/y", "is neither SQLite nor PostgreSQL"),
        ("postgresql://u:hunter2@x:port/y", "no database's address"),
    ],
)
def test_database_that_cannot_be_reached_is_told_without_its_password(free_port, url, said):
    exit_code, errors = _run("--port", free_port, "--database", url)
    assert exit_code == 2
    assert said in " ".join(errors.replace("│", " ").split())
    assert "hunter2" not in errors
    assert "Traceback" not in errors


def _until_served(process):
    line = process.stdout.readline()
    assert line.startswith("Helpdesk on "), process.stderr.read()


@pytest.mark.browser
def test_open_page_works_on_after_the_helpdesk_was_started_again(tmp_path, free_port, chromium):
    arguments = ("--database", str(tmp_path / "h.sqlite"), "--port", str(free_port))
    process = _start_helpdesk(*arguments)
    page = chromium.new_page(base_url=f"http://127.0.0.1:{free_port}")
    try:
        _until_served(process)
        page.goto("/settings/custom-profile")
        page.get_by_label("Headline").fill("Typed before")
        page.get_by_label("HTML Template").fill("{% if %}")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        page.get_by_text("Not connected. Was the helpdesk stopped?").wait_for()
        process = _start_helpdesk(*arguments)
        _until_served(process)
        with page.expect_response("**/settings/custom-profile"):  # the page takes new signatures
            page.get_by_text("Not connected.").wait_for(state="hidden")
        page.wait_for_timeout(300)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
        assert page.get_by_label("Headline").input_value() == "Typed before"
        assert "The HTML template does not parse" in page.locator(".done").inner_text()
    finally:
        page.close()
        process.kill()
        process.communicate()


def _write(port, subject):
    """Let a message arrive."""
    page = httpx.get(f"http://127.0.0.1:{port}/messages/new").text
    signature = re.search(r'name="signature" value="([^"]+)"', page)[1]
    form = {"sender": "casey@example.com", "subject": subject, "text": "t", "signature": signature}
    assert httpx.post(f"http://127.0.0.1:{port}/messages/new", data=form).status_code == 303


@pytest.mark.browser
def test_open_page_follows_a_helpdesk_that_kept_nothing(free_port, chromium):
    arguments = ("--database", ":memory:", "--port", str(free_port))
    process = _start_helpdesk(*arguments)
    context = chromium.new_context(base_url=f"http://127.0.0.1:{free_port}")
    page, other = context.new_page(), context.new_page()
    try:
        _until_served(process)
        for number in range(5):
            _write(free_port, f"Before {number}")
        page.goto("/settings/custom-profile")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".done")).to_contain_text("These settings are gone when the helpdesk stops.")
        page.goto("/conversations/1")
        other.goto("/conversations/5")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        page.get_by_text("Not connected. Was the helpdesk stopped?").wait_for()
        process = _start_helpdesk(*arguments)
        _until_served(process)
        _write(free_port, "Meanwhile")
        page.locator("#inbox").get_by_text("Meanwhile").wait_for()
        assert page.locator("#inbox").get_by_text("Before").count() == 0
        _write(free_port, "Later")
        page.locator("#inbox").get_by_text("Later").wait_for()
        other.get_by_text("without this page. Go to the inbox.").wait_for()
    finally:
        context.close()
        process.kill()
        process.communicate()


@pytest.mark.browser
def test_open_page_follows_what_a_start_changed(tmp_path, free_port, chromium):
    arguments = ("--database", str(tmp_path / "h.sqlite"), "--port", str(free_port), "--headline")
    process = _start_helpdesk(*arguments, "First")
    page = chromium.new_page(base_url=f"http://127.0.0.1:{free_port}")
    try:
        _until_served(process)
        page.goto("/settings/custom-profile")
        news = page.locator("#settings-news")
        assert news.is_hidden()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        process = _start_helpdesk(*arguments, "Second")
        _until_served(process)
        news.wait_for()
    finally:
        page.close()
        process.kill()
        process.communicate()


@pytest.mark.browser
def test_template_that_was_typed_is_not_lost_where_the_helpdesk_is_stopped(tmp_path, free_port, chromium):
    arguments = ("--database", str(tmp_path / "h.sqlite"), "--port", str(free_port))
    process = _start_helpdesk(*arguments)
    page = chromium.new_page(base_url=f"http://127.0.0.1:{free_port}")
    try:
        _until_served(process)
        page.goto("/settings/custom-profile")
        template, save = page.locator("#template"), page.get_by_role("button", name="Save")
        template.fill("<p>An hour's work</p>")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        save.click()
        page.get_by_text("does not answer, and nothing was sent").wait_for()
        process = _start_helpdesk(*arguments)
        _until_served(process)
        with page.expect_navigation():
            save.click()
        page.get_by_text("Saved").first.wait_for()
        assert template.input_value() == "<p>An hour's work</p>"
    finally:
        page.close()
        process.kill()
        process.communicate()


def test_locked_database_is_told_in_words_and_one_line(tmp_path, free_port):
    database = tmp_path / "h.sqlite"
    process = _start_helpdesk("--database", str(database), "--port", str(free_port))
    try:
        _until_served(process)
        page = httpx.get(f"http://127.0.0.1:{free_port}/messages/new").text
        signature = re.search(r'name="signature" value="([^"]+)"', page)[1]
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            form = {"sender": "casey@example.com", "subject": "s", "text": "t", "signature": signature}
            answer = httpx.post(f"http://127.0.0.1:{free_port}/messages/new", data=form, timeout=60)
        assert answer.status_code == 503
        assert "Another program holds the database" in answer.text
    finally:
        process.kill()
        errors = process.communicate()[1]
    assert "Another program holds" in errors
    assert "Traceback" not in errors
