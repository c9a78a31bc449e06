"""A parsed template, rendered in this process within limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, NoReturn

from liquid import Environment
from liquid.template import BoundTemplate

from harness.liquid.blocks import Block
from harness.liquid.context import HelpdeskContext
from harness.liquid.errors import TemplateLimitError
from harness.liquid.limits import check_length

NOT_ANALYZED = (
    "python-liquid's analysis does not know the helpdesk's nodes:"
    " harness.liquid.mentions tells what a template asks for, and harness.lint what is wrong with it"
)
_TOO_LARGE = "The template or its data is nested too deep, or too large."


@dataclass(frozen=True, slots=True)
class Rendering:
    """What was rendered, and the errors met on the way, each once with its line."""

    text: str
    errors: tuple[str, ...]


class HelpdeskTemplate(BoundTemplate):
    """A parsed template of HelpdeskEnvironment."""

    context_class = HelpdeskContext

    def __init__(self, environment: Environment, block: Block, *args: Any) -> None:
        super().__init__(environment, [block], *args)
        self.block = block

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Render with what ``dict`` makes of the arguments as variables, as python-liquid does."""
        return self.render_fields({**self.globals, **dict(*args, **kwargs)}).text

    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        """Render as ``render`` does: nothing in it waits."""
        return self.render(*args, **kwargs)

    def analyze(self, *, include_partials: bool = True) -> NoReturn:
        """Refuse: python-liquid's analysis knows its own nodes alone."""
        raise NotImplementedError(NOT_ANALYZED)

    async def analyze_async(self, *, include_partials: bool = True) -> NoReturn:
        """Refuse as ``analyze`` does."""
        raise NotImplementedError(NOT_ANALYZED)

    def comments(self) -> NoReturn:
        """Refuse: what a comment holds is not kept."""
        raise NotImplementedError(NOT_ANALYZED)

    def docs(self) -> NoReturn:
        """Refuse as ``comments`` does."""
        raise NotImplementedError(NOT_ANALYZED)

    def render_fields(self, fields: Mapping[str, Any]) -> Rendering:
        """Render with the fields as variables, which are not changed; raises TemplateLimitError."""
        buffer = StringIO()
        context = HelpdeskContext(self, fields)
        context.used.trims_next = self.block.trims_next
        try:
            self.block.render_to_output(context, buffer)
        except (RecursionError, MemoryError):
            raise TemplateLimitError(_TOO_LARGE) from None
        check_length(buffer.tell())
        return Rendering(buffer.getvalue(), tuple(context.used.errors))
