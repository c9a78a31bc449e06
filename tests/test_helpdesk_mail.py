"""Messages read from an mbox file and put into conversations."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from harness.helpdesk.intake import take_in
from harness.helpdesk.mailbox import Mail, MailError, plain_subject, read_mail, read_mailbox
from harness.store import Conversation, Customer, Message, make_sessions, open_store

SUPPORT = "Support <support@example.com>"


@pytest.fixture
def mail_session(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with make_sessions(engine)() as session:
        yield session
    engine.dispose()


def _raw(*headers, body="Hello"):
    return "\n".join([*headers, "", body]).encode()


def _mail(
    name, *, sender="Casey Morgan <casey@example.com>", subject="Billing", minute=0, answers="", agent=False
):
    headers = [
        f"From: {SUPPORT if agent else sender}",
        f"To: {sender if agent else SUPPORT}",
        f"Subject: {subject}",
        f"Date: Mon, 16 Nov 2026 09:{minute:02}:00 +0100",
        f"Message-ID: <{name}@example.com>",
    ]
    headers += [f"In-Reply-To: <{answers}@example.com>"] if answers else []
    headers += ["X-Helpdesk-Agent: yes"] if agent else []
    return read_mail(_raw(*headers, body=f"Text of {name}"))


def _threads(session):
    return {
        tuple(message.message_id[1:].split("@")[0] for message in conversation.messages)
        for conversation in session.scalars(select(Conversation))
    }


def test_message_is_read_with_its_time_in_its_own_zone():
    mail = _mail("a")
    assert mail.sent_at == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert (mail.customer_name, mail.customer_email, mail.is_agent) == (
        "Casey Morgan",
        "casey@example.com",
        False,
    )


def test_agent_message_belongs_to_its_recipient():
    mail = _mail("a", agent=True)
    assert (mail.author_email, mail.customer_email, mail.is_agent) == (
        "support@example.com",
        "casey@example.com",
        True,
    )


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        (["Content-Type: text/html"], "<p>one</p><p>two</p>", "one\ntwo"),
        (
            ["Content-Type: text/plain; charset=latin-1", "Content-Transfer-Encoding: quoted-printable"],
            "=E9",
            "é",
        ),
        (["Content-Type: text/plain; charset=nonsense"], "plain", "plain"),
        (["Content-Type: multipart/mixed; boundary=b"], "--b\nContent-Type: image/png\n\nx\n--b--", ""),
        (
            ["Content-Type: multipart/alternative; boundary=b"],
            "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>h\n--b--",
            "plain",
        ),
        (["Content-Transfer-Encoding: base64"], "!!!", ""),
        ([], "a\0b", "ab"),
    ],
)
def test_text_of_any_message_can_be_shown(headers, body, text):
    assert read_mail(_raw("From: a@b.c", *headers, body=body)).text == text


@pytest.mark.parametrize(
    "headers", [["To: a@b.c"], ["From: nobody"], ["From: a@b.c", "X-Helpdesk-Agent: yes"]]
)
def test_message_of_nobody_is_refused(headers):
    with pytest.raises(MailError, match="address"):
        read_mail(_raw(*headers))


def test_odd_headers_do_not_stop_the_reading():
    mail = read_mail(
        _raw("From: =?utf-8?q?Ren=C3=A9e?= <R@Example.NET>", "Date: yesterday", "Subject: a\n b")
    )
    assert (mail.author_name, mail.customer_email, mail.subject) == ("Renée", "r@example.net", "a b")
    assert mail.sent_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert mail.message_id.endswith("@without-message-id>")


@pytest.mark.parametrize(
    "subject", ["Re: Billing", "RE: re: Billing", "Fwd: AW: Billing ", "Re[2]: Billing", "Billing"]
)
def test_reply_prefixes_are_taken_off(subject):
    assert plain_subject(subject) == "Billing"


def test_replies_join_the_conversation_they_refer_to(mail_session):
    mails = [
        _mail("c", subject="Something else", minute=2, answers="b"),
        _mail("b", subject="Re: Billing", minute=1, answers="a", agent=True),
        _mail("a"),
    ]
    assert take_in(mail_session, mails) == 3
    assert _threads(mail_session) == {("a", "b", "c")}


def test_reply_without_references_joins_by_subject_of_the_same_customer(mail_session):
    other = "Jo <jo@example.org>"
    mails = [
        _mail("a"),
        _mail("b", subject="Re: Billing", minute=1),
        _mail("c", subject="Re: Billing", sender=other),
    ]
    take_in(mail_session, mails)
    assert _threads(mail_session) == {("a", "b"), ("c",)}


def test_new_message_with_a_used_subject_opens_a_conversation(mail_session):
    take_in(mail_session, [_mail("a"), _mail("b", minute=1)])
    assert _threads(mail_session) == {("a",), ("b",)}


def test_mail_taken_in_twice_is_stored_once(mail_session):
    mails = [_mail("a"), _mail("b", minute=1, answers="a", agent=True)]
    assert (take_in(mail_session, mails), take_in(mail_session, mails)) == (2, 0)
    assert [message.direction for message in mail_session.scalars(select(Message))] == [
        "incoming",
        "outgoing",
    ]
    customer = mail_session.scalars(select(Customer)).one()
    assert (customer.email, customer.full_name) == ("casey@example.com", "Casey Morgan")
    conversation = mail_session.scalars(select(Conversation)).one()
    assert conversation.updated_at == mails[1].sent_at
    assert conversation.preview == "Text of b"


def test_mbox_gives_its_good_messages_and_names_the_bad(tmp_path):
    path = tmp_path / "box.mbox"
    good = _raw("From: a@b.c", "Message-ID: <1@x>", body="first\n>From here\n")
    path.write_bytes(
        b"From a Mon Nov 16 09:00:00 2026\n"
        + good
        + b"\nFrom b Mon Nov 16 09:00:00 2026\nTo: x\n\nno author\n"
    )
    first, second = read_mailbox(path)
    assert isinstance(first, Mail)
    assert str(second) == "message 2 was left out: it has no From address."
