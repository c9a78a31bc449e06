"""python-liquid, set up as the helpdesk renders: lax, unescaped, within limits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from liquid import DictLoader, Environment, Mode
from liquid.exceptions import FilterError, LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.token import TOKEN_TAG, Token

from harness.liquid.errors import TemplateLimitError, TemplateSyntaxError

_NEVER_CLOSED = "expected tag end"
_TOO_MUCH = "The template asks for too much: more loops, text or nesting than a profile may have."


class HelpdeskEnvironment(Environment):
    """Liquid as the helpdesk has it: sloppiness renders, broken structure and exceeded limits are errors.

    The limits are our convention, far above what a sidebar needs.
    """

    loop_iteration_limit = 100_000
    output_stream_limit = 1_000_000
    local_namespace_limit = 1_000_000
    block_nesting_limit = 100

    def __init__(self, partials: Mapping[str, str] | None = None) -> None:
        loader = DictLoader(dict(partials or {}))
        super().__init__(tolerance=Mode.LAX, strict_filters=False, autoescape=False, loader=loader)
        self.filters = {name: _contained(filter_) for name, filter_ in self.filters.items()}

    def error(
        self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Token | None = None
    ) -> None:
        """Drop what lax mode forgives; raise what Ruby Liquid raises in every mode."""
        problem = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        if problem.token is None:
            problem.token = token
        if isinstance(problem, ResourceLimitError) or _breaks_structure(problem):
            raise problem
        super().error(problem, token=token)


class CompiledTemplate:
    """A parsed template of python-liquid whose errors are this package's."""

    def __init__(self, source: str, environment: HelpdeskEnvironment) -> None:
        try:
            self._template = environment.from_string(source)
        except (LiquidError, RecursionError) as error:
            raise _syntax_error(error, source) from None

    def render(self, data: Mapping[str, Any]) -> str:
        """Render with ``data`` as the template's variables."""
        try:
            return self._template.render(data)
        except (ResourceLimitError, RecursionError, MemoryError):
            raise TemplateLimitError(_TOO_MUCH) from None
        except (ArithmeticError, TypeError, ValueError) as error:
            # Some tags of python-liquid let Python's own errors out, as for "limit:-1".
            raise TemplateSyntaxError(f"a tag cannot use one of its arguments ({error})") from None
        except LiquidError as error:
            raise _syntax_error(error, error.token.source if error.token else "") from None


def compile_template(source: str, partials: Mapping[str, str] | None) -> CompiledTemplate:
    """Parse a template; raises TemplateSyntaxError."""
    return CompiledTemplate(source, HelpdeskEnvironment(partials) if partials else _plain_environment())


@functools.cache
def _plain_environment() -> HelpdeskEnvironment:
    return HelpdeskEnvironment()


def _contained(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what Python raises on odd values, as far dates are, into an error that lax mode forgives."""

    @functools.wraps(filter_)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return filter_(*args, **options)
        except (ArithmeticError, ValueError, OSError) as error:
            raise FilterError(type(error).__name__, token=None) from error

    return call


def _breaks_structure(problem: LiquidError) -> bool:
    """Tell a tag that is unknown, empty, misplaced or never closed from an expression that is only sloppy."""
    if not isinstance(problem, LiquidSyntaxError):
        return False
    on_a_tag = problem.token is not None and problem.token.kind == TOKEN_TAG
    return on_a_tag or str(problem.message).startswith(_NEVER_CLOSED)


def _syntax_error(error: Exception, source: str) -> TemplateSyntaxError:
    last_line = source.count("\n") + 1
    if not isinstance(error, LiquidError):
        return TemplateSyntaxError("Nesting too deep", last_line)
    message = str(error.message)
    if message.startswith(_NEVER_CLOSED):
        name = message.removeprefix(_NEVER_CLOSED).split(",")[0]
        return TemplateSyntaxError(f"'{name}' tag was never closed", last_line)
    if message.startswith("unexpected tag"):
        message = message.replace("unexpected tag", "unknown or misplaced tag", 1)
    token = error.token
    line = source.count("\n", 0, token.start_index) + 1 if token and token.start_index >= 0 else last_line
    return TemplateSyntaxError(message, line)
