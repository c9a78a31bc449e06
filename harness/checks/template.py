"""Rules of the fifth hundred: does the template parse, and does it show something."""

from __future__ import annotations

from harness import contract
from harness.checks.results import Report, TemplateSource, judge, skip
from harness.liquid import Template, TemplateLimitError, TemplateSyntaxError
from harness.profile import User, build_profile


def check_template(report: Report, template: TemplateSource | None) -> None:
    """Render what the report's fields give, into the report, and judge it."""
    parses, renders = contract.TEMPLATE_PARSES, contract.TEMPLATE_RENDERS
    if template is None:
        report.results += skip((parses, renders), "No template was given: add --template FILE.")
        return
    try:
        parsed = Template(template.text)
    except TemplateSyntaxError as error:
        report.results += [judge(parses, [f"{template.name}, {error.with_line}"])]
        report.results += skip((renders,), "The template does not parse.")
        return
    report.results.append(judge(parses, []))
    if report.fields is None:
        report.results += skip((renders,), "There are no fields to render.")
        return
    report.profile = build_profile(report.fields, User(report.email, report.full_name), name=report.headline)
    try:
        report.rendered = parsed.render(report.profile.fields)
    except TemplateLimitError as error:
        report.results.append(judge(renders, [f"{template.name}: {error}"]))
        return
    is_empty = not report.rendered.strip()
    report.results.append(
        judge(renders, [f"{template.name} renders nothing for this customer."] if is_empty else [])
    )
