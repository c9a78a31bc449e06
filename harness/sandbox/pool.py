"""The pool: some children kept ready, each for one rendering at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from harness.liquid import Rendering, TemplateFaultError, TemplateLimitError, TemplateSyntaxError
from harness.sandbox.limits import RenderLimits
from harness.sandbox.process import Child, EndedError, OutOfTimeError

_TOO_LONG = "The template took longer than {:g} seconds and was stopped. Make its loops and texts shorter."
_ENDED = "The template needed more memory than {} MB and was stopped. Make its lists and texts shorter."
_CLOSED = "The helpdesk is stopping."


class Sandbox:
    """Renders templates in child processes within limits, several at a time; safe to use from any thread.

    The first child is started at once, the others when they are needed; a child that was ended is replaced
    before it is missed. Use it as a context manager, or close it.
    """

    def __init__(self, limits: RenderLimits | None = None, *, processes: int = 4) -> None:
        self.limits = limits or RenderLimits()
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        for _ in range(processes - 1):
            self._idle.put(None)
        self._idle.put(self._started())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every child; renderings under way fail."""
        with self._lock:
            self._is_closed = True
            children, self._children = self._children, set()
        for child in children:
            child.end()

    def render(self, template: str, fields: Mapping[str, Any]) -> str:
        """Parse and render.

        Raises TemplateSyntaxError, TemplateLimitError when it takes too much time or memory, and
        TemplateFaultError for a fault of this program. The fields are JSON's values.
        """
        return self._ask(template, dict(fields)).text

    def report(self, template: str, fields: Mapping[str, Any]) -> Rendering:
        """Render as ``render`` does, and give the errors in the page too, each with its line."""
        return self._ask(template, dict(fields))

    def parse(self, template: str) -> None:
        """Parse only; raises as ``render`` does."""
        self._ask(template, None)

    def process_ids(self) -> list[int]:
        """Give the ids of the children that live."""
        with self._lock:
            return [child.pid for child in self._children]

    def _started(self) -> Child:
        child = Child(self.limits)
        with self._lock:
            if not self._is_closed:
                self._children.add(child)
                return child
        child.end()
        raise TemplateLimitError(_CLOSED)

    def _ask(self, template: str, fields: dict[str, Any] | None) -> Rendering:
        child = self._idle.get()
        is_sound = False
        try:
            child = child or self._started()
            child.wait_until_ready()
            kind, text = child.ask(template, fields)
            is_sound = kind != "limit"  # beyond a limit, its memory may be in pieces
        except OutOfTimeError:
            raise TemplateLimitError(_TOO_LONG.format(self.limits.seconds)) from None
        except EndedError:
            raise TemplateLimitError(_ENDED.format(self.limits.megabytes)) from None
        except OSError as error:
            raise TemplateFaultError(type(error).__name__) from None
        finally:
            # Whatever happened, Ctrl-C too: a child that may still owe an answer gives it to nobody else.
            self._idle.put(child if is_sound else self._replaced(child))
        return _read(kind, text)

    def _replaced(self, child: Child | None) -> Child | None:
        """End a child and start another; None, for one to be started later, where that cannot be."""
        if child is not None:
            with self._lock:
                self._children.discard(child)
            child.end()
        try:
            return self._started()
        except (OSError, TemplateLimitError):
            return None


def _read(kind: str, text: Any) -> Rendering:
    if kind == "rendered":
        shown, errors = text
        return Rendering(shown, tuple(errors))
    if kind == "syntax":
        raise TemplateSyntaxError(*text)
    if kind == "fault":
        raise TemplateFaultError(text)
    raise TemplateLimitError(text)
