"""One fetch opened step by step: its fields and what became of each, and what the rules say of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.caller import Call
from harness.checks import Result, judge
from harness.contract import RESERVED_FIELDS
from harness.evidence import Customer, Evidence, Reply
from harness.helpdesk.rendering import Rendered
from harness.liquid.mentions import mentions
from harness.masking import MASK
from harness.problems import Problem
from harness.rendering import Rendered as ForCustomer
from harness.rendering import TemplateEvidence, TemplateSource
from harness.rules import RULES
from harness.store import Fetch

OF_CERTIFICATES = {"CP106", "CP107", "CP108"}
LASTING = "CP108"

FieldState = Literal["used", "unused", "overridden", "left out", "missing"]
_TYPES = {str: "text", bool: "true or false", int: "number", float: "number", type(None): "null"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field: what came, as JSON; what became of it; and the lines of the template that ask for it."""

    key: str
    value: str
    type: str
    state: FieldState
    note: str = ""
    lines: tuple[int, ...] = ()


def field_rows(fetched: Mapping[str, Any], rendered: Rendered, template: str) -> list[FieldRow]:
    """List what was fetched, in the webhook's order, and then what else the template asks for.

    That is of the helpdesk itself, or nobody gave it.
    """
    lines: dict[str, list[int]] = {}
    for mention in mentions(template):
        if mention.line not in lines.setdefault(mention.name, []):
            lines[mention.name].append(mention.line)
    overrides = {override.key: override.helpdesk_value for override in rendered.profile.overridden}
    rows = []
    for key, value in fetched.items():
        state: FieldState = "used" if key in lines or not template else "unused"
        note = ""
        if key in rendered.left_out:
            state, note = "left out", _why_left_out(value)
        elif key in rendered.nameless:
            state, note = "left out", _why_nameless(key)
        elif key in overrides:
            state, note = "overridden", f"The template sees “{overrides[key]}”: {RESERVED_FIELDS[key]}."
        rows.append(FieldRow(key, as_json(value), type_name(value), state, note, tuple(lines.get(key, ()))))
    own = [key for key in RESERVED_FIELDS if key in lines and key not in fetched]
    rows += [_own_row(key, rendered.profile.fields.get(key), lines[key]) for key in own]
    missing = [key for key in lines if key not in fetched and key not in RESERVED_FIELDS]
    return rows + [
        FieldRow(
            key, "", "", "missing", "The webhook sent no such field: it shows as nothing.", tuple(lines[key])
        )
        for key in missing
    ]


def _own_row(key: str, value: Any, lines: list[int]) -> FieldRow:
    note = f"Of the helpdesk itself: {RESERVED_FIELDS[key]}."
    return FieldRow(key, as_json(value), type_name(value), "used", note, tuple(lines))


def type_name(value: Any) -> str:
    """Name a JSON value's type in words."""
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, dict) else _TYPES.get(type(value), "number")


def as_json(value: Any) -> str:
    """Write a value as JSON, readable in every script."""
    return json.dumps(value, ensure_ascii=False)


def stored_call(fetch: Fetch) -> Call:
    """Give a stored fetch as the call that it was."""
    headers = tuple((name, value) for name, value in fetch.headers or ())
    body = fetch.body or b""
    echoed = MASK.encode() in body or any(MASK in value for _, value in headers)
    # A fetch that failed on the way has no fields and keeps why; one with a status of its own speaks itself.
    is_broken = fetch.fields is None and fetch.status in {None, 200} and not body
    problem = Problem("network", fetch.error, fetch.fix) if is_broken else None
    return Call(fetch.url, fetch.elapsed, fetch.status, headers, body, problem, echoed)


def judge_fetch(fetch: Fetch, rendered: Rendered | None, email: str) -> list[Result]:
    """Apply every rule, of which many want more than one fetch shows and say so."""
    customers = (Customer(email, Reply.of(stored_call(fetch))),)
    evidence = Evidence(customers, repeats=(fetch.elapsed,))
    if rendered is not None:
        evidence.template = _as_evidence(rendered, email)
    return [_told(judge(rule, evidence), fetch.url) for rule in RULES]


def _told(result: Result, url: str) -> Result:
    """Let no rule of certificates pass of which a fetch shows nothing."""
    if result.outcome != "passed" or result.rule.id not in OF_CERTIFICATES:
        return result
    if url.startswith("http:"):
        return Result(
            result.rule, "skipped", skipped="It was called over plain HTTP: there is no certificate."
        )
    is_unknown = result.rule.id == LASTING
    return Result(result.rule, "skipped", skipped="The certificate is not kept.") if is_unknown else result


def _as_evidence(rendered: Rendered, email: str) -> TemplateEvidence:
    source = TemplateSource("The template", "")
    if rendered.html is None and rendered.is_refused:
        return TemplateEvidence(source, rendered.problem, ())
    each = ForCustomer(
        email, rendered.profile, rendered.html, tuple(map(str, rendered.errors)), rendered.problem
    )
    return TemplateEvidence(source, "", (each,))


def _why_nameless(key: str) -> str:
    if re.search(r"\s", key):
        reason = "JSON keys must not include any spaces"
    elif re.fullmatch(r"\w+", key, re.ASCII):
        reason = "Liquid takes this for a word or a number of its own"
    else:
        reason = "Names in Liquid hold letters from a to z, digits, _ and - alone"
    return f"{reason}: a template cannot ask for it."


def _why_left_out(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return "This behaviour takes no lists: it shows as nothing."
    return "Nested keys will not work: it shows as nothing."
