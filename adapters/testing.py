"""The contract that every source keeps, as one class of tests.

Subclass it in your own tests and give two fixtures; pytest collects the rest::

    class TestMySource(SourceContract):
        @pytest.fixture
        def make_source(self):
            return lambda: MySource.from_options({...})

        @pytest.fixture
        def known_email(self):
            return "casey@example.com"

Give ``make_broken_source`` too where the source can be cut off from its data.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from marshmallow import ValidationError

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceError, SourceUnavailable

MakeSource = Callable[[], CustomerSource]

UNKNOWN = "nobody-has-this-address@invalid"

HOSTILE = (
    "' OR '1'='1@example.com",
    "x'; DROP TABLE users; --@example.com",
    "%@example.com",
    "_@example.com",
    "*@example.com",
    "${DATABASE_URL}@example.com",
    "../../etc/passwd@example.com",
    "a\nb@example.com",
    "käthe@exämple.com",
    "\N{PILE OF POO}@example.com",
    "a" * 5000 + "@example.com",
)
"""Addresses that no customer has and that a careless source trips over."""

SECRET = "s3cr3t-canary"  # noqa: S105 - looked for in messages, opens nothing
"""Put this into the URL, key or password of a broken source: no message may repeat it."""


class SourceContract:
    """What must hold for every source; override the first two fixtures, and the third where it fits."""

    @pytest.fixture
    def make_source(self) -> MakeSource:
        """Answer a function that makes a new source of the same settings."""
        pytest.fail("override the fixture make_source: a function that makes your source")

    @pytest.fixture
    def known_email(self) -> str:
        """Answer the address, in lower case, of a customer that the source knows."""
        pytest.fail("override the fixture known_email: an address that your source knows")

    @pytest.fixture
    def make_broken_source(self) -> MakeSource | None:
        """Answer a function that makes a source whose data cannot be reached, or None for "no such thing".

        Put SECRET wherever it takes a password, key or token.
        """
        return None

    @pytest.fixture
    def source(self, make_source: MakeSource) -> Iterator[CustomerSource]:
        """Answer one source, closed after the test."""
        made = make_source()
        yield made
        made.close()

    def test_type_is_a_name_that_settings_can_use(self, source: CustomerSource) -> None:
        """Settings can ask for the source by its type."""
        assert source.type.isidentifier(), f"type = {source.type!r} is not a plain name"
        assert source.type == source.type.lower(), f"type = {source.type!r} is not in lower case"

    def test_options_are_described(self, source: CustomerSource) -> None:
        """Every option says what it is for: documentation and errors are made of it."""
        undescribed = [
            name for name, field in source.options().fields.items() if not field.metadata.get("description")
        ]
        assert not undescribed, f"options without metadata={{'description': ...}}: {undescribed}"

    def test_unknown_option_is_refused(self, source: CustomerSource) -> None:
        """A misspelt option is refused, not ignored."""
        with pytest.raises(ValidationError) as refusal:
            source.options().load({"no_such_option": 1})
        assert "no_such_option" in refusal.value.messages, "an unknown option passed unseen"

    def test_making_a_source_does_no_io(self, make_source: MakeSource) -> None:
        """Making a source opens nothing: the server forks after it has made its sources."""
        make_source().close()  # the first one may import its driver
        with _io_watched() as seen:
            made = make_source()
        made.close()
        assert not seen, f"making the source did I/O: {seen}; connect on the first lookup instead"

    def test_known_address_gives_a_record(self, source: CustomerSource, known_email: str) -> None:
        """A known address gives a mapping with text for keys."""
        record = source.lookup(known_email)
        assert isinstance(record, Mapping), f"lookup() gave {type(record).__name__}, not a mapping"
        assert record, "the record of the known address is empty"
        kinds = {type(key).__name__ for key in record}
        assert kinds == {"str"}, f"the keys of a record are text, these are {kinds}"

    def test_unknown_address_gives_none(self, source: CustomerSource) -> None:
        """An unknown address gives None, which is no failure."""
        assert source.lookup(UNKNOWN) is None, "lookup() of an unknown address must answer None"

    @pytest.mark.parametrize("email", HOSTILE, ids=range(len(HOSTILE)))
    def test_hostile_address_gives_none(self, source: CustomerSource, email: str) -> None:
        """An address made to harm finds nobody and raises nothing."""
        assert source.lookup(email) is None, "a hostile address found a customer"

    def test_answer_is_repeatable(self, source: CustomerSource, known_email: str) -> None:
        """The same question gives the same answer."""
        assert source.lookup(known_email) == source.lookup(known_email)

    def test_answer_may_be_changed_by_its_receiver(self, source: CustomerSource, known_email: str) -> None:
        """An answer belongs to its receiver, nested values included."""
        before = _copy(source.lookup(known_email))
        _spoil(source.lookup(known_email))
        assert source.lookup(known_email) == before, "changing one answer changed the next"

    def test_threads_get_the_same_answer(self, source: CustomerSource, known_email: str) -> None:
        """One instance serves many threads."""
        expected = _copy(source.lookup(known_email))
        with ThreadPoolExecutor(max_workers=8) as threads:
            answers = list(threads.map(source.lookup, [known_email] * 80))
        same = [_copy(answer) == expected for answer in answers]
        assert all(same), f"of 80 answers to eight threads, {same.count(False)} differ from a single thread's"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="not applicable: this system has no fork()")
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
    def test_forked_child_gets_the_same_answer(self, source: CustomerSource, known_email: str) -> None:
        """One instance serves parent and child after fork()."""
        expected = _copy(source.lookup(known_email))
        fork = multiprocessing.get_context("fork")
        receiver, sender = fork.Pipe(duplex=False)
        child = fork.Process(target=lambda: sender.send(source.lookup(known_email) == expected))
        child.start()
        sender.close()
        arrived = receiver.poll(20)
        same = receiver.recv() if arrived else False
        child.join(5)
        if child.is_alive():
            child.kill()
        assert same, "after fork() the child got no answer, or another one"
        assert source.lookup(known_email) == expected, "after fork() the parent's answer changed"

    def test_check_gives_findings(self, source: CustomerSource) -> None:
        """A healthy source's check() yields Findings, and no error among them."""
        findings = list(source.check())
        assert all(isinstance(finding, Finding) for finding in findings), "check() must yield Findings"
        bad = [finding for finding in findings if finding.severity == "error"]
        assert not bad, f"check() finds errors in a healthy source: {bad}"

    def test_examination_tells_what_check_tells(self, source: CustomerSource) -> None:
        """examine() yields Findings: all that check() yields, and what takes longer to find out."""
        findings = list(source.examine())
        assert all(isinstance(finding, Finding) for finding in findings), "examine() must yield Findings"
        missing = {finding.id for finding in source.check()} - {finding.id for finding in findings}
        assert not missing, f"examine() leaves out what check() tells: {sorted(missing)}"

    def test_close_twice_is_harmless(self, make_source: MakeSource, known_email: str) -> None:
        """A source may be closed twice."""
        made = make_source()
        made.lookup(known_email)
        made.close()
        made.close()

    def test_outage_is_unavailable(self, make_broken_source: MakeSource | None, known_email: str) -> None:
        """Data that cannot be reached raise SourceUnavailable, not None and nothing else."""
        broken = _broken(make_broken_source)
        with pytest.raises(SourceUnavailable):
            broken.lookup(known_email)
        broken.close()

    def test_outage_is_a_finding(self, make_broken_source: MakeSource | None) -> None:
        """check() reports an outage instead of raising it."""
        broken = _broken(make_broken_source)
        findings = list(broken.check())
        broken.close()
        assert any(found.severity == "error" for found in findings), "check() does not see the outage"

    def test_errors_hold_no_secret(self, make_broken_source: MakeSource | None, known_email: str) -> None:
        """No error and no finding repeats a password, a token or an address."""
        broken = _broken(make_broken_source)
        with pytest.raises(SourceError) as outage:
            broken.lookup(known_email)
        texts = [str(outage.value), repr(outage.value), *map(repr, [*broken.check(), *broken.examine()])]
        chain = outage.value.__cause__
        texts += [] if chain is None else [str(chain)]
        broken.close()
        for canary in (SECRET, known_email):
            assert not any(canary in text for text in texts), "an error repeats a secret or an address"


def _broken(make: MakeSource | None) -> CustomerSource:
    if make is None:
        pytest.skip("not applicable: the source cannot be cut off from its data (no make_broken_source)")
    return make()


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _spoil(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _spoil(inner)
        value.clear()
        value["spoiled"] = True
    elif isinstance(value, list):
        for inner in value:
            _spoil(inner)
        value.append("spoiled")


_watching: list[list[str]] = []
_IO_EVENTS = {"socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"}


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _IO_EVENTS or (event == "open" and not _is_module(arguments[0])):
        _watching[-1].append(event)


def _is_module(path: object) -> bool:
    """Tell an import from the opening of data: a driver may be imported when a source is made."""
    return not isinstance(path, str) or path.endswith((".py", ".pyc", ".so")) or "site-packages" in path


_hooked = False


@contextmanager
def _io_watched() -> Iterator[list[str]]:
    """Collect the I/O that Python announces (sys.addaudithook, PEP 578) while the block runs."""
    global _hooked  # noqa: PLW0603 - an audit hook can be added but never removed
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
