"""Testing before Save: "We will fetch the details from your server and render an example"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from harness.caller import Terms
from harness.checks import Report, Target, TemplateSource, check_target
from harness.checks.results import Result
from harness.helpdesk.desk import Desk
from harness.helpdesk.profile_form import ProfileForm
from harness.helpdesk.rendering import Rendered, render_profile
from harness.helpdesk.steps import FieldRow, field_rows
from harness.helpdesk.tokens import tokens_in_use
from harness.profile import User
from harness.store import Customer

_CALLS = 2
"""How often the profile is fetched: the page waits meanwhile. How steady a webhook is, ``check`` tells."""
_NO_EMAIL = "Give a customer's e-mail address, as in casey@example.com."
_NO_TOKEN = "There is no API token to send. Make one under Settings → API."  # noqa: S105 - says that there is none


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test showed; ``problem`` says why none could be made. ``preview`` names the rendering."""

    problem: str = ""
    report: Report | None = None
    rendered: Rendered | None = None
    preview: str = ""
    rows: tuple[FieldRow, ...] = ()
    judged: bool = True
    """Whether the rules were tried too; otherwise the page asks for them once it stands."""

    @property
    def failed(self) -> list[Result]:
        """List the rules that were broken, errors first."""
        if self.report is None:
            return []
        report = self.report
        return [*report.failed("error"), *report.failed("warning"), *report.failed("info")]

    @property
    def passed(self) -> int:
        """Count the rules that were kept."""
        results = self.report.results if self.report else []
        return sum(result.outcome == "passed" for result in results)


def try_profile(desk: Desk, form: ProfileForm, *, judged: bool = True) -> Trial:
    """Fetch and render with what stands in the form; nothing is saved, and no conversation changes.

    Not ``judged``, it is one call alone, and the rules are left for judge_profile.
    """
    asked = _ask(desk, form, judged=judged)
    if isinstance(asked, Trial):
        return asked
    report, user = asked
    if report.fields is None:
        return Trial(report=report, judged=judged)
    desk.tried.keep(form.email, report.fields)
    rendered = render_profile(
        desk.sandbox,
        form.template,
        report.fields,
        user,
        headline=form.headline,
        behaviour=desk.webhook.behaviour(form.behaviour),
    )
    preview = desk.previews.keep(rendered.html) if rendered.html is not None else ""
    rows = tuple(field_rows(report.fields, rendered, form.template))
    return Trial(report=report, rendered=rendered, preview=preview, rows=rows, judged=judged)


def judge_profile(desk: Desk, form: ProfileForm) -> Trial:
    """Try the rules with what stands in the form, and render nothing."""
    asked = _ask(desk, form, judged=True)
    return asked if isinstance(asked, Trial) else Trial(report=asked[0])


def _ask(desk: Desk, form: ProfileForm, *, judged: bool) -> Trial | tuple[Report, User]:
    """Call the webhook, or say why it cannot be called."""
    if "@" not in form.email.strip("@") or len(form.email) > 320:
        return Trial(_NO_EMAIL)
    if form.problems or not form.webhook_url:
        return Trial(next(iter(form.problems.values()), "Give the webhook's address."))
    with desk.sessions() as session:
        token = tokens_in_use(session, desk.webhook.api_token).current
        full_name = session.scalar(select(Customer.full_name).where(Customer.email == form.email.lower()))
    if not token:
        return Trial(_NO_TOKEN)
    deadline = desk.webhook.behaviour(form.behaviour).deadline
    terms = Terms(deadline, authorities=desk.webhook.authorities)
    user = User(form.email, full_name=full_name or "")
    report = check_target(
        Target(form.webhook_url, (form.email,), token, terms, calls=_CALLS if judged else 1),
        None if judged else (),
        template=TemplateSource("The template", form.template) if judged and form.template else None,
        full_name=user.full_name,
        headline=form.headline,
    )
    return report, user
