"""The contract that every source keeps, as one class of tests.

Subclass it in your own tests and give two fixtures; pytest collects the rest, and prints which adapters
keep the contract::

    class TestMySource(SourceContract):
        @pytest.fixture
        def make_source(self):
            return lambda: MySource.from_options({...})

        @pytest.fixture
        def known_email(self):
            return "casey@example.com"

Give ``make_broken_source`` and ``make_silent_source`` too where the source can be cut off from its data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic

try:
    import pytest
    from hypothesis import HealthCheck, given, settings
except ModuleNotFoundError as missing:
    told = f"{missing.msg}; pip install 'custom-profile-kit[testing]' brings what the contract suite needs"
    raise ModuleNotFoundError(told, name=missing.name) from None
from marshmallow import ValidationError

from adapters.base import CustomerSource, Finding
from adapters.conformance.addresses import (
    HOSTILE,
    LOOKALIKES,
    UNKNOWN,
    hostile_addresses,
    lookalike,
    lookalikes,
)
from adapters.conformance.hanging import Hanging
from adapters.conformance.io_watch import io_watched
from adapters.conformance.outages import SECRET, MakeSource, Outages
from adapters.conformance.ports import closed_port, silent_port
from adapters.conformance.report import CLASS, SHORTENED, TYPE
from adapters.conformance.threads import Threads
from adapters.conformance.values import copy_of, misfits, spoil

__all__ = [
    "HOSTILE",
    "SECRET",
    "SourceContract",
    "closed_port",
    "hostile_addresses",
    "lookalikes",
    "silent_port",
]


TEXTS = 50
"""How many texts are tried in the place of an address."""


class SourceContract(Threads, Outages, Hanging):
    """What must hold for every source; override two fixtures, and those of Outages where they fit."""

    @pytest.fixture
    def make_source(self) -> MakeSource:
        """Answer a function that makes a new source of the same settings."""
        pytest.fail("override the fixture make_source: a function that makes your source")

    @pytest.fixture
    def known_email(self) -> str:
        """Answer the address, in lower case, of a customer that the source knows."""
        pytest.fail("override the fixture known_email: an address that your source knows")

    @pytest.fixture
    def source(
        self, make_source: MakeSource, record_property: Callable[[str, object], None]
    ) -> Iterator[CustomerSource]:
        """Answer one source, closed after the test."""
        made = make_source()
        record_property(TYPE, made.type)
        yield made
        made.close()

    @pytest.fixture(autouse=True)
    def _counted(self, record_property: Callable[[str, object], None]) -> None:
        record_property(CLASS, type(self).__name__)

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
        with io_watched() as seen:
            made = make_source()
        made.close()
        assert not seen, f"making the source did I/O: {seen}; connect on the first lookup instead"

    def test_known_address_gives_a_record(self, source: CustomerSource, known_email: str) -> None:
        """A known address gives a mapping that holds something."""
        record = source.lookup(known_email)
        assert isinstance(record, Mapping), f"lookup() gave {type(record).__name__}, not a mapping"
        assert record, "the record of the known address is empty"

    def test_values_are_those_of_the_contract(self, source: CustomerSource, known_email: str) -> None:
        """Keys are text; values are those of JSON, or of a type that the server can write."""
        found = list(misfits(source.lookup(known_email)))
        assert not found, f"no server can write this: {'; '.join(found)}"

    def test_all_records_begin_with_the_one_that_lookup_gives(
        self, source: CustomerSource, known_email: str
    ) -> None:
        """lookup_all() gives the same best record, and nothing where lookup() gives None."""
        records = list(source.lookup_all(known_email))
        assert records, "lookup_all() does not know the address that lookup() knows"
        best = copy_of(source.lookup(known_email))
        assert copy_of(records[0]) == best, "lookup_all() begins with another record"
        if source.lookup(UNKNOWN) is None:
            assert not list(source.lookup_all(UNKNOWN)), (
                "lookup_all() knows an address that lookup() does not"
            )

    def test_fields_are_told_beforehand(self, source: CustomerSource, known_email: str) -> None:
        """Where field_names() tells anything, it tells every field of a record."""
        told = set(source.field_names())
        untold = set(source.lookup(known_email) or ()) - told
        assert not (told and untold), f"field_names() does not tell {sorted(untold)}"

    def test_unknown_address_gives_none(self, source: CustomerSource) -> None:
        """An unknown address gives None, which is no failure."""
        assert source.lookup(UNKNOWN) is None, "lookup() of an unknown address must answer None"

    @pytest.mark.parametrize("email", HOSTILE, ids=range(len(HOSTILE)))
    def test_hostile_address_gives_none(self, source: CustomerSource, email: str) -> None:
        """An address made to harm finds nobody and raises nothing."""
        assert source.lookup(email) is None, "a hostile address found a customer"

    @pytest.mark.parametrize("pattern", LOOKALIKES)
    def test_lookalike_of_a_known_address_gives_none(
        self, source: CustomerSource, known_email: str, pattern: str
    ) -> None:
        """A part of a known address, more than it, or a pattern that it fits finds nobody."""
        email = lookalike(pattern, known_email)
        if email != known_email:  # an address may begin with a dot
            assert source.lookup(email) is None, f"lookup({email!r}) found the customer {known_email!r}"
            if type(source).lookup_all is not CustomerSource.lookup_all:  # which asks lookup() and no more
                found = source.lookup_all(email)
                assert not found, f"lookup_all({email!r}) found the customer {known_email!r}"

    @pytest.fixture
    def long_enough(self) -> float:
        """Answer the seconds after which no further texts are tried on a source that is slow."""
        return 5.0

    @pytest.fixture
    def tried(
        self, long_enough: float, record_property: Callable[[str, object], None]
    ) -> Iterator[list[float]]:
        """Answer a list of when each text was tried; the report tells where time was up before the end."""
        made: list[float] = []
        yield made
        if len(made) < TEXTS and monotonic() - made[0] > long_enough:
            told = f"any text gives none: {len(made)} of {TEXTS} texts, as the source is slow"
            record_property(SHORTENED, told)

    @settings(
        max_examples=TEXTS,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(email=hostile_addresses())
    def test_any_text_gives_none(
        self,
        source: CustomerSource,
        goes_on: Callable[[], None],
        tried: list[float],
        long_enough: float,
        email: str,
    ) -> None:
        """Whatever text stands in the place of an address, it finds nobody and raises nothing."""
        if tried and monotonic() - tried[0] > long_enough:
            return
        goes_on()
        tried.append(monotonic())
        assert source.lookup(email) is None, "an address that nobody has found a customer"

    def test_answer_is_repeatable(self, source: CustomerSource, known_email: str) -> None:
        """The same question gives the same answer."""
        first, second = copy_of(source.lookup(known_email)), copy_of(source.lookup(known_email))
        assert first == second, "lookup() answered two things to one question"

    def test_answer_may_be_changed_by_its_receiver(self, source: CustomerSource, known_email: str) -> None:
        """An answer belongs to its receiver, nested values included."""
        before = copy_of(source.lookup(known_email))
        spoil(source.lookup(known_email))
        assert copy_of(source.lookup(known_email)) == before, "changing one answer changed the next"

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
