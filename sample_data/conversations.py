"""The sample company's mailbox: conversations with its customers as real messages, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.generator import BytesGenerator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from hashlib import sha256
from pathlib import Path
from typing import Any

from sample_data.people import Person
from sample_data.resources import load

SUPPORT_ADDRESS = "help@kilnwright.example"
# An mbox file has Unix line ends, "From " at the start of a line would begin a new message, and what stays
# within seven bits passes through every mail program.
MBOX = EmailPolicy(linesep="\n", mangle_from_=True, cte_type="7bit", max_line_length=SMTP.max_line_length)


def write_mailbox(path: Path, people: list[Person]) -> None:
    """Write every conversation into one mbox file, each message in the order in which it was sent."""
    names = {person.email: person.full_name for person in people}
    told = load("conversations.toml")
    messages = [
        message
        for conversation in told["conversations"]
        for message in _thread(conversation, told["agents"], names)
    ]
    messages.sort(key=lambda message: message["Date"].datetime)
    with path.open("wb") as file:
        for message in messages:
            sender = message["From"].addresses[0].addr_spec
            message.set_unixfrom(f"From {sender} {message['Date'].datetime:%a %b %d %H:%M:%S %Y}")
            BytesGenerator(file, policy=MBOX).flatten(message, unixfrom=True)
            file.write(b"\n")


def _thread(
    conversation: dict[str, Any], agents: dict[str, str], names: dict[str, str]
) -> Iterator[EmailMessage]:
    """Make the messages of one conversation, each an answer to the one before."""
    email = conversation["with"]
    name = names.get(email) or conversation["name"]
    earlier: list[str] = []
    for row in conversation["messages"]:
        message = EmailMessage(policy=MBOX)
        customer, support = (
            _address(name, email),
            _address(agents.get(row.get("by", ""), "Kilnwright"), SUPPORT_ADDRESS),
        )
        message["From"], message["To"] = (support, customer) if "by" in row else (customer, support)
        message["Subject"] = ("Re: " if earlier else "") + conversation["subject"]
        message["Date"] = row["at"].replace(tzinfo=UTC)
        message["Message-ID"] = _message_id(email, row["at"], "kilnwright.example" if "by" in row else email)
        if earlier:
            message["In-Reply-To"] = earlier[-1]
            message["References"] = " ".join(earlier)
        if "by" in row:
            message["X-Helpdesk-Agent"] = "yes"
        _fill(message, row)
        earlier.append(str(message["Message-ID"]))
        yield message


def _address(name: str, email: str) -> Address:
    return Address(display_name=name, addr_spec=email)


def _message_id(email: str, at: datetime, host: str) -> str:
    digest = sha256(f"{email} {at}".encode()).hexdigest()[:20]
    return f"<{at:%Y%m%d%H%M%S}.{digest}@{host.rpartition('@')[2]}>"


def _fill(message: EmailMessage, row: dict[str, Any]) -> None:
    """Put the text into a message, in the form that the row asks for."""
    form = row.get("form")
    text = row["text"].strip("\n") + "\n"
    if form == "quoted-printable":
        message.set_content(text, cte="quoted-printable")
    else:
        message.set_content(text)
    if form == "alternative":
        message.add_alternative(row["html"].strip("\n") + "\n", subtype="html")
        # The library would make a new boundary each time, and two builds would differ.
        message.set_boundary(f"=_{message['Message-ID'].strip('<>').partition('@')[0]}")
