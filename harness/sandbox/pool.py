"""The pool: some children kept ready, each for one rendering at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from harness.liquid import (
    Rendering,
    TemplateError,
    TemplateFaultError,
    TemplateLimitError,
    TemplateSyntaxError,
)
from harness.sandbox.frames import packed
from harness.sandbox.limits import RenderLimits
from harness.sandbox.process import Child, EndedError, OutOfTimeError

BEYOND = 0.3
"""Seconds beyond its own that a rendering may take with all that it waits for: a free child, its start."""

_FIRST_START = 30.0
_TOO_LONG = (
    "The template took longer than {:g} seconds to read and render, and was stopped."
    " Make it, its loops and its texts shorter."
)
_ENDED = "The template needed more memory than {} MB and was stopped. Make its lists and texts shorter."
_BUSY = "Other templates took the {:g} seconds that this one had. Try again when they are done."
_NOT_SENT = (
    "The fields cannot be sent to another process: they hold a number of more than 4,300 digits, themselves,"
    " a name that is no text, or lists within lists too deep."
)


class SandboxClosedError(TemplateError):
    """Raise for what a closed sandbox is asked."""

    def __init__(self) -> None:
        super().__init__("The sandbox is closed and renders nothing any more.")


class Sandbox:
    """Renders templates in child processes within limits, several at a time; safe to use from any thread.

    ``processes`` render at the same time. One child more stands in for one that was ended, while the next
    starts; two are started at once, the others when they are needed. Use it as a context manager, or close
    it.
    """

    def __init__(self, limits: RenderLimits | None = None, *, processes: int = 4) -> None:
        self.limits = limits or RenderLimits()
        self._processes = processes
        self._children: set[Child] = set()
        self._idle: list[Child] = []
        self._busy = 0
        self._change = threading.Condition()
        self._is_closed = False
        for _ in range(2):
            self._idle.append(self._started(is_first=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every child; renderings under way fail."""
        with self._change:
            self._is_closed = True
            children, self._children = self._children, set()
            self._change.notify_all()
        for child in children:
            child.end()

    def render(self, template: str, fields: Mapping[str, Any]) -> str:
        """Parse and render.

        Raises TemplateSyntaxError, TemplateLimitError when it takes too much time or memory,
        TemplateFaultError for a fault of this program, and SandboxClosedError. The fields are JSON's values
        and dates; anything else is rendered as its text.
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
        with self._change:
            return [child.pid for child in self._children]

    def _started(self, *, is_first: bool = False) -> Child:
        child = Child(self.limits, is_first=is_first)
        with self._change:
            if not self._is_closed:
                self._children.add(child)
                return child
        child.end()
        raise SandboxClosedError

    def _take(self, latest: float) -> Child:
        """Take an idle child, best one that is ready, or start another; wait for one until ``latest``."""
        with self._change:
            while self._busy >= self._processes and not self._is_closed:
                left = latest - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    raise TemplateLimitError(_BUSY.format(self.limits.seconds))
            if self._is_closed:
                raise SandboxClosedError
            self._busy += 1
            dead = [child for child in self._idle if not child.is_alive()]
            self._idle = [child for child in self._idle if child not in dead]
            self._children.difference_update(dead)
            for child in dead:
                child.end()
            if self._idle:
                ready = (place for place, child in enumerate(self._idle) if child.is_ready())
                return self._idle.pop(next(ready, 0))
        try:
            return self._started()
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        with self._change:
            self._busy -= 1
            self._change.notify()

    def _ask(self, template: str, fields: dict[str, Any] | None) -> Rendering:
        try:
            question = packed([template, fields])
        except (ValueError, TypeError, RecursionError):
            raise TemplateLimitError(_NOT_SENT) from None
        latest = time.monotonic() + self.limits.seconds + BEYOND
        try:
            child = self._take(latest)
        except OSError as error:
            raise TemplateFaultError(type(error).__name__) from None
        is_sound, allowed = False, 0.0
        try:
            if child.is_first:  # that a whole program starts is nothing against its first template
                child.wait_until_ready(time.monotonic() + _FIRST_START)
                latest = time.monotonic() + self.limits.seconds + BEYOND
            child.wait_until_ready(latest)
            asked = time.monotonic()
            allowed = min(latest - asked, self.limits.seconds)
            kind, text = child.ask(question, asked + allowed)
            is_sound = kind != "limit"  # beyond a limit, its memory may be in pieces
        except OutOfTimeError:
            told = _TOO_LONG if allowed >= self.limits.seconds else _BUSY
            raise TemplateLimitError(told.format(self.limits.seconds)) from None
        except EndedError:
            raise TemplateLimitError(_ENDED.format(self.limits.megabytes)) from None
        except OSError as error:
            raise TemplateFaultError(type(error).__name__) from None
        finally:
            # Whatever happened, Ctrl-C too: a child that may still owe an answer gives it to nobody else.
            self._give_back(child, is_sound=is_sound)
        return _read(kind, text)

    def _give_back(self, child: Child, *, is_sound: bool) -> None:
        """Put a child among the idle ones, or end it and start another in its place."""
        try:
            if not is_sound:
                with self._change:
                    self._children.discard(child)
                child.end()
                child = self._started()
            with self._change:
                self._idle.append(child)
        except (OSError, SandboxClosedError):
            pass  # one is started when it is needed
        finally:
            self._leave()


def _read(kind: str, text: Any) -> Rendering:
    if kind == "rendered":
        shown, errors = text
        return Rendering(shown, tuple(errors))
    if kind == "syntax":
        raise TemplateSyntaxError(*text)
    if kind == "fault":
        raise TemplateFaultError(text)
    raise TemplateLimitError(text)
