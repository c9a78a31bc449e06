"""The service, without Flask: identity, deadline, outages."""

from __future__ import annotations

import threading
from time import monotonic, perf_counter

import pytest
import structlog

from adapters.base import CustomerSource
from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.profile.additions import Additions
from webhook_server.profile.lookup import THREADS_PER_SOURCE, BoundSource, Limits
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService

pytestmark = pytest.mark.timing

CASEY = "casey@example.com"


class Remote(MemorySource):
    """A source that is asked in a thread, and may wait or fail."""

    is_local = False
    keeps_time = False

    def __init__(self, record=None, *, until=None, error=None, asked=None):
        super().__init__({CASEY: record} if record else {})
        self.until, self.error, self.asked = until, error, asked

    def lookup(self, email):
        if self.asked is not None:
            self.asked.append(email)
        if self.until is not None:
            self.until.wait(20)
        if self.error is not None:
            raise self.error
        return super().lookup(email)


def service(*sources, **options):
    return ProfileService([BoundSource(name, source) for name, source in sources], ProfileOptions(**options))


@pytest.fixture
def never():
    """An event that is set when the test ends, so that hung threads end too."""
    event = threading.Event()
    yield event
    event.set()


def test_address_is_looked_for_in_lower_case_and_then_as_it_arrived():
    asked = []
    service(("app", Remote(asked=asked))).answer("Casey@Example.com")
    assert asked == [CASEY, "Casey@Example.com"]


def test_alias_source_reports_no_changes_of_fields_that_never_leave():
    other = MemorySource({"kc@example.com": {"Full plan": "Pro"}})
    known_as = BoundSource(
        "known_as", MemorySource({CASEY: {"Other mail": "kc@example.com"}}), is_aliases=True
    )
    answer = ProfileService([known_as, BoundSource("app", other)]).answer(CASEY)
    assert answer.fields == {"full_plan": "Pro"}
    assert [(change.source, change.key) for change in answer.changes] == [("app", "Full plan")]


def test_unknown_address_gives_the_unknown_body():
    answer = service(("app", Remote({"id": 3})), unknown_customer={"found": False}).answer("x@example.com")
    assert (answer.fields, answer.known) == ({"found": False}, False)


def test_late_source_costs_only_its_fields(never):
    slow = ("slow", Remote({"plan": "Pro"}, until=never))
    started = perf_counter()
    answer = service(("app", Remote({"id": 3})), slow, deadline=0.3, incomplete_field="missing").answer(CASEY)
    assert perf_counter() - started < 0.3 + 0.1
    assert answer.fields == {"id": 3, "missing": "slow"}
    assert [outcome.state for outcome in answer.outcomes] == ["found", "late"]


def test_failing_source_costs_only_its_fields():
    failing = ("crm", Remote(error=SourceUnavailable("the CRM did not answer")))
    answer = service(failing, ("app", Remote({"id": 3}))).answer(CASEY)
    assert answer.fields == {"id": 3}
    assert answer.outcomes[0].reason == "the CRM did not answer"


def test_unexpected_error_tells_its_kind_and_place_but_not_its_text():
    answer = service(("odd", Remote(error=KeyError("casey's secret"))), ("app", Remote({"id": 3}))).answer(
        CASEY
    )
    reason = answer.outcomes[0].reason
    assert reason.startswith("KeyError in ")
    assert "secret" not in reason


def test_source_that_answers_no_mapping_fails_by_name():
    class Odd(Remote):
        def lookup(self, email):
            return ["not", "a", "mapping"]

    answer = service(("odd", Odd()), ("app", Remote({"id": 3}))).answer(CASEY)
    assert (answer.outcomes[0].state, answer.outcomes[0].reason) == (
        "failed",
        "it answered list, not a mapping",
    )
    assert answer.fields == {"id": 3}


def test_failing_source_and_unknown_customer_is_not_the_unknown_body():
    failing = ("crm", Remote(error=SourceUnavailable("away")))
    answer = service(failing, ("app", Remote()), unknown_customer={"found": False}).answer(CASEY)
    assert (answer.fields, answer.known) == ({}, False)


def test_constants_alone_do_not_make_a_stranger_look_like_a_customer():
    failing = ("crm", Remote(error=SourceUnavailable("away")))
    made = service(failing, ("app", Remote()), additions=Additions({"kind": "customer"}))
    assert made.answer(CASEY).fields == {}


def test_what_is_missing_is_told_at_its_place_in_the_order_of_fields():
    failing = ("crm", Remote(error=SourceUnavailable("away")))
    made = service(failing, ("app", Remote({"id": 3})), fields=["missing", "id"], incomplete_field="missing")
    assert list(made.answer(CASEY).fields.items()) == [("missing", "crm"), ("id", 3)]


def test_source_that_cannot_be_closed_keeps_no_other_open():
    class Stuck(Remote):
        def close(self):
            raise OSError("somebody's secret")

    closed = []
    other = Remote()
    other.close = lambda: closed.append(True)
    with structlog.testing.capture_logs() as logs:
        service(("stuck", Stuck()), ("app", other)).close()
    assert closed == [True]
    assert "secret" not in str(logs)


@pytest.mark.parametrize("quits", [False, True])
def test_source_whose_close_hangs_or_quits_keeps_no_other_open(quits, never):
    class Stuck(Remote):
        def close(self):
            if quits:
                raise SystemExit(1)
            never.wait(60)

    closed = []
    other = Remote()
    other.close = lambda: closed.append(True)
    begun = monotonic()
    with structlog.testing.capture_logs() as logs:
        service(("stuck", Stuck()), ("app", other)).close()
    assert monotonic() - begun < 30
    assert closed == [True]
    (told,) = logs
    assert (told["event"], told["source"]) == ("source_not_closed", "stuck")
    assert told["reason"].startswith(
        "its close() failed: SystemExit in " if quits else "its close() did not end within 3 seconds"
    )


def test_outage_of_every_source_is_an_error():
    failing = ("crm", Remote(error=SourceUnavailable("away")))
    with pytest.raises(NoSourceAnsweredError) as outage:
        service(failing).answer(CASEY)
    assert outage.value.outcomes[0].reason == "away"


def test_hung_source_holds_a_bounded_number_of_threads(never):
    slow = BoundSource("slow", Remote({"plan": "Pro"}, until=never), limits=Limits(failures=1000))
    made = ProfileService([slow, BoundSource("app", Remote({"id": 3}))], ProfileOptions(deadline=0.1))
    before = threading.active_count()
    for _ in range(THREADS_PER_SOURCE + 4):
        assert made.answer(CASEY).fields == {"id": 3}
    assert threading.active_count() - before <= THREADS_PER_SOURCE
    assert made.answer(CASEY).outcomes[0].reason == "all its threads still wait for earlier lookups"


def test_local_source_is_asked_in_the_requests_own_thread():
    seen = []

    class Local(MemorySource):
        def lookup(self, email):
            seen.append(threading.current_thread())
            return super().lookup(email)

    service(("app", Local({CASEY: {"id": 3}}))).answer(CASEY)
    assert seen == [threading.current_thread()]


def test_closing_the_service_closes_every_source():
    closed = []

    class Closing(MemorySource):
        def close(self):
            closed.append(self)

    sources: list[CustomerSource] = [Closing({}), Closing({})]
    service(("a", sources[0]), ("b", sources[1])).close()
    assert closed == sources
