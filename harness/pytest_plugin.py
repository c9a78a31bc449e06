"""The pytest plug-in: a fixture ``custom_profile``, and one test a rule for --webhook-url or --webhook-app.

Everything else of the kit is imported when it is used: every run of pytest loads this module.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import ssl

    from harness.checks import Report, Result
    from harness.webhook_under_test import WebhookUnderTest

_TOKEN_VARIABLE = "GROOVE_API_TOKEN"  # noqa: S105 - the variable's name
_OPTIONS = {
    "url": ("URL", "The address of the webhook to check; with an app, the address that the app sees."),
    "app": ("MODULE:CREATE_APP", "A WSGI or ASGI app, or what makes one, called in this process."),
    "email": ("ADDRESS", "A customer that the webhook knows; give several to compare their fields."),
    "template": ("FILE", "A Liquid template to render for every customer."),
    "select": ("IDS", "Only these rules: CP101, or CP1 for all of CP1."),
    "ignore": ("IDS", "Not these rules."),
    "fail-on": ("SEVERITY", "The mildest severity that fails: error (as it is), warning or info."),
}
_SEVERAL = {"email", "select", "ignore"}
_NO_CUSTOMER = "The rules need a customer that the webhook knows: name one with --webhook-email ADDRESS."


class CustomProfileWarning(pytest.PytestWarning):
    """Warn of a rule that is broken, but of too mild a severity to fail."""


class RuleBrokenError(Exception):
    """Raise in the test of a rule that is broken, or that cannot be judged."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each may stand in the settings of pytest too, as webhook_url and so on."""
    group = parser.getgroup("custom-profile", "check a Custom Profile webhook")
    for name, (metavar, text) in _OPTIONS.items():
        kind: Any = "linelist" if name in _SEVERAL else "string"
        action = "append" if name in _SEVERAL else "store"
        group.addoption(f"--webhook-{name}", action=action, metavar=metavar, help=text)
        parser.addini(f"webhook_{name.replace('-', '_')}", text, type=kind)


def _chosen(config: pytest.Config, name: str) -> Any:
    plain = f"webhook_{name.replace('-', '_')}"
    return config.getoption(plain) or config.getini(plain) or ([] if name in _SEVERAL else None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add a test for each rule, before -k and the like choose among them."""
    if not _chosen(config, "url") and not _chosen(config, "app"):
        return
    if not _is_on_command_line(config) and any("::" in name for name in config.args):
        return  # whoever names a single test wants no other
    from harness.selection import SelectionError, select_rules  # noqa: PLC0415 - see the module

    try:
        rules = select_rules(_chosen(config, "select"), _chosen(config, "ignore"))
    except SelectionError as error:
        raise pytest.UsageError(str(error)) from None
    room = RuleCollector.from_parent(session, name="custom-profile", nodeid="custom-profile")
    room.webhook = _webhook(config)
    if room.webhook.emails:
        items += [RuleItem.from_parent(room, name=rule.id, rule=rule) for rule in rules]
    elif _is_on_command_line(config) and not any(_uses_fixture(item) for item in items):
        raise pytest.UsageError(_NO_CUSTOMER)
    else:  # whoever wants no more than the fixture names customers in the tests
        items.append(NoCustomerItem.from_parent(room, name="rules"))


def _is_on_command_line(config: pytest.Config) -> bool:
    return bool(config.getoption("webhook_url") or config.getoption("webhook_app"))


def _uses_fixture(item: pytest.Item) -> bool:
    return "custom_profile" in getattr(item, "fixturenames", ())


class RuleCollector(pytest.Collector):
    """The room that the tests of the rules are in; it makes the calls once, for all of them."""

    webhook: WebhookUnderTest
    _report: Report | None = None
    _not_started: str = ""

    def collect(self) -> list[pytest.Item]:
        """Give nothing: the tests are added when everything else is collected."""
        return []

    def report(self) -> Report:
        """Check the webhook, the first time that a rule asks; an app that does not start fails once."""
        from harness.lifespan import AppStartError  # noqa: PLC0415 - see the module

        if self._not_started:
            pytest.skip(self._not_started)
        try:
            self._report = self._report or self.webhook.check(
                select=_chosen(self.config, "select"),
                ignore=_chosen(self.config, "ignore"),
                template=Path(path) if (path := _chosen(self.config, "template")) else None,
            )
        except AppStartError as error:
            self._not_started = "The app could not start."
            raise RuleBrokenError(str(error)) from None
        return self._report

    def teardown(self) -> None:
        """Shut an app of this process down."""
        _close(self.webhook)


class RuleItem(pytest.Item):
    """The test of one rule."""

    def __init__(self, *, rule: Any, **more: Any) -> None:
        super().__init__(**more)
        self._rule = rule

    def runtest(self) -> None:
        """Fail, warn or skip as the rule's result says."""
        from harness.check_options import failing_severities  # noqa: PLC0415 - see the module

        room = self.parent
        if not isinstance(room, RuleCollector):
            raise TypeError(f"{self.nodeid} is not in the room of the rules.")
        report = room.report()
        result = next(each for each in report.results if each.rule.id == self._rule.id)
        if result.outcome == "skipped":
            pytest.skip(result.skipped)
        if result.outcome == "passed":
            return
        text = _explained(result, report)
        if result.rule.severity in failing_severities(_chosen(self.config, "fail-on") or "error"):
            raise RuleBrokenError(text)
        warnings.warn(CustomProfileWarning(text), stacklevel=1)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what is wrong and how to mend it, without a traceback through the kit."""
        if isinstance(excinfo.value, RuleBrokenError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the rule where pytest names what it ran."""
        return self.path, None, f"{self._rule.id} {self._rule.title}"


class NoCustomerItem(pytest.Item):
    """What stands in the place of the rules where nobody is named to ask for."""

    def runtest(self) -> None:
        """Say that no rule is tested, and why."""
        pytest.skip(_NO_CUSTOMER)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name what is not tested."""
        return self.path, None, "every rule"


def _explained(result: Result, report: Report) -> str:
    from harness.report.junit import explanation  # noqa: PLC0415 - see the module

    return f"{result.rule.id} {result.rule.title}\n{explanation(result, report)}"


@pytest.fixture(scope="session")
def custom_profile_app() -> Any:
    """Override this to give an app of your own making: WSGI or ASGI."""
    return None


@pytest.fixture(scope="session")
def custom_profile_token() -> str | None:
    """Override this to give another token than the environment's GROOVE_API_TOKEN."""
    return None


@pytest.fixture(scope="session")
def custom_profile(
    pytestconfig: pytest.Config, custom_profile_app: Any, custom_profile_token: str | None
) -> Iterator[WebhookUnderTest]:
    """Give the webhook under test: call it, assert rules, render templates."""
    webhook = _webhook(pytestconfig, custom_profile_app, custom_profile_token)
    yield webhook
    _close(webhook)


def _close(webhook: WebhookUnderTest) -> None:
    close = getattr(webhook.terms.transport, "close", None)
    if close:
        close()


def _webhook(config: pytest.Config, app: Any = None, token: str | None = None) -> WebhookUnderTest:
    from harness.caller import Terms  # noqa: PLC0415 - see the module
    from harness.in_process import DEFAULT_URL, AppError, load_app, transport_for  # noqa: PLC0415
    from harness.webhook_under_test import WebhookUnderTest  # noqa: PLC0415

    url, name, emails = (_chosen(config, each) for each in ("url", "app", "email"))
    token = token or os.environ.get(_TOKEN_VARIABLE, "").partition(",")[0].strip()
    if not token:
        raise pytest.UsageError(f"There is no API token: set {_TOKEN_VARIABLE}.")
    if name and app is None:
        sys.path.insert(0, str(config.rootpath))
        try:
            app = load_app(name)
        except AppError as error:
            raise pytest.UsageError(f"--webhook-app {error}") from None
    if app is None and not url:
        raise pytest.UsageError("Give --webhook-url URL or --webhook-app MODULE:CREATE_APP.")
    terms = Terms(transport=transport_for(app)) if app is not None else Terms(authorities=_authorities())
    return WebhookUnderTest(url or DEFAULT_URL, token, emails, terms=terms)


def _authorities() -> ssl.SSLContext | None:
    from harness.authorities import AuthoritiesError, authorities_of  # noqa: PLC0415 - see the module

    try:
        return authorities_of(None)
    except AuthoritiesError as error:
        raise pytest.UsageError(str(error)) from None
