"""What can go wrong with a template: it does not parse, or it asks for more than a profile may take."""

from __future__ import annotations


class TemplateSyntaxError(Exception):
    """Raise when the helpdesk would refuse the template.

    ``message`` says what is wrong; ``line`` is the line it was noticed on, from 1, or None.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.message = message
        self.line = line


class TemplateLimitError(Exception):
    """Raise when rendering would take more loops, memory or output than a profile may have."""
