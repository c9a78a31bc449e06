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
from harness.liquid.expressions import Variable
from harness.liquid.strict_syntax import read_strictly

_NUMBERS = frozenset(
    {
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round"),
        *("size", "sum", "times"),
    }
)
_CODES = _NUMBERS | {"base64_url_safe_encode", "url_encode"}
_SAFE_IN_HTML = _CODES | {"base64_encode", "date", "escape", "escape_once", "h"}
"""Not strip_html: a tag without its > stays, and ends at the template's next one."""

_CODES_IN_RUN_ADDRESSES = _CODES - {"url_encode"}
"""A browser decodes %27 in such an address before it runs it."""

_RUN = re.compile(r"\s*(?:(javascript|vbscript)\s*:|(data)\s*:\s*text/html)", re.IGNORECASE)
_LED_TO = frozenset({"action", "data", "formaction", "href", "xlink:href"})
_PAGES = frozenset({"embed", "frame", "iframe"})
_CHANGE_BEGINNINGS = frozenset({"append", "prepend", "replace", "replace_first"})
_FIX_OF_ADDRESS = (
    "Write the beginning of the address into the template, as in"
    ' {attribute}="https://crm.example/{{{{ {name} | url_encode }}}}".'
)
_FIX_OF_STYLE = (
    "Let the template choose the style, as in {{% if {name} == '…' %}}color: green{{% endif %}}, or a class."
)
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
    for name in reading.variables.fields_behind(expression, statement.start, _SAFE_IN_HTML):
        if reason := reading.fields.can_hold_html(name, in_text=True):
            _report_unescaped(reading, values.IN_TEXT, statement, expression, name, reason=reason)
            return


def _check_script(
    reading: Reading,
    statement: Statement,
    expression: Expression,
    place: str,
    safe: frozenset[str] = _CODES,
) -> None:
    for name in reading.variables.fields_behind(expression, statement.start, safe):
        if reading.fields.can_hold_html(name, in_text=False):
            _report(reading, values.IN_SCRIPT, statement, name, place=place)
            return


def _check_attribute(
    reading: Reading, statement: Statement, expression: Expression, attribute: Attribute
) -> None:
    if attribute.name.startswith("on"):
        _check_script(reading, statement, expression, attribute.name)
        return
    before = reading.html.masked[attribute.start : statement.start]
    is_address = attribute.name in ADDRESSES
    if is_address and (run := _RUN.match(before)):
        place = f"a {(run[1] or run[2]).lower()}: address"
        _check_script(reading, statement, expression, place, _CODES_IN_RUN_ADDRESSES)
        return
    if not attribute.quote:
        names = reading.variables.fields_behind(expression, statement.start, _CODES)
        for name in [each for each in names if reading.fields.can_hold_spaces(each)][:1]:
            _report(reading, values.UNQUOTED, statement, name, attribute=attribute.name)
    if _is_typed_whole(reading, statement, expression, attribute, before):
        return
    if is_address and before.strip() and not _OWN_MARKS.match(before):
        _check_address(reading, statement, expression, attribute)
        return
    for name in reading.variables.fields_behind(expression, statement.start, _SAFE_IN_HTML):
        if reading.fields.can_hold_html(name, in_text=False):
            rule = values.IN_ATTRIBUTE
            _report_unescaped(reading, rule, statement, expression, name, attribute=attribute.name)
            return


def _is_typed_whole(
    reading: Reading, statement: Statement, expression: Expression, attribute: Attribute, before: str
) -> bool:
    """Report typed text in a style, or where an address begins: no filter keeps javascript: out of it."""
    start = statement.start
    place, fix = "the attribute style", _FIX_OF_STYLE
    if attribute.name != "style":
        if before.strip() or not _is_led_to(reading, start, attribute):
            return False
        if reading.variables.meets_filter(expression, start, _CHANGE_BEGINNINGS):
            return False
        place, fix = f"{attribute.name} as the whole address", _FIX_OF_ADDRESS
    safe = _CODES | {"base64_encode", "date"}
    for name in filter(reading.fields.is_typed, reading.variables.fields_behind(expression, start, safe)):
        fix = fix.format(name=name, attribute=attribute.name)
        _report(reading, values.IN_SCRIPT, statement, name, fix=fix, place=place)
        return True
    return False


def _is_led_to(reading: Reading, offset: int, attribute: Attribute) -> bool:
    """Tell an address that a browser goes to, and does not only show a picture from."""
    tag = reading.html.tag_at(offset)
    return attribute.name in _LED_TO or (attribute.name == "src" and tag is not None and tag.name in _PAGES)


def _check_address(
    reading: Reading, statement: Statement, expression: Expression, attribute: Attribute
) -> None:
    goes_on = reading.html.masked[attribute.start : statement.start].strip().startswith(VALUE)
    safe = _SAFE_IN_HTML if goes_on else _CODES | {"date"}
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
    # Alone, escape writes a list as Ruby does, with its brackets and quotes.
    is_list = any(isinstance(value, list) for value in reading.fields.values(name))
    is_whole = isinstance(expression, Variable) and expression.name == name
    fix = "Add | join: ', ' | escape." if is_list and is_whole else ""
    _report(reading, rule, statement, name, replacement=replacement, fix=fix, **words)


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
