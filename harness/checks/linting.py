"""The rules of lint among those of a check: a template looked over with the customers' fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract import Judge, Rule
from harness.evidence import Evidence, Finding, NotAppliedError
from harness.lint import RULES, TemplateRule, lint_template
from harness.probes import UNKNOWN
from harness.rendering import TemplateSource
from harness.rules import RULES as WEBHOOK_RULES
from harness.sandbox import Sandbox

_WORD = re.compile(r"\$\w+")
"""What a finding fills in."""


def look_over(source: TemplateSource, evidence: Evidence, sandbox: Sandbox) -> dict[str, tuple[Finding, ...]]:
    """Give what lint finds, by rule; an unknown address stands for a customer without fields.

    What the check tells itself, as that the template does not parse, is left to it.
    """
    profiles = [fields for each in evidence.customers if (fields := each.reply.fields) is not None]
    unknown = evidence.replies.get(UNKNOWN)
    if all(profiles) and unknown and unknown.fields == {}:
        profiles.append({})
    found: dict[str, tuple[Finding, ...]] = {}
    for each in lint_template(source.text, profiles=profiles, render=sandbox.report):
        place = f"{source.name}, line {each.line}, column {each.column}: "
        finding = Finding(place + each.message, each.subject or each.message, each.fix)
        found[each.rule_id] = (*found.get(each.rule_id, ()), finding)
    return found


def _judge(rule_id: str) -> Judge:
    def judge(evidence: Evidence) -> Iterator[Finding]:
        if evidence.template is None or evidence.linted is None:
            raise NotAppliedError("No template was given: add --template FILE.")
        if evidence.template.parse_error:
            raise NotAppliedError("The template does not parse.")
        yield from evidence.linted.get(rule_id, ())

    return judge


def _as_rule(rule: TemplateRule) -> Rule:
    fix = _WORD.sub("…", rule.fix)
    return Rule(rule.id, rule.severity, rule.title, rule.sentence, fix, _judge(rule.id), rule.why)


_OWN = {rule.id for rule in WEBHOOK_RULES}

TEMPLATE_RULES = tuple(_as_rule(rule) for rule in RULES if rule.id not in _OWN)
"""The rules of lint, as rules of a check; ``docs/lint.md`` has them."""

ALL_RULES = tuple(sorted((*WEBHOOK_RULES, *TEMPLATE_RULES), key=lambda rule: rule.id))
"""Every rule there is, in the order of the ids."""

USUAL_RULES = tuple(rule for rule in ALL_RULES if not rule.id.startswith("CP8"))
"""The rules that are applied when nothing hostile is sent."""
