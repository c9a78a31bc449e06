"""The helpdesk's SMTP port, which is off unless asked for; aiosmtpd is an extra."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click

from harness.helpdesk.desk import Desk
from harness.helpdesk.incoming import deliver

_MISSING = 'The mail port needs aiosmtpd: pip install "custom-profile-kit[smtp]".'


@contextmanager
def mail_port(listener: socket.socket, desk: Desk) -> Iterator[None]:
    """Take mail on a listening socket while the block runs; a usage error where aiosmtpd is not installed."""
    try:
        from harness.mail.smtp import SmtpServer  # noqa: PLC0415 - an extra
    except ImportError:
        raise click.UsageError(_MISSING) from None
    with SmtpServer(listener, lambda raw: deliver(desk, raw)):
        yield
