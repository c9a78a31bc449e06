"""What the right sidebar shows for a customer: a profile, perhaps with a note, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from harness.helpdesk.fetching import newest_fetch
from harness.liquid import TemplateError, TemplateLimitError, TemplateSyntaxError
from harness.profile import User, build_profile
from harness.sandbox import Sandbox
from harness.store import Customer, Fetch, Settings

_WRITABLE = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sidebar:
    """The sidebar's parts: ``html`` is the rendered profile, untrusted; ``problem`` says why there is none.

    ``shown`` is the fetch that the profile comes from, ``failed`` a newer one that failed.
    """

    headline: str
    html: str | None = None
    problem: str = ""
    fix: str = ""
    shown: Fetch | None = None
    failed: Fetch | None = None
    overridden: tuple[str, ...] = ()
    has_template: bool = True
    was_fetched: bool = True

    @property
    def problem_title(self) -> str:
        """Head the problem: nothing yet, or something that went wrong."""
        return "No profile to show" if self.was_fetched else "No profile yet"

    @property
    def is_empty_answer(self) -> bool:
        """Tell whether the webhook knew nothing of this address."""
        return self.shown is not None and not self.shown.fields


def build_sidebar(session: Session, customer: Customer, sandbox: Sandbox) -> Sidebar:
    """Render the newest good fetch of a customer with the stored template."""
    settings = session.get_one(Settings, 1)
    newest = newest_fetch(session, customer)
    good = newest_fetch(session, customer, successful=True)
    failed = newest if newest is not None and newest.fields is None else None
    if good is None or good.fields is None:
        return Sidebar(
            settings.headline,
            problem=failed.error if failed else "Nothing has been fetched for this customer yet.",
            fix=failed.fix if failed else "It is fetched when they write, or when you press Refresh.",
            failed=failed,
            was_fetched=newest is not None,
        )
    user = User(customer.email, full_name=customer.full_name)
    profile = build_profile(good.fields, user, name=settings.headline)
    overridden = tuple(override.key for override in profile.overridden)
    template = settings.template or list_of_fields(good.fields)
    try:
        html = sandbox.render(template, profile.fields)
    except TemplateSyntaxError as error:
        problem = f"The HTML template does not parse: {error.with_line}."
        return Sidebar(
            settings.headline, problem=problem, fix="Mend the template and start again.", failed=failed
        )
    except TemplateError as error:
        fix = "Change the template and start again." if isinstance(error, TemplateLimitError) else ""
        return Sidebar(settings.headline, problem=str(error), fix=fix, failed=failed)
    return Sidebar(
        settings.headline,
        html=html,
        shown=good,
        failed=failed,
        overridden=overridden,
        has_template=bool(settings.template),
    )


def list_of_fields(fields: dict[str, Any]) -> str:
    """Write a template that lists every field, for who has none yet."""
    rows = (
        f"<dt>{key.replace('_', ' ')}</dt><dd>{{{{ {key} | escape }}}}</dd>"
        for key in fields
        if _WRITABLE.fullmatch(key)
    )
    return f"<dl>{''.join(rows)}</dl>"
