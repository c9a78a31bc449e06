"""Rules of the fifth hundred: does the template parse, and does it show something."""

from __future__ import annotations

from harness import contract
from harness.checks.results import Report, TemplateSource, judge, skip
from harness.liquid import TemplateError
from harness.profile import User, build_profile
from harness.sandbox import Sandbox

_PARSES = contract.TEMPLATE_PARSES
_RENDERED = (contract.TEMPLATE_RENDERS, contract.TEMPLATE_SHOWS_NO_ERROR)


def check_template(report: Report, template: TemplateSource | None) -> None:
    """Render what the report's fields give, into the report, and judge it."""
    if template is None:
        report.results += skip((_PARSES, *_RENDERED), "No template was given: add --template FILE.")
        return
    with Sandbox(processes=1) as sandbox:
        _check_given(report, template, sandbox)


def _check_given(report: Report, template: TemplateSource, sandbox: Sandbox) -> None:
    try:
        sandbox.parse(template.text)
    except TemplateError as error:
        report.results += [judge(_PARSES, [error.of(template.name)])]
        report.results += skip(_RENDERED, "The template does not parse.")
        return
    report.results.append(judge(_PARSES, []))
    if report.fields is None:
        report.results += skip(_RENDERED, "There are no fields to render.")
        return
    report.profile = build_profile(report.fields, User(report.email, report.full_name), name=report.headline)
    try:
        rendering = sandbox.report(template.text, report.profile.fields)
    except TemplateError as error:
        report.results.append(judge(_RENDERED[0], [error.of(template.name)]))
        report.results += skip(_RENDERED[1:], "The template was not rendered.")
        return
    report.rendered = rendering.text
    is_empty = not rendering.text.strip()
    report.results += [
        judge(_RENDERED[0], [f"{template.name} renders nothing for this customer."] if is_empty else []),
        judge(_RENDERED[1], [f"{template.name}, {error}" for error in rendering.errors]),
    ]
