"""The form of Settings → Custom Profile: read from what was sent or stored, and what is wrong in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from harness.address import refuse_address
from harness.behaviour import BEHAVIOURS, USUAL
from harness.liquid.limits import LARGEST_TEMPLATE
from harness.profile import DEFAULT_HEADLINE
from harness.store import read_settings, save_settings

LONGEST_HEADLINE = 200
LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """What stands in the form; ``problems`` say by field what is wrong and what to do.

    ``revision`` is what was saved when the form was opened, as revision_of() has it; empty where nobody says.
    """

    enabled: bool
    headline: str
    template: str
    webhook_url: str
    behaviour: str
    email: str = ""
    revision: str = ""
    problems: dict[str, str] = field(default_factory=dict)


def stored_form(session: Session) -> ProfileForm:
    """Fill the form with what is saved."""
    settings = read_settings(session)
    return ProfileForm(
        settings.enabled, settings.headline, settings.template, settings.webhook_url, settings.behaviour
    )


def store_form(session: Session, form: ProfileForm) -> None:
    """Save what stands in the form."""
    save_settings(
        session,
        headline=form.headline,
        template=form.template,
        webhook_url=form.webhook_url,
        enabled=form.enabled,
        behaviour=form.behaviour,
    )


def revision_of(form: ProfileForm) -> str:
    """Answer what tells these settings from others."""
    kept = (form.enabled, form.headline, form.template, form.webhook_url, form.behaviour)
    return hashlib.sha256(repr(kept).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def changed_elsewhere(form: ProfileForm, saved: ProfileForm) -> list[str]:
    """Name what would change back by saving a form that was opened before others saved theirs."""
    if form.revision in {"", revision_of(saved)}:
        return []
    return [
        title
        for title, theirs, ours in (
            ("the toggle", saved.enabled, form.enabled),
            ("the headline", saved.headline, form.headline),
            ("the template", saved.template, form.template),
            ("the webhook's address", saved.webhook_url, form.webhook_url),
            ("the behaviour", saved.behaviour, form.behaviour),
        )
        if theirs != ours
    ]


def read_form(sent: Mapping[str, str]) -> ProfileForm:
    """Read what was sent; a browser writes line ends as mail does, and templates are counted in lines."""
    form = ProfileForm(
        enabled=sent.get("enabled") == "on",
        headline=" ".join(sent.get("headline", "").split()) or DEFAULT_HEADLINE,
        template=sent.get("template", "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""),
        webhook_url=sent.get("webhook_url", "").strip(),
        behaviour=sent.get("behaviour", USUAL.name),
        email=sent.get("email", "").strip(),
        revision=sent.get("revision", ""),
    )
    form.problems.update(_problems(form))
    return form


def _problems(form: ProfileForm) -> dict[str, str]:
    problems = {}
    if len(form.headline) > LONGEST_HEADLINE:
        problems["headline"] = f"Make it shorter: at most {LONGEST_HEADLINE} characters."
    if len(form.template) > LARGEST_TEMPLATE:
        problems["template"] = f"Make it shorter: at most {LARGEST_TEMPLATE:,} characters."
    if form.behaviour not in BEHAVIOURS:
        problems["behaviour"] = f"Choose one of {', '.join(BEHAVIOURS)}."
    address = refuse_address(form.webhook_url) if form.webhook_url or form.enabled else None
    if address is not None:
        problems["webhook_url"] = f"{address.message} {address.fix}"
    elif len(form.webhook_url) > LONGEST_ADDRESS:
        problems["webhook_url"] = f"Make it shorter: at most {LONGEST_ADDRESS:,} characters."
    return problems
