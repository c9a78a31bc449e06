"""The messages of an mbox file, as values; where they go is the intake's business."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

from harness.mail.reading import Mail, MailError, plain_subject, read_mail

__all__ = ["Mail", "MailError", "plain_subject", "read_mail", "read_mailbox"]


def read_mailbox(path: Path) -> Iterator[Mail | MailError]:
    """Read every message of an mbox file; one that cannot be used comes as a MailError, in its place."""
    box = mailbox.mbox(path, factory=None, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            try:
                yield read_mail(box.get_bytes(key))
            except MailError as error:
                yield MailError(f"message {number} was left out: {error}")
    finally:
        box.close()
