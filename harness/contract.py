"""What a rule is: where it comes from, how it is judged, how to mend what breaks it. The rules are in rules/.

The hundreds of their ids group them into rooms. ``docs/rules.md`` is made from them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from harness.evidence import Evidence, Finding
from harness.probes import FIRST, Probe

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Judge = Callable[[Evidence], Iterable[Finding]]

OUR_CONVENTION = "our convention"

ROOMS = {
    "1": "The answer",
    "2": "Its JSON",
    "3": "Its fields",
    "4": "The token",
    "5": "The template",
    "6": "Addresses",
    "7": "Answers side by side",
    "8": "Hostile requests",
}
"""What the rules of a hundred are about."""

RESERVED_FIELDS = {
    "name": "the name of your Custom Profile",
    "status": "the user's status in the helpdesk",
    "email": "the user's address",
    "first_name": "the user's first name",
    "last_name": "the user's last name",
    "full_name": "the user's full name",
}
"""Fields that the helpdesk "will always override", and what it puts there."""

_TOKEN_IN_SHELL = "$GROOVE_API_TOKEN"  # noqa: S105 - the shell puts the value in


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what must hold, which sentence says so, how it is judged, what to do when it is broken.

    ``sentence`` is quoted from the helpdesk's page, or is OUR_CONVENTION where the page is silent.
    ``probes`` are the calls that the judge looks at beside the first; the last of them, or ``shows``, is the
    one that :meth:`curl` repeats, with ``curl_options``. ``looks_at`` says what the judge compares.
    """

    id: str
    severity: Severity
    title: str
    sentence: str
    fix: str
    judge: Judge
    looks_at: str
    probes: tuple[Probe, ...] = ()
    shows: Probe | None = None
    curl_options: str = "-sS"

    @property
    def room(self) -> str:
        """Name what the rules of its hundred are about."""
        return ROOMS[self.id[2]]

    @property
    def source(self) -> str:
        """Say where the rule comes from, in one line."""
        if self.sentence == OUR_CONVENTION:
            return "Our convention; the helpdesk's page is silent here."
        return f"The helpdesk's page: “{self.sentence}”"

    def curl(self, url: str, email: str) -> str:
        """Write the command line that shows the matter; the token stays a shell variable."""
        probe = self.shows or (self.probes[-1] if self.probes else FIRST)
        method = {"GET": "", "HEAD": " --head"}.get(probe.method, f" -X {probe.method}")
        literally = " -g" if re.search(r"[][{}]", url) else ""  # curl would take these for a pattern
        parameters = "".join(
            f" --data-urlencode {_for_shell(f'{name}={value}')}"
            for name, value in probe.parameters(email, _TOKEN_IN_SHELL)
        )
        return f"curl {self.curl_options}{method}{literally} -G {shlex.quote(url)}{parameters}"


def _for_shell(text: str) -> str:
    return f'"{text}"' if text.endswith(_TOKEN_IN_SHELL) else shlex.quote(text)
