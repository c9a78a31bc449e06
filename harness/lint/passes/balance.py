"""Is the HTML balanced on every way through the template's conditions and loops.

The ways are walked first, as if each condition were answered on its own; what looks unbalanced there is told
where a rendering shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.lint.expressions import ASSIGNMENT, LOOPS
from harness.lint.html import Tag
from harness.lint.outline import Statement
from harness.lint.passes.elements import END_MAY_BE_LEFT_OUT
from harness.lint.passes.open_elements import Problem, Way
from harness.lint.passes.renderings import Renderings
from harness.lint.reading import Reading
from harness.lint.rules import html

_MOST_WAYS = 200
_DEEPEST = 256
_QUOTES = "A quote or an angle bracket is missing in this tag, or one too many."
_MARKS = frozenset("<\"'")
_CHOICES = frozenset({"if", "unless", "case", "ifchanged"})


class _CannotTellError(Exception):
    """The ways are too many to follow, or the template builds its HTML in pieces."""


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """A tag, or a loop, what is wrong with it, and whether that is so on every way."""

    tag: Tag
    what: str
    is_certain: bool = True

    def is_among(self, places: set[int]) -> bool:
        """Tell whether a rendering shows it; a loop that ends too much shows itself in what follows."""
        return max(places) > self.tag.start if self.tag.name == "for" else self.tag.start in places


@dataclass(slots=True)
class _Frame:
    """A block that is open: the ways that came in, those that left its branches, what its branches ask."""

    opening: Statement
    entered: list[Way]
    known: int
    left: list[Way] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    has_else: bool = False


def check_balance(reading: Reading) -> None:
    """Report elements left open and end tags that end nothing; silent where that cannot be told."""
    for start, end in reading.html.comments:
        if not reading.html.masked.endswith("-->", start + 2, end):
            what = "This comment never ends, and hides all that follows."
            fix = "End it by -->."
            reading.findings.append(
                reading.source.finding(html.BALANCED, start, start + len("<!--"), fix=fix, what=what)
            )
    problems = [(tag, _QUOTES) for tag in reading.html.tags if _is_torn(tag)]
    try:
        problems = problems or _shown(reading, _Walk(reading).run())
    except _CannotTellError:
        return
    for tag, what in problems:
        reading.findings.append(reading.source.finding(html.BALANCED, tag.start, tag.end, what=what))


def _shown(reading: Reading, suspicions: list[_Suspicion]) -> list[Problem]:
    """Give the suspicions that come true in a rendering, each tag once, and say in which."""
    waiting = {each.tag.start: each for each in reversed(suspicions)}
    problems: list[Problem] = []
    if not waiting:
        return problems
    renderings = Renderings(reading)
    for trial, places in renderings.unbalanced():
        for each in [each for each in waiting.values() if each.is_among(places)]:
            place = waiting.pop(each.tag.start).tag.start
            example = "" if each.is_certain else renderings.describe(renderings.smallest(trial, place))
            problems.append((each.tag, each.what + example))
        if not waiting:
            break
    return problems


def _is_torn(tag: Tag) -> bool:
    """Tell a tag that never ends, or in whose attributes' names stands what belongs to a value or a tag."""
    return not tag.is_whole or any(not _MARKS.isdisjoint(each.name) for each in tag.attributes)


class _Walk:
    """Follow tags of HTML and of Liquid in the order of the text, on all ways at once."""

    def __init__(self, reading: Reading) -> None:
        self._statements = [each for each in reading.outline.statements if not each.is_output]
        self._tags = reading.html.tags
        self._ways = [Way()]
        self._frames: list[_Frame] = []
        self._problems: list[_Suspicion] = []
        self._times_asked = Counter(_question(each) for each in self._statements)

    def run(self) -> list[_Suspicion]:
        """Walk to the end; give what was found."""
        events: list[tuple[int, Statement | Tag]] = [(each.start, each) for each in self._statements]
        events += [(tag.start, tag) for tag in self._tags]
        for _, event in sorted(events, key=lambda each: each[0]):
            if isinstance(event, Statement):
                self._pass_statement(event)
            else:
                passed = [way.pass_tag(event) for way in self._ways]
                self._note(problems for _, problems in passed)
                self._go_on(way for way, _ in passed)
        self._note(way.left_open() for way in self._ways)
        return self._problems

    def _go_on(self, ways: Iterable[Way | None]) -> None:
        """Follow these ways from here, equal ones once."""
        self._ways = list({way.key: way for way in ways if way is not None}.values())
        if len(self._ways) > _MOST_WAYS or any(len(way.opened) > _DEEPEST for way in self._ways):
            raise _CannotTellError

    def _note(self, problems: Iterable[list[Problem]]) -> None:
        """Keep what each way found, and whether all of them did."""
        counts = Counter(problem for found in problems for problem in found)
        for (tag, what), count in counts.items():
            self._problems.append(_Suspicion(tag, what, count == len(self._ways)))

    def _pass_statement(self, statement: Statement) -> None:
        name = statement.name
        if name in _CHOICES or name in LOOPS or name == "capture":
            self._enter(statement)
        elif name in {"else", "elsif", "when"}:
            self._branch(self._innermost(), statement)
        elif name.startswith("end") and (name[3:] in _CHOICES or name[3:] in LOOPS or name == "endcapture"):
            self._leave(name[3:])
        if name == "assign" and (found := ASSIGNMENT.match(statement.markup)):
            self._go_on([way.forget(found[1]) for way in self._ways])

    def _innermost(self) -> _Frame:
        if not self._frames:
            raise _CannotTellError
        return self._frames[-1]

    def _enter(self, statement: Statement) -> None:
        frame = _Frame(statement, self._ways, len(self._problems))
        self._frames.append(frame)
        if statement.name in {"if", "unless", "ifchanged"}:
            self._ask(frame, _question(statement), is_true=statement.name != "unless")
        elif statement.name == "capture":
            self._ways = [Way()]

    def _ask(self, frame: _Frame, question: str, *, is_true: bool) -> None:
        """Go on where the earlier questions of a block are denied, and this one is answered so."""
        ways = [self._answer(way, question, is_true=is_true) for way in self._denied(frame)]
        frame.asked.append((question, is_true))
        self._go_on(ways)

    def _answer(self, way: Way, question: str, *, is_true: bool) -> Way | None:
        # What is asked once alone needs no memory, and makes no way unlike another.
        return way.assume(question, is_true=is_true) if self._times_asked[question] > 1 else way

    def _denied(self, frame: _Frame) -> list[Way]:
        ways: list[Way] = frame.entered
        for question, is_true in frame.asked:
            answered = [self._answer(way, question, is_true=not is_true) for way in ways]
            ways = [way for way in answered if way is not None]
        return ways

    def _branch(self, frame: _Frame, statement: Statement) -> None:
        if frame.opening.name != "case" or frame.asked:
            frame.left += self._ways
        if statement.name == "else":
            frame.has_else = True
            self._go_on(self._denied(frame))
        else:
            about = f"{frame.opening.markup.strip()} == " if statement.name == "when" else ""
            self._ask(frame, about + _question(statement), is_true=True)

    def _leave(self, name: str) -> None:
        frame = self._innermost()
        self._frames.pop()
        if frame.opening.name != name:
            raise _CannotTellError
        if name in LOOPS:
            self._leave_loop(frame)
        elif name == "capture":
            if len(self._problems) > frame.known or any(way.left_open() for way in self._ways):
                raise _CannotTellError
            self._ways = frame.entered
        else:
            rest = [] if frame.has_else else self._denied(frame)
            self._go_on([*frame.left, *self._ways, *rest])

    def _leave_loop(self, frame: _Frame) -> None:
        """Leave a loop, whose body must end with the elements open that it began with."""
        ended = frame.left if frame.has_else else self._ways
        begun = {way.opened for way in frame.entered}
        unlike = [way for way in ended if _without_optional(way, begun) not in begun]
        self._problems += [_Suspicion(*problem) for way in unlike for problem in _of_loop(way, frame)]
        self._go_on(frame.entered + (self._ways if frame.has_else else []))


def _question(statement: Statement) -> str:
    """Give the words of a condition, by which equal ones are known."""
    return " ".join(statement.markup.split())


def _without_optional(way: Way, begun: set[tuple[Tag, ...]]) -> tuple[Tag, ...]:
    opened = way.opened
    while opened and opened not in begun and opened[-1].name in END_MAY_BE_LEFT_OUT:
        opened = opened[:-1]
    return opened


def _of_loop(way: Way, frame: _Frame) -> list[Problem]:
    before = max((len(each.opened) for each in frame.entered), default=0)
    loop = Tag("for", frame.opening.start, frame.opening.end)
    added = [tag for tag in way.opened[before:] if tag.name not in END_MAY_BE_LEFT_OUT]
    if not added:
        return [(loop, "This loop ends an element that was opened before it, once for each item.")]
    return [(tag, f"<{tag.name}> is opened in a loop and not closed there.") for tag in added]
