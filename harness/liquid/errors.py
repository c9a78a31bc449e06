"""What can go wrong with a template: it does not parse, an expression fails, or it asks for too much."""

from __future__ import annotations

from liquid.exceptions import LiquidError

__all__ = [
    "InlineError",
    "PartialError",
    "TemplateError",
    "TemplateFaultError",
    "TemplateLimitError",
    "TemplateNestingError",
    "TemplateSyntaxError",
    "internal_error",
]


class TemplateError(Exception):
    """The base of everything that goes wrong with a template as a whole."""

    def of(self, name: str) -> str:
        """Say it of a template of that name, with the line where one is known."""
        return f"{name}: {self}"


class TemplateSyntaxError(TemplateError):
    """Raise when the helpdesk would refuse the template.

    ``message`` says what is wrong, in Ruby Liquid's words; ``line`` is the line it was noticed on, from 1,
    or None. As text it is what Ruby Liquid shows, "Liquid syntax error: " before the message.
    """

    prefix = "Liquid syntax error"

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"{self.prefix}: {message}")
        self.message = message
        self.line = line

    @property
    def with_line(self) -> str:
        """The message with its line before it, as in "line 2: Unknown tag 'plan'"."""
        return self.message if self.line is None else f"line {self.line}: {self.message}"

    def of(self, name: str) -> str:
        """Say it of a template of that name, as in "profile.liquid, line 2: Unknown tag 'plan'"."""
        return f"{name}, {self.with_line}"

    def __reduce__(self) -> tuple[type[TemplateSyntaxError], tuple[str, int | None]]:
        return type(self), (self.message, self.line)


class TemplateNestingError(TemplateSyntaxError):
    """Raise for blocks within blocks, a hundred deep; Ruby Liquid calls it no syntax error."""

    prefix = "Liquid error"


class TemplateLimitError(TemplateError):
    """Raise when rendering would take more time, memory or output than a profile may have."""


class TemplateFaultError(TemplateError):
    """Raise when rendering failed by a fault of this program; ``kind`` is the Python exception's name."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The template could not be rendered, by a fault of this program ({kind})."
            " Please report it, with a template that shows it."
        )
        self.kind = kind


class InlineError(LiquidError):
    """Raise what Ruby Liquid writes in the place of a tag or output that fails, after "Liquid error: "."""

    def __init__(self, message: str) -> None:
        super().__init__(message, token=None)

    @property
    def shown(self) -> str:
        """What stands in the page."""
        return f"Liquid error: {self.message}"

    def __str__(self) -> str:
        return str(self.message)


class PartialError(InlineError):
    """Raise what Ruby Liquid shows where a partial does not parse: its text has its own beginning."""

    @property
    def shown(self) -> str:
        """What stands in the page."""
        return str(self.message)


def internal_error() -> InlineError:
    """Give the error that Ruby Liquid shows for any failure that is not its own."""
    return InlineError("internal")
