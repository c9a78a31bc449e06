"""The Flask application of the helpdesk's page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from zlib import crc32

import click
from flask import Flask, render_template, request, url_for
from markupsafe import Markup, escape
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException

from harness.helpdesk import security
from harness.helpdesk.closing import ClosingApp
from harness.helpdesk.desk import Desk
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.views import add_views
from harness.sandbox import Sandbox
from harness.text import printable, shown_key

_API_PAGE = "Settings → API"
_LARGEST_FORM = 4_000_000  # a template of the largest size, in characters that a form writes as nine
_NO_DATABASE = "Start the database again, or see that it can be reached; then load this page anew."
_LOCKED = "Another program holds the database's file locked: close what it has open there, and try again."
_WHAT_NEXT = {
    404: "There is no page at this address. Go to the inbox and open a conversation there.",
    405: "This address takes only a form of this page. Go to the inbox and press Refresh there.",
    413: f"A form of this page takes at most {_LARGEST_FORM // 1_000_000} MB. Go back, and shorten the text.",
    500: "Something went wrong in the helpdesk. Go to the inbox and try again.",
}


@dataclass(frozen=True, slots=True)
class HelpdeskSettings:
    """What the page needs: its store, its way to the webhook, its own Host headers, and its renderer.

    Where the store ends with the process, ``is_kept`` is false, and the page says so.
    """

    sessions: sessionmaker[Session]
    webhook: Webhook
    hosts: Iterable[str]
    sandbox: Sandbox
    is_kept: bool = True


def create_app(settings: HelpdeskSettings) -> Flask:
    """Make the application; its desk is ``app.extensions["helpdesk"]``."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _LARGEST_FORM
    app.jinja_env.filters.update(
        moment=moment,
        day=day,
        initials=initials,
        hue=hue,
        quotes=quotes,
        milliseconds=milliseconds,
        linked=linked,
        shown_key=shown_key,
    )
    app.jinja_env.globals["is_kept"] = settings.is_kept
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.protect(app, settings.hosts)
    app.wsgi_app = ClosingApp(app.wsgi_app)  # type: ignore[method-assign]
    desk = app.extensions["helpdesk"] = Desk(settings.sessions, settings.webhook, settings.sandbox)
    add_views(app, desk)
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(OperationalError, show_database_error)
    return app


def show_database_error(error: OperationalError) -> tuple[str, int]:
    """Say that the database does not answer, in the page and in one line on standard error."""
    is_locked = "locked" in str(error.orig)
    description = _LOCKED if is_locked else _NO_DATABASE
    click.echo(printable(f"{request.path}: {description}"), err=True)
    return render_template("error.html", name="The database does not answer", description=description), 503


def show_error(error: HTTPException) -> tuple[str, int]:
    """Show an error as a page that says what to do."""
    code = error.code or 500
    is_said_by_us = error.description != type(error).description
    description = error.description if is_said_by_us else _WHAT_NEXT.get(code, error.description)
    return render_template("error.html", name=error.name, description=description), code


def moment(time: datetime) -> str:
    """Write a time for reading, in this machine's zone."""
    local = time.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def linked(text: str) -> Markup:
    """Escape a text, and lead to the page of the token where it names that."""
    link = Markup('<a href="{}">{}</a>').format(url_for("tokens.api"), _API_PAGE)
    return escape(text).replace(_API_PAGE, link)


def day(time: datetime) -> str:
    """Write a time's day, short, with the year where it is not this one."""
    local = time.astimezone()
    is_this_year = local.year == datetime.now(UTC).astimezone().year
    return f"{local.day} {local:%b}" if is_this_year else f"{local.day} {local:%b %Y}"


def milliseconds(seconds: float) -> str:
    """Write a duration: whole milliseconds, and tenths below ten."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:,.0f} ms"


def hue(name: str) -> int:
    """Choose one of the six colours of the style sheet, the same for the same name."""
    return crc32(name.encode()) % 6


def quotes(text: str) -> list[tuple[bool, str]]:
    """Split a message into its own parts (False) and those that quote an earlier one (True)."""
    parts = groupby(text.splitlines(), key=lambda line: line.startswith(">"))
    split = [
        (is_quoted, "\n".join(line.lstrip("> ") if is_quoted else line for line in lines))
        for is_quoted, lines in parts
    ]
    return [(is_quoted, part.strip("\n")) for is_quoted, part in split if part.strip()]


def initials(name: str) -> str:
    """Give the first letters of the first and the last word of a name, or of an address before its @."""
    own = name.partition("@")[0] or name
    words = [word for word in re.split(r"[\s.]+", own) if word[:1].isalnum()]
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in chosen).upper() or "?"
