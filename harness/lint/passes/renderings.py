"""Renderings of a template with made-up fields, which show for whom its HTML comes out unbalanced.

Conditions hang together in more ways than can be read off them. What is unbalanced in a rendering is so for
somebody; what is in none of them may be unable to happen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from harness.lint.html import read_html
from harness.lint.outline import read_outline
from harness.lint.passes.open_elements import Way
from harness.lint.passes.trials import ANY, Trial, asked_names, trials
from harness.lint.reading import Reading
from harness.liquid.errors import TemplateError
from harness.profile import User, build_profile

_SOMEBODY = User("casey@example.com", "Casey Example", "open")
_MARK = re.compile("\ue001([0-9]+)\ue002\\Z")
_LONGEST_MARK = 12
_SECONDS = 2.0
_MOST_TOLD = 3
_ON_SOME_WAYS = " That is so on some ways through the template's conditions."


class Renderings:
    """A template with a mark before each of its HTML tags, to be rendered again and again."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._ends = time.monotonic() + _SECONDS
        parts, position = [], 0
        for tag in reading.html.tags:
            parts += [reading.source.text[position : tag.start], f"\ue001{tag.start}\ue002"]
            position = tag.start
        self._template = "".join([*parts, reading.source.text[position:]])

    def unbalanced(self) -> Iterator[tuple[Trial, set[int]]]:
        """Give each trial in which something is unbalanced, with the places of the tags.

        Those with few fields come first. After two seconds no more are rendered.
        """
        for trial in trials(self._reading):
            try:
                if found := self.places(trial):
                    yield trial, found
            except TemplateError:  # Liquid refuses it, or it asks for too much, and would again
                return
            if time.monotonic() > self._ends:
                return

    def places(self, trial: Trial) -> set[int]:
        """Give the places of what is unbalanced for a customer with these fields, as the template has them.

        A rendering with an error in it tells nothing: the error stands where a whole block would.
        """
        fields = {**build_profile({}, _SOMEBODY).fields, **trial}
        rendering = self._reading.render(self._template, fields)
        if rendering.errors:
            return set()
        text, places = rendering.text, {}
        way, problems = Way(), []
        for tag in read_html(text, read_outline("")).tags:
            if mark := _MARK.search(text, max(0, tag.start - _LONGEST_MARK), tag.start):
                places[tag.start] = int(mark[1])
            way, found = way.pass_tag(tag)
            problems += found
        problems += way.left_open()
        return {places[tag.start] for tag, _ in problems if tag.start in places}

    def smallest(self, trial: Trial, place: int) -> Trial:
        """Leave out of a trial the fields without which a tag is unbalanced too."""
        for name in list(trial):
            without = {key: value for key, value in trial.items() if key != name}
            if place in self.places(without):
                trial = without
        return trial

    def describe(self, trial: Trial) -> str:
        """Say for whom something is so."""
        shown: Trial = trial or dict.fromkeys(asked_names(self._reading))
        if not shown or len(shown) > _MOST_TOLD:
            return "" if not shown else _ON_SOME_WAYS
        words = " and ".join(f"“{name}” is {_shown(value)}" for name, value in shown.items())
        return f" That is so, for example, where {words}."


def _shown(value: Any) -> str:
    if value in (None, ANY):
        return "missing" if value is None else "there"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"“{value}”" if isinstance(value, str) else str(value).lower()
