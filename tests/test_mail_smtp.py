"""The SMTP port with a real client: what is taken, what is refused and why, and what cannot harm it."""

import smtplib
import socket
import threading
import time
from email.message import EmailMessage

import pytest

from harness.mail.limits import MailLimits
from harness.mail.reading import MailError, read_mail
from harness.mail.smtp import SmtpServer

LIMITS = MailLimits(largest=200_000)


class Deliveries:
    """Keeps what is delivered, and fails where it is told to."""

    def __init__(self):
        self.mails, self.error = [], None

    def __call__(self, raw):
        if self.error:
            raise self.error
        self.mails.append(read_mail(raw, LIMITS))
        return f"Kept as number {len(self.mails)}, thänk you"


@pytest.fixture
def deliveries():
    return Deliveries()


@pytest.fixture
def smtp_port(deliveries):
    listener = socket.create_server(("127.0.0.1", 0))
    with SmtpServer(listener, deliveries, LIMITS):
        yield listener.getsockname()[1]


@pytest.fixture
def client(smtp_port):
    with smtplib.SMTP("127.0.0.1", smtp_port, timeout=60) as connected:
        yield connected


def _message(text="Hello", subject="Charged twice"):
    message = EmailMessage()
    message["From"], message["To"] = "Zoë Müller <zoe@example.com>", "support@example.com"
    message["Subject"] = subject
    message.set_content(text)
    return message


def _send_without_end(connection):
    for _ in range(1000):
        connection.sendall(b"y" * 10_000)
        time.sleep(0.001)


def test_message_of_a_real_client_is_delivered_whole(client, deliveries):
    client.send_message(_message("Grüße\n.\n.. dots\nEnd", "Größe"))
    (mail,) = deliveries.mails
    assert (mail.author_name, mail.customer_email, mail.subject) == ("Zoë Müller", "zoe@example.com", "Größe")
    assert mail.text == "Grüße\n.\n.. dots\nEnd"


def test_several_messages_of_one_connection_and_the_answer_in_ascii(client, deliveries):
    client.ehlo()
    for _ in range(3):
        client.send_message(_message())
    client.mail("a@b.c")
    client.rcpt("d@e.f")
    assert client.data(b"From: a@b.c\r\n\r\nx") == (250, b"2.0.0 Kept as number 4, th?nk you")
    assert len(deliveries.mails) == 4


def test_address_beyond_ascii_is_taken(client, deliveries):
    message = _message()
    message.replace_header("From", "Jörg <jörg@exämple.de>")
    client.send_message(message, mail_options=["SMTPUTF8"])
    assert deliveries.mails[0].author_email == "jörg@exämple.de"


def test_sender_of_a_bounce_is_taken(client, deliveries):
    client.sendmail("", ["a@b.c"], b"From: MAILER-DAEMON@example.com\r\nSubject: Undelivered\r\n\r\nx")
    assert deliveries.mails[0].subject == "Undelivered"


def test_size_is_announced_and_more_is_refused(client, deliveries):
    client.ehlo()
    assert client.esmtp_features["size"] == "200000"
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        client.send_message(_message("x" * 70 + "\n" + ("y" * 70 + "\n") * 4000))
    assert refused.value.smtp_code == 552
    client.mail("a@b.c")  # does not say its size beforehand
    client.rcpt("a@b.c")
    assert client.data(("y" * 70 + "\r\n") * 4000)[0] == 552
    client.send_message(_message())
    assert len(deliveries.mails) == 1


def test_mail_of_nobody_is_refused_with_the_reason(client, deliveries):
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("a@b.c", ["d@e.f"], b"Subject: x\r\n\r\nx")
    assert refused.value.smtp_code == 554
    assert refused.value.smtp_error == b"5.6.0 Not taken: it has no From address."
    client.send_message(_message())
    assert len(deliveries.mails) == 1


def test_failure_to_keep_a_mail_asks_the_client_to_try_again(client, deliveries, capfd):
    deliveries.error = RuntimeError("zoe@example.com could not be stored")
    with pytest.raises(smtplib.SMTPDataError) as failed:
        client.send_message(_message())
    assert (failed.value.smtp_code, b"zoe" in failed.value.smtp_error) == (451, False)
    deliveries.error = MailError("it says\r\n250 OK\x1b[31m")
    with pytest.raises(smtplib.SMTPDataError) as failed:
        client.send_message(_message())
    assert failed.value.smtp_error == b"5.6.0 Not taken: it says 250 OK\\x1b[31m"
    assert capfd.readouterr() == ("", "")


def test_long_lines_are_taken_and_endless_ones_end_the_connection(smtp_port, deliveries):
    with smtplib.SMTP("127.0.0.1", smtp_port, timeout=60) as client:
        client.sendmail("a@b.c", ["d@e.f"], b"From: a@b.c\r\n\r\n" + b"x" * 50_000)
    assert len(deliveries.mails[0].text) == 50_000
    with socket.create_connection(("127.0.0.1", smtp_port), timeout=10) as endless:
        for command in (b"", b"HELO x\r\n", b"MAIL FROM:<a@b.c>\r\n", b"RCPT TO:<a@b.c>\r\n", b"DATA\r\n"):
            endless.sendall(command)
            endless.recv(1000)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            _send_without_end(endless)
    assert len(deliveries.mails) == 1


@pytest.mark.parametrize(
    "sent", [b"\0\xff\r\n", b"GET / HTTP/1.1\r\n", b"x" * 5000 + b"\r\n", b"MAIL FROM:\r\n"]
)
def test_what_is_no_smtp_is_answered_with_an_error(smtp_port, sent):
    with socket.create_connection(("127.0.0.1", smtp_port), timeout=10) as stranger:
        assert stranger.recv(1000).startswith(b"220 helpdesk.invalid Helpdesk stand-in")
        stranger.sendall(sent)
        assert stranger.recv(1000)[:1] == b"5"


def test_smuggled_second_message_stays_text_of_the_first(client, deliveries):
    smuggled = (
        b"From: a@b.c\r\n\r\nfirst\n.\nMAIL FROM:<evil@x.y>\nRCPT TO:<a@b.c>\nDATA\nFrom: evil@x.y\n\n2\n"
    )
    client.ehlo()
    client.mail("a@b.c")
    client.rcpt("a@b.c")
    assert client.docmd("data")[0] == 354
    client.send(smuggled + b"\r\n.\r\n")  # as it is: smtplib would mend the line ends
    assert client.getreply()[0] == 250
    assert client.noop()[0] == 250
    assert [mail.author_email for mail in deliveries.mails] == ["a@b.c"]


def test_recipients_and_connections_are_bounded(smtp_port, client):
    client.ehlo()
    client.mail("a@b.c")
    codes = [client.rcpt(f"r{number}@b.c")[0] for number in range(101)]
    assert (codes[99], codes[100]) == (250, 452)
    others = [socket.create_connection(("127.0.0.1", smtp_port), timeout=10) for _ in range(40)]
    greetings = [other.recv(1000)[:3] for other in others]
    for other in others:
        other.close()
    assert {b"220", b"421"} == set(greetings)


def test_many_clients_at_once_lose_nothing(smtp_port, deliveries):
    def send(number):
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=20) as client:
            for part in range(5):
                client.send_message(_message(subject=f"{number}-{part}"))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({mail.subject for mail in deliveries.mails}) == 50


def test_server_that_stops_leaves_its_port_and_its_clients():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with SmtpServer(listener, Deliveries(), LIMITS):
        idle = socket.create_connection(("127.0.0.1", port), timeout=10)
        assert idle.recv(1000).startswith(b"220")
    with idle, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
