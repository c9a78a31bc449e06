"""The rules that a webhook and its template must keep, one function each, in rooms by theme.

A judge yields a finding for each thing that breaks its rule, and raises NotAppliedError where there is
nothing to judge: so that one fault is told once, by the rule that it is about.
"""

from harness.rules import (
    addresses,
    answer,
    body,
    caching,
    connection,
    customers,
    fields,
    hostile,
    methods,
    strangers,
    template,
    timing,
    token,
)
from harness.rules.registry import registered

RULES = registered()

USUAL = tuple(rule for rule in RULES if not rule.id.startswith("CP8"))
"""The rules that are applied when nothing hostile is sent."""

__all__ = [
    "RULES",
    "USUAL",
    "addresses",
    "answer",
    "body",
    "caching",
    "connection",
    "customers",
    "fields",
    "hostile",
    "methods",
    "strangers",
    "template",
    "timing",
    "token",
]
