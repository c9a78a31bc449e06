"""Mails of many programs and of nobody: read as text, counted, cut, refused in words, and never slow."""

import time
from base64 import b64encode
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.html_pieces import html_pieces
from harness.mail.compose import SenderError, compose, read_sender
from harness.mail.limits import MailLimits
from harness.mail.reading import MailError, read_mail
from harness.text import html_to_text

PNG = b"\x89PNG\r\n\x1a\n"


def _raw(*headers, body=b"Hello"):
    head = [header.encode() if isinstance(header, str) else header for header in headers]
    return b"\r\n".join([b"From: Casey <casey@example.com>", *head, b"", body])


def _mail_with(html="", attachments=()):
    message = EmailMessage()
    message["From"] = "casey@example.com"
    message.set_content("Plain & simple")
    if html:
        message.add_alternative(html, subtype="html")
    for name, kind in attachments:
        main, sub = kind.split("/")
        message.add_attachment(PNG, maintype=main, subtype=sub, filename=name)
    return message


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        (["Content-Type: text/plain; charset=iso-8859-1"], "Grüße".encode("latin-1"), "Grüße"),
        (["Content-Type: text/plain; charset=koi8-r"], "Привет".encode("koi8-r"), "Привет"),
        (["Content-Type: text/plain; charset=iso-2022-jp"], "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        (["Content-Type: text/plain; charset=gb18030"], "你好".encode("gb18030"), "你好"),
        (["Content-Type: text/plain; charset=us-ascii"], "é".encode(), "é"),
        (["Content-Type: text/plain"], "“smart”".encode("cp1252"), "“smart”"),
        (["Content-Type: text/plain; charset=x-unknown"], "ok é".encode(), "ok é"),
        (["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"],
         b64encode("Zürich".encode()), "Zürich"),
        (["Content-Transfer-Encoding: quoted-printable"], b"soft=\r\nbreak =3D", "softbreak ="),
        (["Content-Transfer-Encoding: uuencode"], b"begin 644 x\r\n%2&5L;&\\ \r\n \r\nend", "Hello"),
        (["Content-Transfer-Encoding: bogus"], b"as it is", "as it is"),
        (["Content-Type: text/html"], b"<p>One</p><ul><li>two</ul><script>no</script>", "One\n• two"),
        (["Content-Type: TEXT/HTML; charset=\"utf-8\""], "<b>é</b>&nbsp;&euro;".encode(), "é €"),
        (["Content-Type: nonsense"], b"still text", "still text"),
        (["Content-Type: text/plain; charset=utf-16"], "hi".encode("utf-16"), "hi"),
        ([], b"", ""),
    ],
)  # fmt: skip
def test_body_of_any_encoding_is_read(headers, body, text):
    assert read_mail(_raw(*headers, body=body)).text == text


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("=?utf-8?B?UmVuw6ll?= <r@example.net>", ("Renée", "r@example.net")),
        ('"=?utf-8?Q?Ren=C3=A9e?=" <r@example.net>', ("Renée", "r@example.net")),
        ("=?utf-8?Q?Ren=C3=A9e?= =?utf-8?Q?_M=C3=BCller?= <r@e.net>", ("Renée Müller", "r@e.net")),
        ("=?utf-8?B?UmVuw6llIDxyQGV4YW1wbGUubmV0Pg==?=", ("Renée", "r@example.net")),
        ("=?x-none?Q?Ren=C3=A9e?= <r@example.net>", ("Renée", "r@example.net")),
        ("=?utf-8?B?x?= <r@example.net>", ("=?utf-8?B?x?=", "r@example.net")),
        ("Renée <r@example.net>".encode(), ("Renée", "r@example.net")),
        ("Renée <r@example.net>".encode("latin-1"), ("Renée", "r@example.net")),
        ('"Müller, René" <r@example.net>', ("Müller, René", "r@example.net")),
        ("r@example.net (Renée)", ("Renée", "r@example.net")),
        ("Evil\u202e <r@example.net>", ("Evil", "r@example.net")),
        ("First <a@b.c>, Second <d@e.f>", ("First", "a@b.c")),
        ("a@b.c\r\n\t(folded)", ("folded", "a@b.c")),
    ],
)
def test_sender_however_it_is_written(sender, expected):
    raw = b"From: " + (sender if isinstance(sender, bytes) else sender.encode()) + b"\r\n\r\nx"
    mail = read_mail(raw)
    assert (mail.author_name, mail.author_email) == expected


def test_attachments_are_counted_and_not_kept():
    message = _mail_with("<p>Plain</p><img src=cid:1>", [("a.png", "image/png"), ("b.txt", "text/plain")])
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "x@y.z", "Forwarded"
    inner.set_content("inside")
    message.add_attachment(inner)
    mail = read_mail(message.as_bytes())
    assert (mail.text, mail.attachments) == ("Plain & simple", 3)


def test_html_alone_is_shown_as_text():
    message = EmailMessage()
    message["From"] = "casey@example.com"
    message.set_content("<style>p{}</style><p>Charged &lt;twice&gt;</p><!-- x --><p>Yes", subtype="html")
    assert read_mail(message.as_bytes()).text == "Charged <twice>\nYes"


def test_quotes_of_an_html_mail_are_quotes():
    message = EmailMessage()
    message["From"] = "casey@example.com"
    inner = "<p>Is it<br>well?</p><blockquote>First</blockquote>"
    html = f"<div>Thanks!</div><blockquote>{inner}</blockquote></blockquote>Bye"
    message.set_content(html, subtype="html")
    assert read_mail(message.as_bytes()).text == "Thanks!\n> Is it\n> well?\n> > First\nBye"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p>See <a href="https://ex.example/?a=1&amp;b=2">it</a>.', "See it <https://ex.example/?a=1&b=2>."),
        ('<a href="https://ex.example/">ex.example</a>', "ex.example"),
        ("<a href='mailto:a@b.example?subject=x'>a@b.example</a>", "a@b.example"),
        ("<a href=mailto:a@b.example>Write</a> soon", "Write <a@b.example> soon"),
        ('<a href="#x">a</a><a href="javascript:x">b</a><a data-href="https://n">c</a>', "abc"),
        ('<a href="https://a.example"><img alt="Pay"> <b>now', "Pay now <https://a.example>"),
        ('<blockquote><a href="https://a.example">old</blockquote>new', "> old <https://a.example>\nnew"),
    ],
)
def test_links_of_an_html_mail_say_where_they_lead(html, text):
    message = EmailMessage()
    message["From"] = "casey@example.com"
    message.set_content(html, subtype="html")
    assert read_mail(message.as_bytes()).text == text


def test_empty_plain_part_gives_way_to_the_html():
    message = EmailMessage()
    message["From"] = "casey@example.com"
    message.set_content(" \n")
    message.add_alternative("<p>Here</p>", subtype="html")
    assert read_mail(message.as_bytes()).text == "Here"


FLOWED = "A long \nline.\n\n  stuffed\n> quoted \n> on\n>> deeper \n> other\n-- \nCasey "


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("format=flowed", "A long line.\n\n stuffed\n> quoted on\n>> deeper \n> other\n-- \nCasey"),
        ("Format=Flowed; DelSp=Yes", "A longline.\n\n stuffed\n> quotedon\n>> deeper\n> other\n-- \nCasey"),
        ("format=fixed", FLOWED.strip()),
    ],
)
def test_lines_that_a_client_broke_are_joined(kind, text):
    raw = _raw(f"Content-Type: text/plain; charset=utf-8; {kind}", body=FLOWED.replace("\n", "\r\n").encode())
    assert read_mail(raw).text == text


def test_long_text_is_cut_with_a_note():
    mail = read_mail(_raw(body=b"x" * 1500), MailLimits(text=1000))
    assert mail.text == "x" * 1000 + "\n\n[The rest of this message, 500 characters, was left out.]"


def test_newest_references_are_kept_and_headers_cut():
    references = " ".join(f"<{number}@x>" for number in range(5000))
    mail = read_mail(
        _raw(f"References: {references[:7000]}", "In-Reply-To: <last@x>", "Subject: " + "s" * 9000)
    )
    assert len(mail.references) == 50
    assert mail.references[-1] == "<last@x>"
    assert len(mail.subject) == 8192


def test_header_of_an_agent_is_heeded_only_where_asked():
    raw = _raw("To: Jo <jo@example.org>", "X-Helpdesk-Agent: yes")
    assert read_mail(raw).is_agent
    mail = read_mail(raw, heeds_agent_header=False)
    assert (mail.is_agent, mail.customer_email) == (False, "casey@example.com")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"Subject: x\r\n\r\n", "no From address"),
        (b"From: undisclosed-recipients:;\r\n\r\n", "no From address"),
        (b"From: @\r\n\r\n", "no From address"),
        (b"", "no From address"),
        (_raw(body=b"x\n" * 300_000), "more than 150,000 lines"),
        (_raw(body=b"x" * 11_000_000), "larger than 10 MB"),
        (_raw(body=b"x\r" * 300_000), "more than 150,000 lines"),
        (_raw("Content-Type: text/plain; " + "a=b; " * 1000), "a Content-Type of more than 2,000"),
        (_raw("Content-Disposition: attachment;\r\n" + " a=b;\r\n" * 1000), "more than 2,000"),
        (_raw(*["Content-Type: multipart/mixed; boundary=b"] * 31), "more than 30 parts that hold parts"),
    ],
)
def test_mail_that_is_refused_says_why(raw, why):
    with pytest.raises(MailError, match=why):
        read_mail(raw)


def _nested(depth, line, count):
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )
    return b"From: a@b.c\n" + opened + b"\n" + line * count


@pytest.mark.timing
@pytest.mark.parametrize(
    "raw",
    [
        _nested(30, b"\n", 140_000),
        _nested(1, b"--b0\n\n\n", 49_000),
        b"From: a@b.c\n" + b"X: y\n" * 140_000,
        b"From: " + b"a@b.c, " * 1_000_000,
        b"From: a@b.c\nSubject: " + b"=?utf-8?q?x?= " * 500_000,
        b"From: a@b.c\nReferences: " + b"<x@y> " * 1_000_000,
        b"From: a@b.c\nContent-Type: text/html\n\n" + b"<a " * 3_000_000,
        b"From: a@b.c\nContent-Type: text/html\n\n" + b'<a"' * 3_000_000,
        b"From: a@b.c\nContent-Type: text/html\n\n" + b"<![" * 3_000_000,
        b"From: a@b.c\n" + (b"Content-Type: text/plain; " + b"a=b; " * 380 + b"\n") * 5000,
    ],
    ids=["nested", "parts", "headers", "from", "subject", "references", "tags", "quotes", "cdata", "long"],
)  # fmt: skip
def test_hostile_mail_ends_soon(raw):
    started = time.monotonic()
    read_mail(raw)
    assert time.monotonic() - started < 10


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_make_anything_but_a_mail_or_its_error(raw):
    for candidate in (
        raw,
        _raw(b"Content-Type: multipart/mixed; boundary=b", body=raw),
        b"From: a@b.c\n" + raw,
    ):
        try:
            mail = read_mail(candidate)
        except MailError:
            continue
        shown = f"{mail.subject}{mail.author_name}{mail.text}"
        shown.encode()
        assert "\0" not in shown
        assert not set("\r\n") & set(mail.subject + mail.author_name)


@settings(deadline=None)
@given(st.text(alphabet="<>!-/?a \"'=&;[x", max_size=300))
def test_no_html_loses_a_text_that_stands_before_its_first_markup(html):
    assert html_to_text(f"seen<br>{html}").startswith("seen")
    assert all(piece.kind in {"start", "end", "text"} for piece in html_pieces(html))


@settings(deadline=None)
@given(st.text(), st.text())
def test_what_is_composed_is_read_again(subject, text):
    mail = read_mail(compose(("Zoë née Müller", "zoe@example.com"), subject, text, ["<a@b>", "<c@d>"]))
    assert (mail.author_name, mail.author_email) == ("Zoë née Müller", "zoe@example.com")
    assert mail.references == ("<a@b>", "<c@d>", "<c@d>")
    assert "\n" not in mail.subject


def test_composed_mail_reads_for_any_program():
    raw = compose(("Zoë", "zoe@example.com"), "Grüße", "Größe:\n> quoted\n\nEnd")
    message = message_from_bytes(raw, policy=policy.default)
    assert (message["subject"], message.get_content().splitlines()) == (
        "Grüße",
        ["Größe:", "> quoted", "", "End"],
    )
    assert message["message-id"].endswith("@helpdesk.invalid>")


@pytest.mark.parametrize("sender", ["", "Casey", "a@b.c, d@e.f", "@b", "a@", "<>", "a@b.c>\r\nBcc: <x@y.z"])
def test_sender_that_is_none_says_what_to_give(sender):
    with pytest.raises(SenderError, match="as in"):
        compose(read_sender(sender), "s", "t")


def test_no_line_break_reaches_a_header():
    raw = compose(("Zoë\r\nBcc: x@y.z", "zoe@example.com"), "s\r\nBcc: x@y.z", "t")
    assert b"\nBcc:" not in raw
