"""The elements that are open at one place, on one way through a template."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.lint.html import VALUE, Tag
from harness.lint.passes.elements import CLOSED_BY, END_MAY_BE_LEFT_OUT, FOREIGN, VOID

Problem = tuple[Tag, str]
"""A tag, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through the template: what was assumed of conditions, and what is open.

    ``awaited`` are elements that another's end tag has ended; their own end tags are yet to come.
    """

    assumed: frozenset[tuple[str, bool]] = frozenset()
    opened: tuple[Tag, ...] = ()
    awaited: tuple[str, ...] = ()

    @property
    def key(self) -> object:
        """What makes it another way: equal ones are followed once."""
        return self.assumed, tuple(tag.start for tag in self.opened), self.awaited

    def assume(self, condition: str, *, is_true: bool) -> Way | None:
        """Go where a condition is true, or not; None where this way has assumed otherwise."""
        if (condition, not is_true) in self.assumed:
            return None
        return replace(self, assumed=self.assumed | {(condition, is_true)})

    def forget(self, name: str) -> Way:
        """Forget what was assumed of conditions on a variable that gets another value."""
        return replace(self, assumed=frozenset(each for each in self.assumed if name not in each[0]))

    def pass_tag(self, tag: Tag) -> tuple[Way, list[Problem]]:
        """Go past a tag; tell what is wrong with it, or with what it ends."""
        if VALUE in tag.name or (tag.name in VOID and not tag.is_end):
            return self, []
        return self._close(tag) if tag.is_end else (self._open(tag), [])

    def _open(self, tag: Tag) -> Way:
        opened = self.opened
        if tag.is_closed and any(each.name in FOREIGN for each in (*opened, tag)):
            return self
        ended = CLOSED_BY.get(tag.name, frozenset())
        while opened and opened[-1].name in ended:
            opened = opened[:-1]
        return replace(self, opened=(*opened, tag))

    def _close(self, tag: Tag) -> tuple[Way, list[Problem]]:
        names = [each.name for each in self.opened]
        if tag.name not in names:
            if tag.name in self.awaited:
                index = self.awaited.index(tag.name)
                return replace(self, awaited=self.awaited[:index] + self.awaited[index + 1 :]), []
            return self, [(tag, f"</{tag.name}> ends nothing: no <{tag.name}> is open here.")]
        index = len(names) - 1 - names[::-1].index(tag.name)
        left = [each for each in self.opened[index + 1 :] if each.name not in END_MAY_BE_LEFT_OUT]
        awaited = (*self.awaited, *(each.name for each in left))
        problems = [
            (each, f"<{each.name}> is still open where </{tag.name}> ends what is around it.")
            for each in left
        ]
        return replace(self, opened=self.opened[:index], awaited=awaited), problems

    def left_open(self) -> list[Problem]:
        """Tell what is open at the end, and must not be."""
        problems = []
        for tag in self.opened:
            if tag.is_closed:
                what = f"<{tag.name} /> is not closed: in HTML only its end tag, </{tag.name}>, does that."
                problems.append((tag, what))
            elif tag.name not in END_MAY_BE_LEFT_OUT:
                problems.append((tag, f"<{tag.name}> is never closed."))
        return problems
