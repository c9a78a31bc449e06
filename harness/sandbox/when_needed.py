"""A sandbox whose processes start with the first template: many a command has none to render."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self

from harness.liquid import Rendering
from harness.sandbox.pool import Sandbox


class SandboxWhenNeeded:
    """Renders one template after the other, as a Sandbox does; use it as a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def report(self, template: str, fields: Mapping[str, Any]) -> Rendering:
        """Render as Sandbox.report() does."""
        if self._sandbox is None:
            self._sandbox = self._stack.enter_context(Sandbox(processes=1))
        return self._sandbox.report(template, fields)
