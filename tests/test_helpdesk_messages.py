"""Messages that arrive while the helpdesk runs, over SMTP, by form and by command; each is fetched for."""

import os
import re
import smtplib
import socket
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import click
import pytest
from helpdesk_parts import BASE, get, post, raw_mail
from sqlalchemy import select

from harness.faults.catalogue import FAULTS
from harness.helpdesk.mail_port import mail_port
from harness.store import Conversation, Customer, Message

TITLES = [fault.title for fault in FAULTS.values()]


@pytest.fixture
def mail_client(serve_page):
    """A function that gives a real SMTP client for a helpdesk, the helpdesk's desk, and its address."""
    opened = []

    def connect(**options):
        address, desk = serve_page(**options)
        listener = socket.create_server(("127.0.0.1", 0))
        port = mail_port(listener, desk)
        port.__enter__()
        opened.append((port, client := smtplib.SMTP(*listener.getsockname(), timeout=60)))
        return client, desk, address

    yield connect
    for port, client in opened:
        client.close()
        port.__exit__(None, None, None)


def _message(subject="Charged twice", text="Hello", **headers):
    message = EmailMessage()
    message["From"], message["To"] = "Zoë <zoe@example.com>", "support@example.com"
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def _threads(desk):
    with desk.sessions() as session:
        return {
            conversation.id: [message.text for message in conversation.messages]
            for conversation in session.scalars(select(Conversation))
        }


def test_mail_opens_a_conversation_and_the_profile_is_fetched(mail_client, page_webhook):
    client, desk, _ = mail_client(mails=())
    client.send_message(_message())
    desk.wait()
    assert _threads(desk) == {1: ["Hello"]}
    assert page_webhook.calls == 1


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_answer_continues_the_conversation_that_it_refers_to(mail_client, header):
    client, desk, _ = mail_client(mails=[raw_mail("a")])
    client.send_message(_message("Another subject", "More", **{header: "<x@y> <a@example.com>"}))
    client.send_message(_message("Re: Charged twice", "Another address, of nothing known"))
    assert _threads(desk) == {1: ["Hello", "More"], 2: ["Another address, of nothing known"]}


def test_mail_that_comes_twice_is_kept_and_fetched_for_once(mail_client, page_webhook):
    client, desk, _ = mail_client(mails=())
    message = _message(Message_ID="<same@example.com>")
    client.send_message(message)
    client.mail("a@b.c")
    client.rcpt("d@e.f")
    assert client.data(message.as_bytes())[1] == b"2.0.0 Conversation 1, where it was already"
    desk.wait()
    assert (_threads(desk), page_webhook.calls) == ({1: ["Hello"]}, 1)


def test_mail_is_dated_at_its_arrival_and_is_a_customers(mail_client):
    client, desk, _ = mail_client()
    client.send_message(_message(Date="Mon, 1 Jan 2001 00:00:00 +0000", X_Helpdesk_Agent="yes"))
    with desk.sessions() as session:
        first = session.scalars(select(Conversation).order_by(Conversation.updated_at.desc())).first()
        (message,) = first.messages
        assert (message.direction, first.customer.email) == ("incoming", "zoe@example.com")
        assert message.sent_at.year > 2001


def test_attachments_are_counted_beside_the_message(mail_client):
    client, desk, _ = mail_client(mails=())
    message = _message()
    message.add_attachment(b"x", maintype="image", subtype="png", filename="<b>.png")
    client.send_message(message)
    with desk.sessions() as session:
        assert session.scalar(select(Message.attachments)) == 1


@pytest.mark.browser
def test_mail_shows_in_an_open_page_with_its_profile(mail_client, chromium):
    client, _, address = mail_client(mails=[raw_mail(sender="zoe@example.com")])
    page = chromium.new_page(base_url=address)
    page.goto("/conversations/1")
    page.frame_locator("aside iframe").get_by_text("Plan: Pro").wait_for()
    page.evaluate("window.stayed = true")
    client.send_message(_message("Re: Charged twice", "And <b>again</b>", In_Reply_To="<a@example.com>"))
    page.locator(".messages").get_by_text("And <b>again</b>").wait_for(timeout=5000)
    client.send_message(_message("Something new"))
    page.locator("#inbox").get_by_text("Something new").wait_for(timeout=5000)
    assert page.evaluate("window.stayed"), "the page was not loaded anew"
    page.close()


def test_hostile_mail_is_text_in_the_page(open_page):
    hostile = "<script>alert(1)</script>"
    page = get(
        open_page(mails=[raw_mail(sender=f'"{hostile}" <x@example.com>', subject=hostile, text=hostile)])
    )
    assert "<script>alert" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)") >= 3


def test_form_names_the_command_that_reaches_this_very_helpdesk(open_page):
    page = get(open_page(), "/messages/new").text
    assert f"message --url {BASE} --from" in page


def test_form_lets_a_message_arrive(open_page, page_webhook):
    client = open_page(mails=())
    answer = post(
        client, "/messages/new", sender="Zoë <Zoe@Example.com>", subject="Häh?", text="One\r\n\r\ntwo"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/conversations/1")
    client.desk.wait()
    assert page_webhook.calls == 1
    page = get(client).text
    assert "<h1>Häh?</h1>" in page
    assert "One\n\ntwo" in page
    assert "zoe@example.com" in page


def test_form_without_a_sender_says_what_to_give_and_keeps_the_text(open_page):
    client = open_page(mails=())
    answer = post(client, "/messages/new", sender="Zoë", subject="<s>", text="Kept")
    assert answer.status_code == 422
    assert "Name one sender, as in Casey Morgan &lt;casey@example.com&gt;." in answer.text
    assert ">\nKept</textarea>" in answer.text
    assert 'value="&lt;s&gt;"' in answer.text


def test_customer_writes_again_in_their_conversation(open_page, page_webhook):
    client = open_page()
    answer = post(client, "/messages/new", "/conversations/1", conversation=1, text="Again")
    assert answer.headers["Location"] == "/conversations/1#message-2"
    client.desk.wait()
    assert _threads(client.desk) == {1: ["Hello", "Again"]}
    assert page_webhook.calls == 2
    with client.desk.sessions() as session:
        assert session.scalars(select(Customer.full_name)).all() == ["Casey Morgan"]
        newest = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert newest.references.split()[-1] == "<a@example.com>"


@pytest.mark.parametrize("conversation", ["99", "999999999999", "x", "-1"])
def test_answer_in_no_conversation_is_refused(open_page, conversation):
    client = open_page(mails=())
    answer = post(client, "/messages/new", conversation=conversation, text="x")
    assert answer.status_code == 422
    assert _threads(client.desk) == {}


def test_message_that_is_too_large_is_refused_with_the_limit(open_page):
    answer = post(open_page(mails=()), "/messages/new", sender="a@b.c", text="x" * 4_000_001)
    assert answer.status_code == 413
    assert "at most 4 MB. Go back, and shorten the text." in answer.text


def test_message_of_a_foreign_page_is_refused(open_page):
    client = open_page(mails=())
    assert post(client, "/messages/new", sender="a@b.c", signature="forged").status_code == 403
    assert _threads(client.desk) == {}


def _command(*arguments, stdin=b""):
    command = [sys.executable, "-m", "custom_profile", "helpdesk", "message", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, env=os.environ)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_command_lets_messages_arrive_and_prints_where(serve_page, page_webhook):
    address, desk = serve_page(mails=())
    sender = "Zoë <zoe@example.com>"
    code, out, err = _command("--url", f"{address}/", "--from", sender, "--subject", "Hi", "--text", "One")
    assert (code, out, err) == (0, f"{address}/conversations/1\n", "")
    assert _command("--url", out.strip(), "--conversation", "1", "--text", "More")[:2] == (0, out)
    port = address.rpartition(":")[2]
    assert _command("--port", port, "--conversation", "1", stdin="Zwö\n".encode())[1] == out
    desk.wait()
    assert _threads(desk) == {1: ["One", "More", "Zwö"]}
    assert page_webhook.calls == 3


def test_command_that_cannot_says_why(serve_page, page_webhook, free_port):
    address, _ = serve_page(mails=())
    assert _command("--url", address)[0] == 2
    code, _, err = _command("--url", "ftp://x", "--from", "a@b.c", "--text", "x")
    assert (code, "not an HTTP or HTTPS address. Give it as http://127.0.0.1:" in err) == (2, True)
    code, _, err = _command("--url", address, "--from", "nobody", "--text", "x")
    assert (code, err) == (1, "Error: Name one sender, as in Casey Morgan <casey@example.com>.\n")
    code, _, err = _command("--url", address, "--conversation", "7", "--text", "x")
    assert (code, err) == (1, "Error: It was not taken: there is no conversation 7.\n")
    code, _, err = _command("--url", address, "--conversation", "9" * 20, "--text", "x")
    assert (code, "--conversation" in err) == (2, True)
    code, _, err = _command("--url", address, "--from", "a@b.c", stdin=b"word " * 900_000)
    assert (code, "is too large: it has 4,500,005 bytes." in err) == (1, True)
    assert err.endswith("Send a shorter one: 100,000 characters of it are shown.\n")
    code, _, err = _command("--port", str(free_port), "--from", "a@b.c", "--text", "x")
    assert (code, err.startswith("Error: No helpdesk answers at http://127.0.0.1:")) == (3, True)
    code, _, err = _command("--url", page_webhook.address, "--from", "a@b.c", "--text", "x")
    assert (code, "is no helpdesk" in err) == (3, True)


def test_process_takes_mail_on_its_port_and_ends_cleanly(free_ports):
    page, mail = free_ports(2)
    command = [
        sys.executable,
        "-m",
        "custom_profile",
        "helpdesk",
        "--port",
        str(page),
        "--smtp-port",
        str(mail),
    ]
    environment = {**os.environ, "GROOVE_API_TOKEN": "right-token-1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == f"Helpdesk on http://127.0.0.1:{page}/ (nothing is kept)\n"
        assert process.stdout.readline() == f"Mail to smtp://127.0.0.1:{mail}/\n"
        with smtplib.SMTP("127.0.0.1", mail, timeout=60) as client:
            client.send_message(_message())
        assert _command("--port", str(page), "--conversation", "1", "--text", "x")[0] == 0
        process.terminate()
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


def test_mail_port_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    monkeypatch.delitem(sys.modules, "harness.mail.smtp", raising=False)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(click.UsageError, match=r"pip install .custom-profile-kit\[smtp\]"),
        mail_port(listener, None),
    ):
        pass


def test_mail_port_in_use_says_so(free_ports):
    page, _ = free_ports(2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mail = taken.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "custom_profile",
            "helpdesk",
            "--port",
            str(page),
            "--smtp-port",
            str(mail),
        ]
        done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1, port {mail}" in done.stderr
    assert "--smtp-port" in done.stderr


def test_what_the_documentation_says_of_mail_works(serve_page, mail_client):
    page = (Path(__file__).parent.parent / "docs" / "helpdesk.md").read_text("utf-8")
    shell = next(part for part in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "message" in part)
    (python,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    client, desk, address = mail_client(mails=())
    environment = {**os.environ, "HELPDESK_PORT": address.rpartition(":")[2]}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    subprocess.run(["sh", "-ec", shell], env=environment, check=True, timeout=60)
    exec(python.replace("2525", str(client.sock.getpeername()[1])), {})  # noqa: S102 - our own page
    assert _threads(desk) == {1: ["Hello", "Any news?"], 2: ["Hello"]}


def test_documentation_lists_every_fault():
    page = (Path(__file__).parent.parent / "docs" / "helpdesk.md").read_text("utf-8")
    assert [
        title for title in re.findall(r"^\| ([A-Z][^|]*) \|", page, re.MULTILINE) if title in TITLES
    ] == TITLES
