"""What the right sidebar shows for a customer: a profile, perhaps with a note, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from sqlalchemy.orm import Session

from harness.behaviour import behaviour_named
from harness.helpdesk.fetching import REFUSED_NEW, newest_fetch
from harness.helpdesk.rendering import Rendered, render_profile
from harness.profile import User
from harness.sandbox import Sandbox
from harness.store import Customer, Fetch, Settings, read_settings
from harness.text import html_to_text

_PICTURES = re.compile(r"<(?:img|svg|hr|meter|progress|input|button|video|iframe)\b", re.IGNORECASE)

State = Literal["off", "waiting", "fetching", "failed", "unrenderable", "shown"]


@dataclass(frozen=True, slots=True)
class Sidebar:
    """The sidebar's parts.

    ``shown`` is the fetch that the profile comes from, ``failed`` a newer one that failed; ``rendered`` is
    there where some fetch was good, ``is_fetching`` while another is under way.
    """

    headline: str
    state: State
    rendered: Rendered | None = None
    shown: Fetch | None = None
    failed: Fetch | None = None
    is_fetching: bool = False
    has_template: bool = True

    @property
    def html(self) -> str | None:
        """Give the rendered profile, untrusted, or None."""
        return self.rendered.html if self.rendered else None

    @property
    def version(self) -> str:
        """Tell one rendering from another, so that a page knows when to show it anew."""
        return f"{crc32((self.html or '').encode('utf-8', 'replace')):08x}"

    @property
    def token_note(self) -> str:
        """Say that an older token was taken in the place of the newest, where it was."""
        return REFUSED_NEW if self.shown and self.shown.note.startswith(REFUSED_NEW) else ""

    @property
    def problem(self) -> str:
        """Say why there is no profile."""
        if self.rendered is not None:
            return self.rendered.problem
        return self.failed.error if self.failed else ""

    @property
    def fix(self) -> str:
        """Say what to do about it."""
        if self.rendered is not None:
            return self.rendered.fix
        return self.failed.fix if self.failed else ""

    @property
    def shows_nothing(self) -> bool:
        """Tell a profile in which there is nothing to see."""
        return self.html is not None and not html_to_text(self.html) and not _PICTURES.search(self.html)

    @property
    def is_empty_answer(self) -> bool:
        """Tell whether the webhook knew nothing of this address."""
        return self.shown is not None and not self.shown.fields


def build_sidebar(
    session: Session, customer: Customer, sandbox: Sandbox, *, is_fetching: bool = False
) -> Sidebar:
    """Render the newest good fetch of a customer with the stored template."""
    settings = read_settings(session)
    if not settings.enabled:
        return Sidebar(settings.headline, "off")
    newest = newest_fetch(session, customer)
    good = newest_fetch(session, customer, successful=True)
    failed = newest if newest is not None and newest.fields is None else None
    if good is None:
        state: State = "fetching" if is_fetching else "failed" if failed else "waiting"
        return Sidebar(settings.headline, state, failed=failed, is_fetching=is_fetching)
    rendered = render_fetch(good, customer, settings, sandbox)
    return Sidebar(
        settings.headline,
        "unrenderable" if rendered.html is None else "shown",
        rendered=rendered,
        shown=good,
        failed=failed,
        is_fetching=is_fetching,
        has_template=bool(settings.template),
    )


def render_fetch(fetch: Fetch, customer: Customer, settings: Settings, sandbox: Sandbox) -> Rendered:
    """Render one fetch that was good as it would show now."""
    return render_profile(
        sandbox,
        settings.template,
        fetch.fields or {},
        User(customer.email, full_name=customer.full_name),
        headline=settings.headline,
        behaviour=behaviour_named(settings.behaviour),
    )
