"""Fields that nobody sends, that are looked into, and that are the helpdesk's own."""

from __future__ import annotations

import re
from typing import Any

from harness.behaviour import holds_object
from harness.contract import RESERVED_FIELDS
from harness.lint.expressions import CONDITIONS, Usage, filter_names, read_expressions, usages
from harness.lint.html import VALUE
from harness.lint.nearest import did_you_mean, is_slip, nearest
from harness.lint.outline import Statement
from harness.lint.passes.slips import TAG_WORDS
from harness.lint.reading import Reading
from harness.lint.rule import TemplateRule
from harness.lint.rules import fields, syntax
from harness.liquid.expression_syntax import is_name

_OF_TEXT = frozenset({"first", "last", "size"})
_PEOPLE = frozenset({"client", "contact", "customer", "person", "profile", "requester", "user"})
_OF_PEOPLE = {
    "name": "full_name",
    **{name: name for name in RESERVED_FIELDS if name not in {"name", "status"}},
}
_BEFORE_A_NAME = re.compile(
    r"\b(?:name|hi|hello|hey|dear|customer|client|user|contact|person|from)\W*\Z", re.IGNORECASE
)
_BEFORE_A_STATUS = re.compile(
    r"\b(account|billing|card|invoice|membership|order|payment|plan|shipping|subscription|trial)s?"
    r"(?:\W+status)?\W*\Z",
    re.IGNORECASE,
)
_OF_BILLING = re.compile(
    r"['\"](?:cancell?ed|delinquent|delivered|expired|fulfilled|incomplete|paid|past_due|refunded|shipped"
    r"|succeeded|trialing|trial|unpaid)['\"]",
    re.IGNORECASE,
)
_HTML_TAG = re.compile(r"<[^>]*>?")
_LOOKED_AT = 300
_FIX_OF_LOOP = "Show it within the loop, before {% endfor %}."
_FIX_OF_ASKED = "Correct the name, let the webhook send the field, or give a customer who has it too."


def check_fields(reading: Reading) -> None:
    """Report the names that a template uses and that do not mean what it takes them for."""
    asked: list[set[str]] = []
    for statement in reading.outline.statements:
        if statement.is_foreign:
            continue
        used = usages(statement)
        if statement.name in {"if", "unless"}:
            asked.append(set())
        if statement.name in CONDITIONS and asked:
            asked[-1].update(usage.name for usage in used)
        elif statement.name in {"endif", "endunless"} and asked:
            asked.pop()
        for usage in used:
            if reading.variables.of(usage.name, statement.start) is None:
                _check(reading, statement, usage, is_asked=any(usage.name in names for names in asked))


def _check(reading: Reading, statement: Statement, usage: Usage, *, is_asked: bool) -> None:
    if objects := reading.fields.objects(usage.name):
        _report_object(reading, usage, objects[0])
    elif _looks_inside(reading, usage):
        _report_nested(reading, usage)
    elif usage.name in RESERVED_FIELDS:
        _check_reserved(reading, statement, usage)
    elif reading.fields.has_data and not reading.fields.sends(usage.name):
        _check_unknown(reading, statement, usage, is_asked=is_asked)


def _check_unknown(reading: Reading, statement: Statement, usage: Usage, *, is_asked: bool) -> None:
    known = [*reading.fields.names, *reading.variables.names]
    fix = ""
    if is_asked and not is_slip(usage.name, known):
        # Some customers may lack what an if asks for; what none of several has is told once, at the if.
        if statement.name not in CONDITIONS or not reading.fields.are_of_several:
            return
        fix = _FIX_OF_ASKED
    near = did_you_mean(usage.name, known)
    if not near and _is_in_slip(reading, usage):
        return  # it is no name, but a word of what is told there
    if usage.name in TAG_WORDS:
        fix = f"A tag stands between {{% and %}}: {{% {usage.name} %}}."
    if usage.name in reading.variables.names:  # and yet no variable here
        near, fix = ", and a loop's variable ends with the loop", _FIX_OF_LOOP
    _report(reading, fields.UNKNOWN_FIELD, usage, fix=fix, name=usage.name, nearest=near)


def _is_in_slip(reading: Reading, usage: Usage) -> bool:
    place = reading.source.place(usage.start)
    return any(
        (each.line, each.column) <= place < (each.end_line, each.end_column)
        for each in reading.findings
        if each.rule_id in {syntax.LAX.id, syntax.OPERATOR.id}
    )


def _looks_inside(reading: Reading, usage: Usage) -> bool:
    if not usage.steps or not usage.steps[0] or usage.steps[0] in _OF_TEXT:
        return False
    # Lax mode takes a>2 for a step too; what is wrong there is the operator.
    if reading.source.text[usage.end : usage.end + 1] not in {".", "[", " "}:
        return False
    return not any(isinstance(value, (dict, list)) for value in reading.fields.values(usage.name))


def _report_nested(reading: Reading, usage: Usage) -> None:
    step, path = usage.steps[0], _path(usage)
    flat = f"{usage.name}_{step}"
    known = list(filter(is_name, reading.fields.names)) if reading.fields.has_data else []
    own = _own_field(reading, usage)
    kin = nearest(flat, [each for each in known if each.startswith(f"{usage.name}_")])
    itself = usage.name if reading.fields.sends(usage.name) else ""
    better = own or kin or itself or nearest(flat, known) or nearest(step, known) or flat
    fix = ""
    if reading.fields.sends(path) and not own:
        fix = f"Let the webhook send its field “{path}” as {flat}, and show that: no name holds a dot."
    what = f"“{path}” looks into “{usage.name}” for “{step}”, but a profile has a single level."
    _report(reading, fields.NESTED, usage, fix=fix, name=usage.name, what=what, better=better)


def _report_object(reading: Reading, usage: Usage, value: Any) -> None:
    """Report a field that holds an object, however it is used: the helpdesk shows nothing of it."""
    kind, step = "an object", next(filter(None, usage.steps), "")
    while isinstance(value, list):
        kind, value = "objects", next(filter(holds_object, value))
    flat = f"{usage.name}_{step or next(filter(is_name, value), 'id')}"
    better = _own_field(reading, usage)
    fix = (
        "" if better else f"Let the webhook send it on the first level, for example as {flat}, and show that."
    )
    effect = f"and “{_path(usage)}” shows as nothing" if step else "so it shows as nothing"
    what = f"“{usage.name}” holds {kind}: nested keys will not work, {effect}."
    _report(reading, fields.NESTED, usage, fix=fix, name=usage.name, what=what, better=better)


def _own_field(reading: Reading, usage: Usage) -> str:
    """Give a field of the first level that is meant by a path; nothing where none is certain."""
    step = usage.steps[0] if usage.steps else ""
    if not step:
        return ""
    if usage.name.lower() in _PEOPLE and step in _OF_PEOPLE:
        return _OF_PEOPLE[step]
    return next(filter(reading.fields.sends, (f"{usage.name}_{step}", step)), "")


def _path(usage: Usage) -> str:
    return ".".join([usage.name, *filter(None, usage.steps)])


def _check_reserved(reading: Reading, statement: Statement, usage: Usage) -> None:
    name = usage.name
    # An address that the webhook gives back is the one it was asked for.
    if reading.fields.sends(name) and name != "email":
        use = "the webhook's own field of that name is never shown"
        _report_reserved(reading, usage, use, f"{'plan' if name == 'name' else 'crm'}_{name}")
    elif name == "name" and (use := _use_of_name(reading, statement)):
        _report(reading, fields.NAME, usage, use=use)
    elif name == "status" and (what := _use_of_status(reading, statement)):
        _report_reserved(reading, usage, f"here it seems to be that of the {what}", f"{what}_status")


def _use_of_name(reading: Reading, statement: Statement) -> str:
    if statement.name in CONDITIONS:
        return "is always there"
    if any("split" in filter_names(expression) for expression in read_expressions(statement)):
        return "here it seems to be taken for a person's"
    is_after = statement.is_output and _BEFORE_A_NAME.search(_words_before(reading, statement))
    return "here it seems to stand for the customer's" if is_after else ""


def _use_of_status(reading: Reading, statement: Statement) -> str:
    if statement.is_output and (found := _BEFORE_A_STATUS.search(_words_before(reading, statement))):
        return found[1].lower()
    return "subscription" if statement.name in CONDITIONS and _OF_BILLING.search(statement.markup) else ""


def _words_before(reading: Reading, statement: Statement) -> str:
    """Give the text that is read before an output."""
    before = reading.html.masked[max(0, statement.start - _LOOKED_AT) : statement.start]
    return _HTML_TAG.sub(" ", before).replace(VALUE, "\0").rstrip(" \t\r\n")


def _report_reserved(reading: Reading, usage: Usage, use: str, better: str) -> None:
    owner = RESERVED_FIELDS[usage.name]
    _report(reading, fields.RESERVED, usage, name=usage.name, owner=owner, use=use, better=better)


def _report(reading: Reading, rule: TemplateRule, usage: Usage, *, fix: str = "", **words: str) -> None:
    reading.findings.append(
        reading.source.finding(rule, usage.start, usage.end, fix=fix, replacement=None, **words)
    )
