"""Does Liquid take the template at all: unknown tags, blocks left open, tags without what they need."""

from __future__ import annotations

from harness.lint.nearest import did_you_mean
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.lint.rules import syntax
from harness.liquid.blocks import Block, Parser
from harness.liquid.environment import plain_environment
from harness.liquid.errors import TemplateError, TemplateSyntaxError
from harness.liquid.tags import TAGS
from harness.liquid.tokens import Tokens, tokenize

BLOCKS = frozenset(
    {"if", "unless", "case", "for", "tablerow", "capture", "ifchanged", "comment", "raw", "doc"}
)
_NAMES = frozenset({tag.name for tag in TAGS} | {"liquid", "else", "elsif", "when"})
_ENDS = frozenset(f"end{name}" for name in BLOCKS)

_FIXES = (
    ("Variable '{{", "Write }} where the value ends."),
    ("Tag '{%", "Write %} where the tag ends."),
    (
        "is not a valid delimiter",
        "End blocks in the opposite order of their beginnings, each by its own end.",
    ),
    ("stands outside of any block", "Put it within a block, as between {% if … %} and {% endif %}."),
    ("Valid syntax: ", "Write the tag as the words behind “Valid syntax” say."),
)
"""What to do, by words of the reasons that Liquid gives."""

_PARTIALS = frozenset({"include", "render"})


def check_partials(reading: Reading) -> None:
    """Report each tag that asks for another template."""
    for statement in reading.outline.statements:
        if statement.name in _PARTIALS:
            place = name_place(reading, statement)
            reading.findings.append(reading.source.finding(syntax.PARTIALS, *place, name=statement.name))


def check_parsing(reading: Reading) -> None:
    """Report each unknown tag, and what else Liquid refuses the template for."""
    text = reading.source.text
    for statement in reading.outline.statements:
        if not statement.is_output and statement.name not in _NAMES | _ENDS:
            _report_unknown(reading, statement)
            text = text[: statement.start] + " " * (statement.end - statement.start) + text[statement.end :]
    reading.known_tags = text
    tokens = Tokens(text, tokenize(text))
    try:
        _parse(tokens)
    except TemplateSyntaxError as error:
        start, end = _place(reading, tokens, error.message)
        reason = error.message.removesuffix(".")
        fix = _fix(reading, start) or next((fix for words, fix in _FIXES if words in reason), "")
        reading.findings.append(reading.source.finding(syntax.PARSES, start, end, fix=fix, reason=reason))
    except (TemplateError, RecursionError) as error:
        reason = str(error).removesuffix(".") or "it is nested too deep"
        reading.findings.append(reading.source.finding(syntax.PARSES, 0, 0, reason=reason))


def _fix(reading: Reading, start: int) -> str:
    statement = _unended(reading)
    if statement is None or statement.start != start:
        return ""
    text = f"{statement.name} {statement.markup.partition('}')[0].strip()}".strip()
    return f"End the tag by %}} and not by }} alone: {{% {text} %}}."


def _unended(reading: Reading) -> Statement | None:
    return next((each for each in reading.outline.statements if each.is_unended), None)


def _parse(tokens: Tokens) -> None:
    parser = Parser(plain_environment(), tokens)
    if parser.fill(Block()):
        raise tokens.error(f"'{parser.name}' stands outside of any block")


def _report_unknown(reading: Reading, statement: Statement) -> None:
    names = _NAMES | _ENDS
    fix = ""
    if (field := statement.name) and not statement.markup.strip() and not did_you_mean(field, names):
        fix = f"To show a value write {{{{ {field} }}}}."
    reading.findings.append(
        reading.source.finding(
            syntax.UNKNOWN_TAG,
            *name_place(reading, statement),
            fix=fix,
            name=statement.name,
            nearest=did_you_mean(statement.name, names),
        )
    )


def name_place(reading: Reading, statement: Statement) -> tuple[int, int]:
    """Give where a tag's name stands."""
    start = reading.source.text.index(statement.name, statement.start)
    return start, start + len(statement.name)


def _place(reading: Reading, tokens: Tokens, message: str) -> tuple[int, int]:
    """Give where to look: the tag or block that is not closed, else the token that was reached."""
    if message.endswith("was never closed") and (opened := _unended(reading) or _last_open(reading)):
        return opened.start, opened.end
    if tokens.current is None:
        return len(tokens.source), len(tokens.source)
    start = tokens.current.start_index
    return start, start + len(tokens.current.value)


def _last_open(reading: Reading) -> Statement | None:
    opened: list[Statement] = []
    for statement in reading.outline.statements:
        if statement.name in BLOCKS:
            opened.append(statement)
        elif opened and statement.name == f"end{opened[-1].name}":
            opened.pop()
    return opened[-1] if opened else None
