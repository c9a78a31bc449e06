"""What has been read so far against one profile: variables stay from line to line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any, Literal

from harness.contract import RESERVED_FIELDS
from harness.lint import lint_template
from harness.liquid import TemplateError, TemplateSyntaxError
from harness.liquid.conditions import parse_condition
from harness.liquid.context import HelpdeskContext, Used
from harness.liquid.environment import plain_environment
from harness.liquid.errors import InlineError
from harness.liquid.filtered import parse_filtered
from harness.liquid.patterns import QUOTED
from harness.liquid.strict_syntax import read_strictly
from harness.liquid.tags import TAGS
from harness.liquid.values.comparison import is_true
from harness.liquid.values.text import inspect

TAG_NAMES = tuple(sorted(tag.name for tag in TAGS if tag.name != "#"))
_COMPARED = re.compile(r"[<>=!]|(?<![\w.])(?:and|or|contains|not)(?!\w)")
_NOT_TOLD = frozenset({"CP501", "CP522", "CP531", "CP541"})
"""Rules that say nothing here: errors are told anyway, no text stands around, and HTML comes in pieces."""

Kind = Literal["value", "text", "done", "error", "unfinished"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line gave: a value as Ruby writes it, rendered text, nothing to show, or an error; remarks."""

    kind: Kind
    text: str = ""
    remarks: tuple[str, ...] = ()


class Session:
    """Reads lines of Liquid: an expression, a condition, a tag without its delimiters, or a template.

    ``fields`` are what a template sees, the helpdesk's own among them.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = dict(fields)
        template = plain_environment().from_string("")
        self._context = HelpdeskContext(template, self.fields)

    @property
    def variables(self) -> dict[str, Any]:
        """Give what was assigned so far."""
        return dict(self._context.locals)

    def names(self) -> list[str]:
        """List fields and variables."""
        return [*self.fields, *(name for name in self.variables if name not in self.fields)]

    def read(self, line: str) -> Answer:
        """Read a line, or several that belong together; ``unfinished`` asks for more of them."""
        text = line.strip()
        self._context.used = Used()
        is_template = "{{" in text or "{%" in text
        is_tag = text.split(maxsplit=1)[:1] != [] and text.split(maxsplit=1)[0] in TAG_NAMES
        if is_template or is_tag:
            source = line if is_template else f"{{% {text} %}}"
            return self._answer(source, lambda: self._rendered(source))
        if _is_condition(text):
            return self._answer(f"{{% if {text} %}}{{% endif %}}", lambda: self._truth(text))
        return self._answer(f"{{{{ {text} }}}}", lambda: self._value(text))

    def _answer(self, source: str, give: Callable[[], Answer]) -> Answer:
        """Give the answer, or the error in its place, with the remarks on its source."""
        try:
            answer = give()
        except InlineError as error:
            answer = Answer("error", error.shown)
        except TemplateSyntaxError as error:
            if error.message.endswith("was never closed"):
                return Answer("unfinished")
            answer = Answer("error", str(error))
        except TemplateError as error:
            answer = Answer("error", str(error))
        except (RecursionError, MemoryError):
            answer = Answer("error", "That is nested too deep, or too large.")
        return replace(answer, remarks=self._remarks(source))

    def _value(self, text: str) -> Answer:
        value = parse_filtered(text, plain_environment().filters).evaluate(self._context)
        return Answer("value", inspect(value))

    def _truth(self, text: str) -> Answer:
        return Answer("value", inspect(is_true(parse_condition(text).evaluate(self._context))))

    def _rendered(self, text: str) -> Answer:
        template = plain_environment().from_string(text)
        buffer = StringIO()
        for node in template.nodes:
            node.render_to_output(self._context, buffer)
        self._context.interrupts.clear()
        shown = buffer.getvalue()
        return Answer("text" if shown else "done", shown)

    def _remarks(self, template: str) -> tuple[str, ...]:
        """Say what lint says of it, with the fields and variables of this session."""
        sent = {key: value for key, value in self.fields.items() if key not in RESERVED_FIELDS}
        found = lint_template(template, profiles=[{**sent, **self.variables}])
        told = (f"{each.message} {each.fix}" for each in found if each.rule_id not in _NOT_TOLD)
        return tuple(dict.fromkeys(told))


def _is_condition(text: str) -> bool:
    """Tell what compares or joins values from what is one value, perhaps with filters."""
    unquoted = re.sub(QUOTED, "", text)
    has_filter = "|" in unquoted.replace("||", "")
    return read_strictly(text) is None and not has_filter and _COMPARED.search(unquoted) is not None
