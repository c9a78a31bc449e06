"""Values where they meet HTML: between tags, in attributes, in addresses, in scripts."""

from __future__ import annotations

import re

from liquid.expression import Expression

from harness.lint.expressions import filter_names, read_expressions
from harness.lint.findings import Replacement
from harness.lint.html import ADDRESSES, VALUE, Attribute
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.lint.rule import TemplateRule
from harness.lint.rules import values
from harness.liquid.strict_syntax import read_strictly

_NUMBERS = frozenset(
    {
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round"),
        *("size", "sum", "times"),
    }
)
_CODES = _NUMBERS | {"base64_url_safe_encode", "url_encode"}
_SAFE_IN_ATTRIBUTES = _CODES | {"base64_encode", "date", "escape", "escape_once", "h"}
_SAFE_IN_TEXT = _SAFE_IN_ATTRIBUTES | {"strip_html"}
_OWN_MARKS = re.compile(r"\s*(?:tel|sms|mailto|callto|skype):", re.IGNORECASE)


def check_escaping(reading: Reading) -> None:
    """Report each output whose value could change the page around it."""
    for statement in reading.outline.statements:
        if not statement.is_output or reading.html.is_comment(statement.start):
            continue
        for expression in read_expressions(statement):
            _check(reading, statement, expression)


def _check(reading: Reading, statement: Statement, expression: Expression) -> None:
    if element := reading.html.raw_element_at(statement.start):
        _check_script(reading, statement, expression, f"<{element}>")
        return
    if attribute := reading.html.attribute_at(statement.start):
        _check_attribute(reading, statement, expression, attribute)
    elif reading.html.tag_at(statement.start) is None:
        _check_text(reading, statement, expression)


def _check_text(reading: Reading, statement: Statement, expression: Expression) -> None:
    for name in reading.variables.fields_behind(expression, statement.start, _SAFE_IN_TEXT):
        if reason := reading.fields.can_hold_html(name, in_text=True):
            _report_unescaped(reading, values.IN_TEXT, statement, expression, name, reason=reason)
            return


def _check_script(reading: Reading, statement: Statement, expression: Expression, place: str) -> None:
    for name in reading.variables.fields_behind(expression, statement.start, _CODES):
        if reading.fields.can_hold_html(name, in_text=False):
            _report(reading, values.IN_SCRIPT, statement, name, place=place)
            return


def _check_attribute(
    reading: Reading, statement: Statement, expression: Expression, attribute: Attribute
) -> None:
    if attribute.name.startswith("on"):
        _check_script(reading, statement, expression, attribute.name)
        return
    if not attribute.quote:
        names = reading.variables.fields_behind(expression, statement.start, _CODES)
        for name in [each for each in names if reading.fields.can_hold_spaces(each)][:1]:
            _report(reading, values.UNQUOTED, statement, name, attribute=attribute.name)
    before = reading.html.masked[attribute.start : statement.start]
    if attribute.name in ADDRESSES and before.strip() and not _OWN_MARKS.match(before):
        _check_address(reading, statement, expression, attribute)
        return
    for name in reading.variables.fields_behind(expression, statement.start, _SAFE_IN_ATTRIBUTES):
        if reading.fields.can_hold_html(name, in_text=False):
            rule = values.IN_ATTRIBUTE
            _report_unescaped(reading, rule, statement, expression, name, attribute=attribute.name)
            return


def _check_address(
    reading: Reading, statement: Statement, expression: Expression, attribute: Attribute
) -> None:
    goes_on = reading.html.masked[attribute.start : statement.start].strip().startswith(VALUE)
    safe = _SAFE_IN_ATTRIBUTES if goes_on else _CODES | {"date"}
    for name in reading.variables.fields_behind(expression, statement.start, safe):
        if reading.fields.can_break_address(name):
            fix = (
                "Write | url_encode in the place of | escape." if "escape" in filter_names(expression) else ""
            )
            _report(reading, values.IN_ADDRESS, statement, name, fix=fix, attribute=attribute.name)
            return


def _report_unescaped(
    reading: Reading,
    rule: TemplateRule,
    statement: Statement,
    expression: Expression,
    name: str,
    **words: str,
) -> None:
    is_fixable = read_strictly(statement.markup) is not None and not reading.may_be_list(
        expression, statement
    )
    replacement = _escape(statement, expression) if is_fixable else None
    _report(reading, rule, statement, name, replacement=replacement, **words)


def _escape(statement: Statement, expression: Expression) -> Replacement:
    """Add ``escape`` as the last filter, or before the one that writes line breaks of HTML."""
    markup = statement.markup
    filters = filter_names(expression)
    place = len(markup.rstrip())
    if "newline_to_br" in filters and (found := re.search(r"\|\s*newline_to_br", markup)):
        place = found.start()
        return Replacement(statement.at + place, statement.at + place, "| escape ")
    return Replacement(statement.at + place, statement.at + place, " | escape")


def _report(
    reading: Reading,
    rule: TemplateRule,
    statement: Statement,
    name: str,
    *,
    replacement: Replacement | None = None,
    fix: str = "",
    **words: str,
) -> None:
    start, end = statement.start, statement.end
    finding = reading.source.finding(rule, start, end, fix=fix, replacement=replacement, name=name, **words)
    reading.findings.append(finding)
