"""A report for those who may not see customers' data: neither their values nor their addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote, quote_plus

from harness.checks.results import Report, Result, stand_in_address
from harness.evidence import WORDS, Finding

_LEFT_OUT = "What the webhook says of it is left out: --hide-values."
_Hide = Callable[[str], str]


def hide_values(report: Report) -> None:
    """Take customers' values, their addresses and the webhook's own words out of all forms of a report.

    ``customer-1@hidden.invalid`` stands for the first address (RFC 2606 keeps ``.invalid`` for nobody). Do
    it last: a baseline knows findings by what is taken out.
    """
    report.hide_values = True
    hide = _hiding([customer.email for customer in report.evidence.customers])
    report.results = [_hidden(result, hide) for result in report.results]


def _hidden(result: Result, hide: _Hide) -> Result:
    return replace(
        result,
        findings=tuple(_without_address(finding, hide) for finding in result.findings),
        known=tuple(_without_address(finding, hide) for finding in result.known),
        skipped=hide(result.skipped),
    )


def _without_address(finding: Finding, hide: _Hide) -> Finding:
    message = _LEFT_OUT if finding.subject == WORDS else hide(finding.message)
    return Finding(message, hide(finding.subject), hide(finding.fix))


def _hiding(emails: Sequence[str]) -> _Hide:
    """Answer what puts stand-ins in the place of addresses, with plus-tags, in capitals or in an URL too."""
    numbers: dict[str, int] = {}
    for number, email in enumerate(emails, 1):
        local, _, domain = email.rpartition("@")
        for write in (str, quote, quote_plus):
            tag = rf"(?:{re.escape(write('+'))}[\w.-]+)?"
            pattern = f"{re.escape(write(local))}{tag}{re.escape(write('@'))}{re.escape(write(domain))}"
            numbers.setdefault(pattern, number)
    patterns = sorted(numbers, key=len, reverse=True)
    found = re.compile("|".join(f"({pattern})" for pattern in patterns), re.IGNORECASE)

    def stand_in(match: re.Match[str]) -> str:
        return stand_in_address(numbers[patterns[(match.lastindex or 1) - 1]])

    return lambda text: found.sub(stand_in, text)
