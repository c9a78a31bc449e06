"""Sources side by side: deadlines, lookups by another's answer, breakers, several records."""

from __future__ import annotations

import itertools
import threading
from collections import UserDict
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, sleep

import pytest

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.memory import MemorySource
from adapters.time_limit import seconds_left
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.lookup import (
    NO_PLACE,
    NOT_IN_TIME,
    PATIENCE,
    THREADS_PER_SOURCE,
    BoundSource,
    Limits,
)
from webhook_server.profile.merge import Shape
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.questions import MAX_ANSWERED
from webhook_server.profile.records import MAX_MERGED, RecordRule
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService
from webhook_server.profile.storage import MemoryStorage

pytestmark = pytest.mark.timing

CASEY = "casey@example.com"


class Remote(MemorySource):
    """A source that is asked in a thread: it may wait, fail, and counts."""

    is_local = False
    keeps_time = False

    def __init__(self, customers=None, *, wait=None, error=None):
        super().__init__(customers or {})
        self.wait, self.error, self.asked = wait, error, []

    def lookup(self, email):
        self.work(email)
        return super().lookup(email)

    def lookup_all(self, email):
        self.work(email)
        return super().lookup_all(email)

    def work(self, email):
        self.asked.append(email)
        if self.wait is not None:
            self.wait.wait(20)
        if self.error is not None:
            raise self.error


class Local(Remote):
    is_local = True


@pytest.fixture
def never():
    event = threading.Event()
    yield event
    event.set()


def serve(*bound, **options):
    return ProfileService(bound, ProfileOptions(**options))


def states(answer):
    return {outcome.source: outcome.state for outcome in answer.outcomes}


def test_sources_are_asked_at_the_same_time():
    both = threading.Barrier(2, timeout=5)

    class Meeting(Remote):
        def lookup(self, email):
            both.wait()
            return super().lookup(email)

    meeting = [BoundSource(name, Meeting({CASEY: {name: 1}})) for name in ("a", "b")]
    assert serve(*meeting).answer(CASEY).fields == {"a": 1, "b": 1}


def test_sources_own_deadline_ends_its_lookup_before_the_requests(never):
    slow = BoundSource("slow", Remote(wait=never), limits=Limits(deadline=0.1))
    started = perf_counter()
    answer = serve(slow, BoundSource("app", Remote({CASEY: {"id": 3}})), deadline=5).answer(CASEY)
    assert perf_counter() - started < 0.1 + 0.1
    assert (answer.fields, states(answer)) == ({"id": 3}, {"slow": "late", "app": "found"})


@pytest.mark.parametrize("kind", [Local, Remote])
def test_source_is_looked_up_by_anothers_answer(kind):
    app = BoundSource("app", kind({CASEY: {"stripe_customer_token": "cus_1"}}))
    billing = kind({"cus_1": {"plan": "Pro"}})
    billing_bound = BoundSource("billing", billing, lookup_by="stripe_customer_token")
    by_plan = BoundSource("plans", kind({"Pro": {"seats": 5}}), lookup_by="plan")
    answer = serve(by_plan, billing_bound, app).answer(CASEY)
    assert answer.fields == {"seats": 5, "plan": "Pro", "stripe_customer_token": "cus_1"}
    assert billing.asked == ["cus_1"]


@pytest.mark.parametrize(("value", "key"), [(True, "true"), (7.0, "7"), (12, "12"), ("A b", "A b"), (0, "0")])
def test_key_is_written_as_the_profile_shows_it(value, key):
    app = BoundSource("app", Local({CASEY: {"vip": value}}))
    answer = serve(app, BoundSource("plans", Local({key: {"seats": 5}}), lookup_by="vip")).answer(CASEY)
    assert answer.fields["seats"] == 5


def test_dependent_source_does_not_wait_for_those_it_does_not_need(never):
    app = BoundSource("app", Remote({CASEY: {"customer": "cus_1"}}))
    hung = BoundSource("hung", Remote(wait=never), limits=Limits(deadline=0.5))
    asked_at = []

    class Timed(Remote):
        def lookup(self, email):
            asked_at.append(perf_counter())
            return super().lookup(email)

    billing = BoundSource("billing", Timed({"cus_1": {"plan": "Pro"}}), lookup_by="customer")
    started = perf_counter()
    answer = serve(app, hung, billing, deadline=1).answer(CASEY)
    assert answer.fields == {"customer": "cus_1", "plan": "Pro"}
    assert asked_at[0] - started < 0.3


def test_lookup_by_a_field_that_nobody_answers_finds_nobody():
    billing = BoundSource("billing", Remote(), lookup_by="customer")
    answer = serve(BoundSource("app", Remote({CASEY: {"id": 3}})), billing).answer(CASEY)
    assert states(answer) == {"app": "found", "billing": "unknown"}


def test_lookup_by_a_field_of_a_failing_source_fails():
    app = BoundSource("app", Remote(error=SourceUnavailable("away")))
    crm = BoundSource("crm", Remote({CASEY: {"vip": True}}))
    answer = serve(app, crm, BoundSource("billing", Remote(), lookup_by="customer")).answer(CASEY)
    assert states(answer) == {"app": "failed", "crm": "found", "billing": "failed"}
    assert answer.outcomes[2].reason == "no source answered customer, by which it is looked up"


@pytest.mark.parametrize("kind", [Local, Remote])
def test_failing_source_is_left_alone_and_asked_again_later(kind):
    source = kind({CASEY: {"plan": "Pro"}}, error=SourceUnavailable("away"))
    bound = BoundSource("crm", source, limits=Limits(failures=3, rest=1))
    made = serve(BoundSource("app", Remote({CASEY: {"id": 3}})), bound)
    for _ in range(6):
        answer = made.answer(CASEY)
    assert len(source.asked) == 3
    assert answer.outcomes[1].reason == "it failed 3 times in a row and is left alone for a while"
    source.error = None
    sleep(1.1)
    assert made.answer(CASEY).fields == {"id": 3, "plan": "Pro"}
    assert bound.breaker.failure_count == 0


def test_unknown_customer_is_no_failure_for_the_breaker():
    bound = BoundSource("crm", Remote(), limits=Limits(failures=1, rest=60))
    made = serve(bound)
    for _ in range(3):
        assert states(made.answer(CASEY)) == {"crm": "unknown"}


def test_late_answers_open_the_breaker(never):
    source = Remote(wait=never)
    made = serve(BoundSource("slow", source, limits=Limits(failures=2, rest=60)), deadline=0.02)
    for _ in range(5):
        with pytest.raises(NoSourceAnsweredError):
            made.answer(CASEY)
    assert len(source.asked) == 2


def test_alias_source_finds_the_customer_under_another_address():
    aliases = BoundSource(
        "people", Remote({"casey@home.example": {"main": f"{CASEY}; c@work.example"}}), is_aliases=True
    )
    app = Remote({CASEY: {"id": 3}})
    answer = serve(aliases, BoundSource("app", app)).answer("Casey@home.example")
    assert answer.fields == {"id": 3}
    assert app.asked[-1] == CASEY
    assert states(answer) == {"people": "found", "app": "found"}


def test_hung_alias_source_costs_neither_the_others_nor_their_breakers(never):
    hung = BoundSource("people", Remote(wait=never), is_aliases=True)
    app = BoundSource("app", Local({CASEY: {"id": 3}}), limits=Limits(failures=2))
    net = BoundSource("net", Remote({CASEY: {"plan": "Pro"}}), limits=Limits(failures=2))
    made = serve(hung, app, net, deadline=0.3)
    for _ in range(4):
        started = perf_counter()
        answer = made.answer(CASEY)
        assert perf_counter() - started < 0.3 + 0.1
        assert dict(answer.fields) == {"id": 3, "plan": "Pro"}
    assert (app.breaker.failure_count, net.breaker.failure_count) == (0, 0)


def test_failing_alias_source_is_not_an_unknown_customer():
    aliases = BoundSource("people", Remote(error=SourceUnavailable("away")), is_aliases=True)
    made = serve(
        aliases,
        BoundSource("app", Remote({CASEY: {"id": 3}})),
        unknown_customer={"note": "not a customer"},
        incomplete_field="incomplete",
    )
    answer = made.answer("work@example.com")
    assert dict(answer.fields) == {"incomplete": "people"}


def test_last_good_answers_outlive_a_failing_alias_source():
    people = Remote({"work@example.com": {"main": CASEY}})
    app = Remote({CASEY: {"id": 3}})
    cache = ProfileCache(MemoryStorage(100), CacheTimes(), secret=b"k")
    bound = [BoundSource("people", people, is_aliases=True), BoundSource("app", app)]
    made = ProfileService(bound, cache=cache)
    assert dict(made.answer("work@example.com").fields) == {"id": 3}
    people.error = SourceUnavailable("away")
    assert dict(made.answer("work@example.com").fields) == {"id": 3}, "the addresses it gave last stand in"
    app.error = SourceUnavailable("away")
    answer = made.answer("work@example.com")
    assert (dict(answer.fields), states(answer)) == ({"id": 3}, {"people": "stale", "app": "stale"})


def test_key_is_taken_from_the_earlier_source_however_slow():
    class Slow(Remote):
        def lookup(self, email):
            sleep(0.15)
            return super().lookup(email)

    first = BoundSource("first", Slow({CASEY: {"customer": "cus_1"}}))
    second = BoundSource("second", Remote({CASEY: {"customer": "cus_2"}}))
    billing = BoundSource(
        "billing", Remote({"cus_1": {"plan": "right"}, "cus_2": {"plan": "WRONG"}}), lookup_by="customer"
    )
    assert serve(first, second, billing).answer(CASEY).fields == {"customer": "cus_1", "plan": "right"}


def test_sources_that_wait_for_each_other_end():
    one = BoundSource("one", Remote(), lookup_by="b")
    two = BoundSource("two", Remote(), lookup_by="a")
    answer = serve(BoundSource("app", Remote({CASEY: {"id": 3}})), one, two).answer(CASEY)
    assert states(answer) == {"app": "found", "one": "unknown", "two": "unknown"}
    assert answer.outcomes[1].reason == "no source answered b, by which it is looked up"


def test_slow_provider_does_not_count_against_who_waits_for_it():
    class Slow(Remote):
        def lookup(self, email):
            sleep(0.25)
            return super().lookup(email)

    class Half(Remote):
        def lookup(self, email):
            sleep(0.15)
            return super().lookup(email)

    billing = BoundSource(
        "billing", Half({"cus_1": {"plan": "Pro"}}), lookup_by="customer", limits=Limits(failures=1)
    )
    made = serve(BoundSource("app", Slow({CASEY: {"customer": "cus_1"}})), billing, deadline=0.3)
    assert states(made.answer(CASEY)) == {"app": "found", "billing": "late"}
    assert billing.breaker.failure_count == 0


@pytest.mark.parametrize("error", [SystemExit(1), GeneratorExit(), BaseException("odd")])
@pytest.mark.parametrize("kind", [Local, Remote])
def test_whatever_a_source_raises_costs_only_its_fields(kind, error):
    answer = serve(
        BoundSource("odd", kind(error=error)), BoundSource("app", Local({CASEY: {"id": 3}}))
    ).answer(CASEY)
    assert (dict(answer.fields), answer.outcomes[0].state) == ({"id": 3}, "failed")


def test_failing_alias_source_costs_only_the_aliases():
    aliases = BoundSource("people", Remote(error=SourceUnavailable("away")), is_aliases=True)
    answer = serve(aliases, BoundSource("app", Remote({CASEY: {"id": 3}}))).answer(CASEY)
    assert (answer.fields, states(answer)) == ({"id": 3}, {"people": "failed", "app": "found"})


def test_several_records_are_numbered():
    source = MemorySource({CASEY: [{"id": 1}, {"id": 2}]})
    bound = BoundSource("app", source, records=RecordRule("numbered", name="account"))
    assert serve(bound).answer(CASEY).fields == {"account_1_id": 1, "account_2_id": 2, "account_count": 2}


def test_newest_record_is_chosen():
    source = MemorySource({CASEY: [{"id": 1, "at": "2013-01-01"}, {"id": 2, "at": "2014-01-01"}]})
    bound = BoundSource("app", source, records=RecordRule("newest", by="at"))
    assert serve(bound).answer(CASEY).fields["id"] == 2


def test_busy_source_is_waited_for():
    class Busy(Remote):
        def lookup(self, email):
            sleep(0.05)
            return super().lookup(email)

    service = serve(BoundSource("busy", Busy({CASEY: {"id": 3}})), deadline=5)
    with ThreadPoolExecutor(6 * THREADS_PER_SOURCE) as many:
        answers = list(many.map(service.answer, [CASEY] * 6 * THREADS_PER_SOURCE))
    assert all(answer.fields == {"id": 3} for answer in answers)


@pytest.mark.parametrize("deadline", [0.7, 1, 2])
def test_crowd_that_waits_for_a_place_is_no_failure_of_the_source(deadline):
    class Slow(Remote):
        def lookup(self, email):
            self.asked.append(email)
            sleep(0.3)
            return {"id": 3}

    slow = BoundSource("slow", Slow())
    service = serve(slow, BoundSource("app", Local({})), deadline=deadline)
    emails = [f"u{number}@example.com" for number in range(8 * THREADS_PER_SOURCE)]
    with ThreadPoolExecutor(len(emails)) as many:
        answers = list(many.map(service.answer, emails))
    late = [answer.outcomes[0].reason for answer in answers if states(answer)["slow"] == "late"]
    # All places are taken for 0.3 s at a time: for some there is none, and for some it comes too late.
    assert THREADS_PER_SOURCE <= len(late) <= 7 * THREADS_PER_SOURCE
    assert set(late) <= {NOT_IN_TIME, NO_PLACE}
    assert slow.breaker.failure_count == 0
    sleep(0.3)
    assert service.answer(CASEY).fields == {"id": 3}


def test_hung_source_is_refused_after_a_share_of_the_deadline(never):
    service = serve(
        BoundSource("hung", Remote(wait=never), limits=Limits(failures=1000)),
        BoundSource("app", Local({CASEY: {"id": 3}})),
        deadline=1,
    )

    def timed(_):
        started = perf_counter()
        assert service.answer(CASEY).fields == {"id": 3}
        return perf_counter() - started

    with ThreadPoolExecutor(4 * THREADS_PER_SOURCE) as many:
        seconds = sorted(many.map(timed, range(4 * THREADS_PER_SOURCE)))
    assert len([one for one in seconds if one > 0.9]) == THREADS_PER_SOURCE
    assert seconds[0] > PATIENCE - 0.05
    assert seconds[-THREADS_PER_SOURCE - 1] < PATIENCE + 0.2
    assert timed(None) < 0.1


def test_one_request_finds_out_whether_a_source_is_back(never):
    source = Remote({CASEY: {"id": 3}}, error=SourceUnavailable("down"))
    bound = BoundSource("app", source, limits=Limits(failures=1, rest=1))
    service = serve(bound, BoundSource("other", Local({CASEY: {"name_day": "May"}})), deadline=2)
    service.answer(CASEY)
    sleep(1.05)
    source.error, source.wait = None, never
    before = len(source.asked)
    with ThreadPoolExecutor(10) as many:
        answers = [many.submit(service.answer, CASEY) for _ in range(10)]
        while sum(answer.done() for answer in answers) < 9:
            sleep(0.01)
        assert len(source.asked) == before + 1
        never.set()
    assert sorted(states(answer.result())["app"] for answer in answers) == [*["failed"] * 9, "found"]
    assert states(service.answer(CASEY))["app"] == "found"


def test_hung_source_leaves_the_other_requests_fast(never):
    """Two requests' p99 beside each other: with and without a source that hangs."""

    def p99(made):
        spent = []
        for _ in range(200):
            started = perf_counter()
            made.answer(CASEY)
            spent.append(perf_counter() - started)
        return sorted(spent)[197]

    app = BoundSource("app", Local({CASEY: {"id": 3}}))
    hung = BoundSource("hung", Remote(wait=never), limits=Limits(deadline=0.02, failures=5, rest=60))
    beside = serve(app, hung)
    for _ in range(10):
        beside.answer(CASEY)
    assert p99(beside) <= 2 * p99(serve(app)) + 0.001


def test_local_source_that_is_held_up_leaves_time_to_those_behind_it():
    class Locked(MemorySource):
        def lookup(self, email):
            sleep(max(0.0, seconds_left()))
            raise SourceUnavailable("the database is locked")

    locked = [BoundSource(name, Locked({})) for name in ("a", "b")]
    started = perf_counter()
    answer = serve(*locked, BoundSource("vip", Local({CASEY: {"tier": "gold"}})), deadline=0.6).answer(CASEY)
    assert perf_counter() - started < 0.6 + 0.1
    assert answer.fields == {"tier": "gold"}
    assert states(answer) == {"a": "failed", "b": "failed", "vip": "found"}


def test_hung_earlier_source_costs_a_dependent_one_half_of_its_time_and_not_its_fields(never):
    service = serve(
        BoundSource("hung", Remote(wait=never)),
        BoundSource("app", Remote({CASEY: {"id": 3}})),
        BoundSource("orders", Remote({"3": {"total": 7}}), lookup_by="id"),
        deadline=0.8,
    )
    started = perf_counter()
    answer = service.answer(CASEY)
    assert perf_counter() - started < 0.8 + 0.1
    assert answer.fields == {"id": 3, "total": 7}
    assert states(answer) == {"hung": "late", "app": "found", "orders": "found"}


@pytest.mark.parametrize("rule", ["merge", "numbered"])
def test_record_found_under_two_spellings_is_one(rule):
    class Lenient(MemorySource):
        def lookup_all(self, email):
            return super().lookup_all(email.lower())

    source = Lenient({CASEY: [{"plan": "a"}, {"plan": "a"}]})
    bound = BoundSource("account", source, records=RecordRule(rule, name="account"))
    assert serve(bound).answer("Casey@Example.com").fields == serve(bound).answer(CASEY).fields
    if rule == "numbered":
        assert serve(bound).answer(CASEY).fields["account_count"] == 2


def test_record_that_cannot_be_compared_hides_no_other():
    class Odd(UserDict):
        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    class Lenient(MemorySource):
        def lookup_all(self, email):
            return [Odd(id=1), {"id": 2}]

    bound = BoundSource("a", Lenient({}), records=RecordRule("numbered"))
    fields = serve(bound).answer("Casey@Example.com").fields
    assert fields == {"a_1_id": 1, "a_2_id": 2, "a_count": 2}


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (None, "its lookup_all() answered NoneType, not a list"),
        (42, "its lookup_all() answered int, not a list"),
        ({"id": 3}, "its lookup_all() answered dict, not a list"),
        (["x"], "it answered str, not a mapping"),
    ],
)
def test_wrong_answer_of_lookup_all_is_told_as_the_adapters(answered, reason):
    class Odd(MemorySource):
        def lookup_all(self, email):
            return answered

    odd = BoundSource("odd", Odd({}), records=RecordRule("merge"))
    answer = serve(odd, BoundSource("app", Local({CASEY: {"id": 3}}))).answer(CASEY)
    assert answer.fields == {"id": 3}
    assert answer.outcomes[0].reason == reason


def test_endless_records_are_bounded():
    class Endless(MemorySource):
        def lookup_all(self, email):
            return ({"id": number} for number in itertools.count())

    answer = serve(BoundSource("odd", Endless({}), records=RecordRule("merge"))).answer(CASEY)
    assert answer.fields == {"id": 0}
    told = [change for change in answer.changes if change.kind == "dropped"]
    assert [change.count for change in told] == [1, MAX_ANSWERED - MAX_MERGED]
    assert "neither taken nor counted" in told[0].reason


@pytest.mark.parametrize("spelling", [CASEY, "Casey@Example.com"])
@pytest.mark.parametrize(("count", "beyond"), [(MAX_ANSWERED, 0), (MAX_ANSWERED + 1, 1)])
def test_as_many_records_as_are_taken_are_all_counted(spelling, count, beyond):
    class Lenient(MemorySource):
        def lookup_all(self, email):
            return super().lookup_all(email.lower())

    source = Lenient({CASEY: [{"id": number} for number in range(count)]})
    answer = serve(BoundSource("a", source, records=RecordRule("numbered"))).answer(spelling)
    assert answer.fields["a_count"] == MAX_ANSWERED
    assert [change.count for change in answer.changes if change.kind == "dropped"] == [1] * beyond


def test_record_whose_entries_cannot_be_read_is_a_failure():
    class Broken(UserDict):
        def items(self):
            raise RuntimeError

    class Odd(MemorySource):
        def lookup(self, email):
            return Broken({"id": 3})

    answer = serve(BoundSource("odd", Odd({})), BoundSource("app", Local({CASEY: {"n": 1}}))).answer(CASEY)
    assert states(answer) == {"odd": "failed", "app": "found"}
    assert answer.outcomes[0].reason == "it answered Broken, whose entries cannot be read"


def test_every_record_of_an_alias_source_counts():
    aliases = BoundSource(
        "people",
        MemorySource({CASEY: [{"alias": "a@x.example"}, {"alias": "b@x.example", "seen_by": "c@x.example"}]}),
        Shape(fields=frozenset({"alias"})),
        is_aliases=True,
    )
    app = MemorySource({"b@x.example": {"id": 3}, "c@x.example": {"id": 4}})
    answer = serve(aliases, BoundSource("app", app, records=RecordRule("numbered"))).answer(CASEY)
    assert answer.identity.addresses == (CASEY, "a@x.example", "b@x.example")
    assert answer.fields == {"app_1_id": 3, "app_count": 1}


def test_held_up_local_source_costs_a_remote_one_by_another_key_nothing():
    class Locked(MemorySource):
        def lookup(self, email):
            sleep(max(0.0, seconds_left()))
            raise SourceUnavailable("the database is locked")

    class Slow(Remote):
        def lookup(self, email):
            sleep(0.5)
            return super().lookup(email)

    sources = [
        BoundSource("crm", Remote({CASEY: {"key": "k"}})),
        BoundSource("lite", Locked({})),
        BoundSource("late_lite", Locked({}), lookup_by="key"),
        BoundSource("orders", Slow({"k": {"total": 7}}), lookup_by="key"),
    ]
    answer = serve(*sources, deadline=0.8).answer(CASEY)
    assert answer.fields == {"key": "k", "total": 7}


def test_message_that_repeats_the_address_is_left_out_and_one_with_a_short_key_is_not():
    app = BoundSource("app", Local({CASEY: {"id": 1}}))
    repeats = BoundSource("repeats", Remote(error=SourceUnavailable(f"no row for {CASEY.upper()}")))
    orders = BoundSource(
        "orders", Remote(error=SourceUnavailable("127.0.0.1 is away")), lookup_by="id", limits=Limits()
    )
    reasons = {
        outcome.source: outcome.reason for outcome in serve(app, repeats, orders).answer(CASEY).outcomes
    }
    assert CASEY not in reasons["repeats"].lower()
    assert "left out" in reasons["repeats"]
    assert reasons["orders"] == "127.0.0.1 is away"


def test_field_that_the_server_itself_writes_is_told():
    broken = BoundSource("crm", Remote(error=SourceUnavailable("away")))
    answer = serve(BoundSource("app", Local({CASEY: {"id": 3}})), broken, incomplete_field="id").answer(CASEY)
    assert answer.fields == {"id": "crm"}
    assert [(change.kind, change.key) for change in answer.changes] == [("shadowed", "id")]


def test_key_that_privacy_withholds_is_told_as_that():
    app = BoundSource("app", Local({CASEY: {"session_id": "s1"}}))
    orders = BoundSource("orders", Local({"s1": {"total": 7}}), lookup_by="session_id")
    outcome = serve(app, orders).answer(CASEY).outcomes[1]
    assert outcome.state == "unknown"
    assert outcome.reason == "app gives session_id, by which it is looked up, but privacy withholds it"


@pytest.mark.parametrize("odd", [SourceDataError("a value that is no date"), "no mapping"])
@pytest.mark.parametrize("kind", [Local, Remote])
def test_odd_record_of_one_customer_costs_nobody_else_theirs(kind, odd):
    class Odd(kind):
        def lookup(self, email):
            if email != CASEY:
                return super().lookup(email)
            if isinstance(odd, Exception):
                raise odd
            return odd

    bound = BoundSource("app", Odd({"mila@example.com": {"id": 4}}), limits=Limits(failures=2))
    made = serve(bound, BoundSource("local", MemorySource({CASEY: {"seats": 5}})))
    for _ in range(5):
        answer = made.answer(CASEY)
        assert (dict(answer.fields), states(answer)["app"]) == ({"seats": 5}, "failed")
    assert made.answer("mila@example.com").fields["id"] == 4
    assert bound.breaker.failure_count == 0


def test_local_source_that_keeps_no_time_is_given_a_thread_once_it_was_slow(never):
    class Held(Local):
        def work(self, email):
            self.asked.append(threading.current_thread().name)
            sleep(0.3 if len(self.asked) == 1 else 2)

    slow = Held({CASEY: {"id": 3}})
    made = serve(
        BoundSource("app", slow), BoundSource("b", MemorySource({CASEY: {"seats": 5}})), deadline=0.2
    )
    made.answer(CASEY)
    started = perf_counter()
    answer = made.answer(CASEY)
    assert perf_counter() - started < 0.3
    assert states(answer) == {"app": "late", "b": "found"}
    assert slow.asked == [threading.current_thread().name, "source-app"]


class Patient(MemorySource):
    """A local source that waits as long as its caller does, or as it needs."""

    is_local = keeps_time = True

    def __init__(self, customers, needs):
        super().__init__(customers)
        self.needs, self.given = needs, []

    def lookup(self, email):
        self.given.append(seconds_left())
        sleep(max(0.0, min(self.needs, seconds_left())))
        if seconds_left() <= 0:
            raise SourceUnavailable("it was interrupted")
        return super().lookup(email)


@pytest.mark.parametrize("quick", [1, 3, 9])
def test_slow_local_source_has_all_the_time_that_quick_ones_after_it_do_not_need(quick):
    slow = Patient({CASEY: {"id": 3}}, needs=0.5)
    others = [BoundSource(f"b{n}", MemorySource({CASEY: {f"seats_{n}": n}})) for n in range(quick)]
    made = ProfileService([BoundSource("app", slow), *others], ProfileOptions(deadline=1.2))
    answer = made.answer(CASEY)
    assert len(answer.fields) == 1 + quick
    assert slow.given[0] == pytest.approx(1.2 - 0.05 * quick, abs=0.02)


def test_local_source_that_is_held_up_leaves_a_fair_share_to_one_that_is_far_away():
    slow = Patient({CASEY: {"id": 3}}, needs=9)
    far = Patient({CASEY: {"seats": 5}}, needs=0.3)
    far.is_local = False
    made = ProfileService([BoundSource("app", slow), BoundSource("b", far)], ProfileOptions(deadline=1.0))
    answer = made.answer(CASEY)
    assert answer.fields == {"seats": 5}
    assert slow.given[0] == pytest.approx(0.5, abs=0.02)


def test_interrupt_that_an_adapter_raises_is_its_own_failure():
    bound = BoundSource("app", Local(error=KeyboardInterrupt()))
    asking = ThreadPoolExecutor(1)
    made = serve(bound, BoundSource("b", MemorySource({CASEY: {"seats": 5}})))
    assert states(asking.submit(made.answer, CASEY).result(5)) == {"app": "failed", "b": "found"}
    asking.shutdown()
    with pytest.raises(KeyboardInterrupt):
        made.answer(CASEY)


def test_local_source_that_hangs_for_ever_holds_up_no_more_than_its_share():
    never = threading.Event()
    hung = Local({CASEY: {"plan": "Pro"}}, wait=never)
    sources = [BoundSource("hung", hung), BoundSource("app", Remote({CASEY: {"id": 3}}))]
    made = ProfileService(sources, ProfileOptions(deadline=0.5))
    ended = []

    def ask():
        made.answer(CASEY)
        ended.append(perf_counter())

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2)
    assert len(ended) >= 40 - THREADS_PER_SOURCE
    started = perf_counter()
    for _ in range(20):
        assert made.answer(CASEY).fields == {"id": 3}
    assert perf_counter() - started < 3
    never.set()


def test_key_of_a_source_that_is_late_is_taken_from_its_last_good_answer():
    release = threading.Event()
    release.set()
    people = Remote({CASEY: {"crm_id": "c9"}}, wait=release)
    crm = Local({"c9": {"seats": 5}})
    bound = [
        BoundSource("people", people, limits=Limits(failures=1000)),
        BoundSource("crm", crm, lookup_by="crm_id"),
    ]
    cache = ProfileCache(MemoryStorage(100), CacheTimes(), secret=b"k")
    made = ProfileService(bound, ProfileOptions(deadline=0.6), cache=cache)
    assert made.answer(CASEY).fields["seats"] == 5
    release.clear()
    crm.asked.clear()
    answer = made.answer(CASEY)
    states = {outcome.source: outcome.state for outcome in answer.outcomes}
    assert (states, crm.asked) == ({"people": "stale", "crm": "found"}, ["c9"])
    release.set()
