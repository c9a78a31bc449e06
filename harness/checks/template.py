"""Rules of the fifth hundred: does the template parse, and does it show something."""

from __future__ import annotations

from harness import contract
from harness.checks.results import Report, TemplateSource, judge, skip
from harness.liquid import TemplateError
from harness.profile import User, build_profile
from harness.sandbox import Sandbox


def check_template(report: Report, template: TemplateSource | None) -> None:
    """Render what the report's fields give, into the report, and judge it."""
    parses, renders = contract.TEMPLATE_PARSES, contract.TEMPLATE_RENDERS
    if template is None:
        report.results += skip((parses, renders), "No template was given: add --template FILE.")
        return
    with Sandbox(processes=1) as sandbox:
        _check_given(report, template, sandbox)


def _check_given(report: Report, template: TemplateSource, sandbox: Sandbox) -> None:
    parses, renders = contract.TEMPLATE_PARSES, contract.TEMPLATE_RENDERS
    try:
        sandbox.parse(template.text)
    except TemplateError as error:
        report.results += [judge(parses, [error.of(template.name)])]
        report.results += skip((renders,), "The template does not parse.")
        return
    report.results.append(judge(parses, []))
    if report.fields is None:
        report.results += skip((renders,), "There are no fields to render.")
        return
    report.profile = build_profile(report.fields, User(report.email, report.full_name), name=report.headline)
    try:
        report.rendered = sandbox.render(template.text, report.profile.fields)
    except TemplateError as error:
        report.results.append(judge(renders, [error.of(template.name)]))
        return
    is_empty = not report.rendered.strip()
    report.results.append(
        judge(renders, [f"{template.name} renders nothing for this customer."] if is_empty else [])
    )
