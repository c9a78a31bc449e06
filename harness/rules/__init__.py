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

__all__ = [
    "RULES",
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
