"""What must hold while a source's data cannot be reached: a part of the contract suite."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import pytest

from adapters.base import CustomerSource
from adapters.conformance.bounded import ended_within
from adapters.errors import SourceError, SourceUnavailable
from adapters.time_limit import time_limit

MakeSource = Callable[[], CustomerSource]

SECRET = "s3cr3t-canary"  # noqa: S105 - looked for in messages, opens nothing
"""Put this into the URL, key or password of a broken source: no message may repeat it."""

CALLER_SECONDS = 0.5
"""How long the suite waits for a source that says that it keeps its caller's time."""


class Outages:
    """Tests of a source that is cut off from its data."""

    @pytest.fixture
    def make_broken_source(self) -> MakeSource | None:
        """Answer a function that makes a source whose data cannot be reached, or None for "no such thing".

        Put SECRET wherever it takes a password, key or token; ``closed_port()`` gives a port that refuses.
        """
        return None

    @pytest.fixture
    def make_silent_source(self) -> MakeSource | None:
        """Answer a function that makes a source whose data never answer, or None for "no such thing".

        ``silent_port()`` gives a port that lets everybody in and answers nobody.
        """
        return None

    @pytest.fixture
    def patience(self) -> float:
        """Answer the seconds after which a lookup of the silent source must have ended by its own options."""
        return 3.0

    def test_outage_is_unavailable(self, make_broken_source: MakeSource | None, known_email: str) -> None:
        """Data that cannot be reached raise SourceUnavailable, not None and nothing else."""
        broken = _made(make_broken_source, "make_broken_source")
        with pytest.raises(SourceUnavailable):
            broken.lookup(known_email)
        broken.close()

    def test_outage_is_a_finding(self, make_broken_source: MakeSource | None) -> None:
        """check() reports an outage instead of raising it."""
        broken = _made(make_broken_source, "make_broken_source")
        findings = list(broken.check())
        broken.close()
        assert any(found.severity == "error" for found in findings), "check() does not see the outage"

    def test_errors_hold_no_secret(
        self,
        make_broken_source: MakeSource | None,
        known_email: str,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
        recwarn: pytest.WarningsRecorder,
    ) -> None:
        """No error, traceback, fix, finding, log, warning or print repeats a secret or an address."""
        broken = _made(make_broken_source, "make_broken_source")
        with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as outage:
            broken.lookup(known_email)
        texts = [repr(outage.value), *traceback.format_exception(outage.value), outage.value.fix]
        texts += map(repr, [*broken.check(), *broken.examine()])
        broken.close()
        written = [caplog.text, *capfd.readouterr(), *(str(warned.message) for warned in recwarn)]
        for canary in (SECRET, known_email):
            assert not _repeat(canary, texts), "an error repeats a secret or an address"
            assert not _repeat(canary, written), "a log repeats a secret or an address"

    def test_silence_is_given_up(
        self, make_silent_source: MakeSource | None, known_email: str, patience: float
    ) -> None:
        """Data that never answer raise SourceUnavailable when the caller's time, or the source's, is over."""
        silent = _made(make_silent_source, "make_silent_source")
        seconds = CALLER_SECONDS if silent.keeps_time else patience
        # The second more is for a machine that is busy.
        told = f"the lookup has not ended after {seconds + 1:g} s, and {seconds:g} s were its time"
        with time_limit(CALLER_SECONDS), pytest.raises(SourceUnavailable):
            ended_within(seconds + 1, lambda: silent.lookup(known_email), told)
        silent.close()


def _repeat(canary: str, texts: Sequence[str]) -> bool:
    """Tell whether a text holds what must not be seen, also in capitals or quoted as in a URL."""
    return any(canary.casefold() in unquote(text).casefold() for text in texts)


def _made(make: MakeSource | None, fixture: str) -> CustomerSource:
    if make is None:
        pytest.skip(f"not applicable: the source cannot be cut off from its data (no {fixture})")
    return make()
