"""A plug-in of pytest: after a run it prints which adapters keep the contract, and what was not shown."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

CLASS, TYPE, SHORTENED = "source_contract", "source_type", "source_shortened"
"""What the suite records with its tests: that they are its own, the type of the source, what is cut short."""


class _Subject:
    """What is known of one class of tests."""

    def __init__(self) -> None:
        self.type = "?"
        self.passed: set[str] = set()
        self.failed: dict[str, None] = {}
        self.skipped: dict[str, None] = {}
        self.shortened: dict[str, None] = {}


class Report:
    """Takes down one run's tests of the suite, also those that another process runs."""

    def __init__(self) -> None:
        self._subjects: dict[str, _Subject] = defaultdict(_Subject)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down what became of a test."""
        known: dict[str, Any] = {str(name): value for name, value in report.user_properties}
        if CLASS not in known:
            return
        place, _, test = report.nodeid.rpartition("::")
        subject = self._subjects[place]
        subject.type = known.get(TYPE, subject.type)
        if SHORTENED in known and report.when == "teardown":
            subject.shortened[str(known[SHORTENED])] = None
        words = test.partition("[")[0].removeprefix("test_").replace("_", " ")
        if report.failed:
            subject.failed[words] = None
        elif report.skipped:
            subject.skipped[words] = None
        elif report.when == "call":
            subject.passed.add(words)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each class of tests, and below it what fails and what was not shown."""
        if not self._subjects:
            return
        terminalreporter.section("conformance of adapters")
        width = max(len(subject.type) for subject in self._subjects.values())
        for place, subject in self._subjects.items():
            _print_subject(terminalreporter, place, subject, width)


def pytest_configure(config: pytest.Config) -> None:
    """Let every run have a report of its own, one within another too."""
    config.pluginmanager.register(Report(), "custom-profile-conformance")


def _print_subject(printer: pytest.TerminalReporter, place: str, subject: _Subject, width: int) -> None:
    mark, colour = ("\N{BALLOT X}", {"red": True}) if subject.failed else ("\N{CHECK MARK}", {"green": True})
    printer.write(f"  {mark} ", **colour)
    printer.write(subject.type.ljust(width), bold=True)
    passed = len(subject.passed - subject.failed.keys())
    said = "breaks the contract" if subject.failed else "keeps the contract"
    printer.line(f"  {said}: {passed} of {passed + len(subject.failed)} tests  ({place})")
    for words in subject.failed:
        printer.line(f"      fails: {words}", red=True)
    for words in subject.shortened:
        printer.line(f"      cut short: {words}", yellow=True)
    if subject.skipped:
        printer.line(f"      not shown: {', '.join(subject.skipped)}", yellow=True)
