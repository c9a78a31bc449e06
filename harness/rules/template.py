"""Rules of the fifth hundred: does the template parse, and does it show something."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, NotAppliedError
from harness.rendering import Rendered, TemplateEvidence
from harness.rules.registry import rule

_TEMPLATE_SENTENCE = "An HTML template to display next to every ticket"


def _given(evidence: Evidence) -> TemplateEvidence:
    if evidence.template is None:
        raise NotAppliedError("No template was given: add --template FILE.")
    return evidence.template


def _rendered(evidence: Evidence) -> list[Rendered]:
    template = _given(evidence)
    if template.parse_error:
        raise NotAppliedError("The template does not parse.")
    if not template.rendered:
        raise NotAppliedError("There are no fields to render.")
    return list(template.rendered)


@rule(
    "CP501", "error", "Template parses",
    sentence=_TEMPLATE_SENTENCE,
    fix="Close every tag, and use only the tags that Liquid has.",
)  # fmt: skip
def parses(evidence: Evidence) -> Iterator[Finding]:
    """The template can be read by Liquid."""
    error = _given(evidence).parse_error
    if error:
        yield Finding(error, "parse")


@rule(
    "CP502", "error", "Template renders something",
    sentence=_TEMPLATE_SENTENCE,
    fix="Give the template text of its own, and an {% else %} for customers without the field.",
)  # fmt: skip
def renders(evidence: Evidence) -> Iterator[Finding]:
    """Every customer's profile holds more than blanks, and is rendered within the limits."""
    rendered = _rendered(evidence)
    name = _given(evidence).source.name
    for each in rendered:
        if each.text is None:
            yield Finding(each.failure, "failure")
        elif not each.text.strip():
            whom = "this customer" if len(rendered) == 1 else each.email
            yield Finding(f"{name} renders nothing for {whom}.", "nothing")


@rule(
    "CP503", "warning", "Template meets no error",
    sentence=OUR_CONVENTION,
    fix="Compare like with like, give filters what they need: agents see “Liquid error: …” in the profile.",
)  # fmt: skip
def meets_no_error(evidence: Evidence) -> Iterator[Finding]:
    """No customer's profile holds an error of Liquid's."""
    rendered = [each for each in _rendered(evidence) if each.text is not None]
    if not rendered:
        raise NotAppliedError("The template was not rendered.")
    errors = dict.fromkeys(error for each in rendered for error in each.errors)
    for error in errors:
        without_line = error.partition(": ")[2]
        yield Finding(f"{_given(evidence).source.name}, {error}", without_line or error)
