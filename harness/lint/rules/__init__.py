"""Every rule for templates, by id; ``docs/lint.md`` is made from them."""

from __future__ import annotations

from harness.lint.rule import TemplateRule
from harness.lint.rules import fields, html, syntax, values

RULES: tuple[TemplateRule, ...] = (*syntax.RULES, *fields.RULES, *values.RULES, *html.RULES)

BY_ID: dict[str, TemplateRule] = {rule.id: rule for rule in RULES}
