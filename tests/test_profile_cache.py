"""What is kept: fresh answers, "no such customer", the last good answer; and one lookup for all who ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep, time
from zoneinfo import ZoneInfo

import pytest

from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.flights import Flights
from webhook_server.profile.formats import Formatter
from webhook_server.profile.lookup import BoundSource, Limits
from webhook_server.profile.merge import Shaper
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.records import RecordRule
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService
from webhook_server.profile.storage import TIME_LIMIT, Entry, MemoryStorage

CASEY = "casey@example.com"


class Counting(MemorySource):
    """A source that counts, and fails when told to."""

    is_local = False
    keeps_time = False

    def __init__(self, customers):
        super().__init__(customers)
        self.count, self.fails, self.seconds = 0, False, 0.0
        self.counting = threading.Lock()

    def lookup(self, email):
        with self.counting:
            self.count += 1
        sleep(self.seconds)
        if self.fails:
            raise SourceUnavailable("away")
        return super().lookup(email)


class Recording(MemoryStorage):
    """A storage whose keys can be looked at."""

    def __init__(self):
        super().__init__(1000)
        self.keys = set()

    def put(self, key, entry, seconds):
        self.keys.add(key)
        super().put(key, entry, seconds)


@pytest.fixture
def source():
    return Counting({CASEY: {"id": 3}})


@pytest.fixture
def make(source):
    """A function that makes a service of the source, with a cache of the given times."""

    def make(*more, storage=None, **times):
        options = ProfileOptions(incomplete_field="incomplete", as_of_field="profile_as_of")
        cache = ProfileCache(storage or MemoryStorage(1000), CacheTimes(**times), secret=b"k" * 32)
        bound = [BoundSource("app", source, limits=Limits(failures=1000)), *more]
        return ProfileService(bound, options, cache=cache)

    return make


def test_nothing_is_kept_fresh_by_default(make, source):
    made = make()
    made.answer(CASEY)
    made.answer(CASEY)
    assert source.count == 2


def test_fresh_answer_is_served_until_its_time_is_over(make, source):
    made = make(fresh=0.3)
    first = made.answer(CASEY)
    second = made.answer("CASEY@example.com ")
    assert (first.cached, second.cached, source.count) == (False, True, 1)
    assert second.fields == {"id": 3}
    sleep(0.35)
    assert made.answer(CASEY).cached is False
    assert source.count == 2


def test_unknown_customer_is_kept_for_a_time_of_its_own(make, source):
    made = make(fresh=60, negative=0.2)
    assert (made.answer("x@example.com").known, made.answer("x@example.com").cached) == (False, True)
    assert source.count == 1
    sleep(0.25)
    made.answer("x@example.com")
    assert source.count == 2


def test_two_hundred_at_once_make_one_lookup(make, source):
    source.seconds = 0.2
    made = make(fresh=60)
    with ThreadPoolExecutor(200) as threads:
        answers = list(threads.map(made.answer, [CASEY] * 200))
    assert source.count == 1
    assert all(answer.fields == {"id": 3} for answer in answers)
    assert len([answer for answer in answers if not (answer.shared or answer.cached)]) == 1


@pytest.mark.timing
@pytest.mark.parametrize(
    ("times", "error", "state"),
    [
        ({"fresh": 0.05}, SourceUnavailable("away"), "stale"),
        ({"negative": 60}, None, "found"),
    ],
    ids=["an answer with something missing", "a known customer's, which is not kept"],
)
def test_crowd_for_an_answer_that_is_not_kept_gets_it_all_at_once(make, source, times, error, state):
    made = make(**times)
    made.answer(CASEY)
    sleep(0.1)
    source.count, source.seconds, source.fails = 0, 0.3, error is not None
    arrived = monotonic()

    def ask(_):
        return made.answer(CASEY, waited=monotonic() - arrived)

    with ThreadPoolExecutor(50) as threads:  # so that three quarters of them wait for a thread
        answers = list(threads.map(ask, range(200)))
    assert monotonic() - arrived < 1.5
    assert source.count == 1
    assert {answer.outcomes[0].state for answer in answers} == {state}


@pytest.mark.timing
def test_who_asks_while_others_are_let_through_begins_a_flight_of_its_own():
    flights = Flights()
    began, end = threading.Event(), threading.Event()
    made = []

    def make():
        made.append(len(made))
        if len(made) == 1:
            began.set()
            end.wait(5)
        else:
            sleep(0.5)
        return made[-1]

    with ThreadPoolExecutor(40) as threads:
        first = [threads.submit(flights.share, "casey", make, monotonic())]
        began.wait(5)
        first += [threads.submit(flights.share, "casey", make, monotonic()) for _ in range(30)]
        sleep(0.1)
        end.set()
        first[0].result(5)
        later = [threads.submit(flights.share, "casey", make, monotonic()) for _ in range(3)]
        started = monotonic()
        assert {future.result(5) for future in first} == {0}
        assert monotonic() - started < 0.3, "they waited for the next flight too"
        assert {future.result(5) for future in later} == {1}


def test_answer_that_comes_late_takes_no_newer_ones_place(make, source):
    class Late(Counting):
        wait = 0.0

        def lookup(self, email):
            record = super().lookup(email)
            sleep(self.wait)
            return record

    late = Late({CASEY: {"plan": "old"}})
    made = make(BoundSource("late", late, limits=Limits(deadline=0.1, failures=1000)))
    late.wait = 0.5
    assert made.answer(CASEY).outcomes[1].state == "late"
    late.wait, late._customers[CASEY] = 0.0, [{"plan": "new"}]
    assert made.answer(CASEY).fields["plan"] == "new"
    sleep(0.6)  # the first lookup ends, with what stood there when it began
    late.fails = True
    assert made.answer(CASEY).fields["plan"] == "new"


def test_late_answer_is_kept_where_nothing_newer_is(make, source):
    class Late(Counting):
        def lookup(self, email):
            sleep(0.4)
            return super().lookup(email)

    late = Late({CASEY: {"plan": "Pro"}})
    made = make(BoundSource("late", late, limits=Limits(deadline=0.1, failures=1000)))
    assert "plan" not in made.answer(CASEY).fields
    sleep(0.5)
    assert made.answer(CASEY).outcomes[1].state == "stale"


def test_lookup_that_began_before_anybody_remembers_is_not_kept_after_a_drop(monkeypatch):
    cache = ProfileCache(MemoryStorage(10), CacheTimes(), secret=b"k")
    asked = monotonic() - 70
    cache.keep_last_good("app", CASEY, Entry({"id": 1}, time()), asked)
    assert cache.last_good(["app"], CASEY), "nothing was dropped since"
    cache.drop(CASEY, ["app"])
    cache._dropped.clear()  # as after a minute
    cache.keep_last_good("app", CASEY, Entry({"id": 1}, time()), asked)
    assert not cache.last_good(["app"], CASEY)


def test_last_good_answers_of_all_sources_are_read_together():
    class Asked(MemoryStorage):
        def get(self, keys, seconds=TIME_LIMIT):
            asked.append(len(keys))
            return super().get(keys, seconds)

    asked = []
    sources = [Counting({CASEY: {f"field_{number}": number}}) for number in range(8)]
    bound = [
        BoundSource(f"s{number}", source, limits=Limits(failures=1000))
        for number, source in enumerate(sources)
    ]
    cache = ProfileCache(Asked(100), CacheTimes(), secret=b"k")
    made = ProfileService(bound, cache=cache)
    made.answer(CASEY)
    for each in sources:
        each.fails = True
    asked.clear()
    assert len(made.answer(CASEY).fields) == 8
    assert asked == [8]


def test_answer_that_was_being_made_when_it_was_dropped_is_for_those_alone_who_asked_before(make, source):
    reading = threading.Event()

    class Slow(Counting):
        def lookup(self, email):
            record = super().lookup(email)  # what stands there now
            reading.set()
            sleep(0.3)
            return record

    slow = Slow({CASEY: {"version": 1}})
    made = make(BoundSource("slow", slow), fresh=60)
    with ThreadPoolExecutor(2) as threads:
        before = threads.submit(made.answer, CASEY)
        reading.wait(5)
        slow._customers[CASEY] = [{"version": 2}]
        assert made.forget(CASEY)
        after = threads.submit(made.answer, CASEY)
        assert before.result().fields["version"] == 1
        assert after.result().fields["version"] == 2
    assert made.answer(CASEY).fields["version"] == 2


def test_requests_among_invalidations_take_one_lookups_time(make, source):
    source.seconds = 0.4
    made = make(fresh=60)

    def ask(_):
        started = monotonic()
        assert made.answer(CASEY).fields == {"id": 3}
        return monotonic() - started

    with ThreadPoolExecutor(9) as threads:
        asked = [threads.submit(ask, None) for _ in range(4)]
        for _ in range(3):
            sleep(0.1)
            made.forget(CASEY)
            asked.append(threads.submit(ask, None))
        assert max(one.result() for one in asked) < 0.4 + 0.25
    assert source.count == 4


def test_all_that_a_request_asks_the_storage_shares_one_limit(source):
    class Slow(MemoryStorage):
        def get(self, keys, seconds=TIME_LIMIT):
            allowed.append(seconds)
            sleep(min(0.02, max(0.0, seconds)))
            return {}

    allowed = []
    cache = ProfileCache(Slow(10), CacheTimes(fresh=60), secret=b"k" * 32)
    source.fails = True
    failing = [BoundSource(name, source, limits=Limits(failures=1000)) for name in ("a", "b", "c", "d")]
    made = ProfileService(failing, cache=cache)
    for _ in range(2):
        allowed.clear()
        with pytest.raises(NoSourceAnsweredError):
            made.answer(CASEY)
        assert allowed[0] == TIME_LIMIT
        assert sum(min(0.02, max(0.0, seconds)) for seconds in allowed) <= TIME_LIMIT + 0.001


def test_age_is_written_in_the_profiles_zone(source):
    cache = ProfileCache(MemoryStorage(10), CacheTimes(), secret=b"k" * 32)
    made = ProfileService(
        [BoundSource("app", source)],
        ProfileOptions(as_of_field="as_of"),
        shaper=Shaper(Formatter(time_zone=ZoneInfo("Asia/Kolkata"))),
        cache=cache,
    )
    made.answer(CASEY)
    source.fails = True
    assert made.answer(CASEY).fields["as_of"].endswith(" +0530")


def test_failure_is_shared_by_those_who_wait_and_not_kept(make, source):
    source.seconds, source.fails = 1.0, True
    made = make(fresh=60)

    def ask(_):
        with pytest.raises(NoSourceAnsweredError):
            made.answer(CASEY)

    with ThreadPoolExecutor(50) as threads:
        list(threads.map(ask, range(50)))
    assert source.count == 1
    source.fails, source.seconds = False, 0
    assert made.answer(CASEY).fields == {"id": 3}


def test_last_good_answer_stands_in_for_a_failing_source_and_says_so(make, source):
    made = make()
    made.answer(CASEY)
    source.fails = True
    answer = made.answer(CASEY)
    as_of = answer.fields["profile_as_of"]
    assert dict(answer.fields) == {"id": 3, "incomplete": "app", "profile_as_of": as_of}
    assert as_of.endswith(" Z")
    assert answer.outcomes[0].state == "stale"
    assert abs(answer.outcomes[0].made - time()) < 5


def test_last_good_answer_is_served_up_to_its_age_only(make, source):
    made = make(stale=0.2)
    made.answer(CASEY)
    source.fails = True
    sleep(0.25)
    with pytest.raises(NoSourceAnsweredError):
        made.answer(CASEY)


def test_customer_who_is_gone_does_not_come_back_in_an_outage(make, source):
    made = make()
    made.answer(CASEY)
    source._customers.clear()
    assert made.answer(CASEY).known is False
    source.fails = True
    with pytest.raises(NoSourceAnsweredError):
        made.answer(CASEY)


def test_incomplete_answer_is_not_kept(make, source):
    other = Counting({CASEY: {"plan": "Pro"}})
    other.fails = True
    made = make(BoundSource("crm", other), fresh=60)
    assert dict(made.answer(CASEY).fields) == {"id": 3, "incomplete": "crm"}
    other.fails = False
    assert dict(made.answer(CASEY).fields) == {"id": 3, "plan": "Pro"}


def test_answer_that_comes_too_late_serves_the_next_request(make, source):
    slow = Counting({CASEY: {"plan": "Pro"}})
    slow.seconds = 0.3
    made = make(BoundSource("crm", slow, limits=Limits(deadline=0.1, failures=1000)))
    assert "plan" not in made.answer(CASEY).fields
    sleep(0.4)
    answer = made.answer(CASEY)
    assert (answer.fields["plan"], answer.outcomes[1].state) == ("Pro", "stale")


def test_forgotten_address_is_looked_up_again(make, source):
    made = make(fresh=60)
    made.answer(CASEY)
    assert made.forget("Casey@Example.com") is True
    made.answer(CASEY)
    assert source.count == 2


def test_answer_made_while_its_address_is_dropped_is_not_kept(make, source):
    source.seconds = 0.3
    made = make(fresh=60)
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(made.answer, CASEY)
        sleep(0.1)
        made.forget(CASEY)
        under_way.result()
    made.answer(CASEY)
    assert source.count == 2


def test_keys_tell_nothing_of_the_address(make, source):
    storage = Recording()
    make(fresh=60, storage=storage).answer(CASEY)
    assert len(storage.keys) == 2
    for key in storage.keys:
        assert "casey" not in key
        assert key.startswith("custom-profile:")


def test_other_secret_makes_other_keys():
    keys = set()
    for secret in (b"a" * 32, b"b" * 32):
        storage = Recording()
        ProfileCache(storage, CacheTimes(fresh=1), secret=secret).keep_answer(CASEY, Entry({}, 0.0), 1.0)
        keys |= storage.keys
    assert len(keys) == 2


def test_memory_is_bounded_by_entries():
    storage = MemoryStorage(10)
    for number in range(100):
        storage.put(str(number), Entry({"id": number}, 0.0), 60)
    assert len(storage.get([str(number) for number in range(100)])) == 10


def test_last_good_answer_of_another_key_is_about_somebody_else(make, source):
    billing = Counting({"cus_A": {"balance": "of A"}, "cus_B": {"balance": "of B"}})
    source._customers[CASEY] = [{"customer": "cus_A"}]
    made = make(BoundSource("billing", billing, lookup_by="customer", limits=Limits(failures=1000)))
    assert made.answer(CASEY).fields["balance"] == "of A"
    billing.fails = True
    assert made.answer(CASEY).fields["balance"] == "of A"
    source._customers[CASEY] = [{"customer": "cus_B"}]
    assert "balance" not in made.answer(CASEY).fields
    billing.fails = False
    assert made.answer(CASEY).fields["balance"] == "of B"
    # Whose it is now cannot be known while the source of the key is away too.
    billing.fails = source.fails = True
    assert made.answer(CASEY).fields["balance"] == "of B"


def test_what_was_found_without_all_addresses_takes_no_fuller_answers_place():
    class All(Counting):
        def lookup_all(self, email):
            self.lookup(email)
            return super().lookup_all(email)

    names = All({CASEY: {"also": "kc@example.com"}})
    source = All({CASEY: {"id": 3}, "kc@example.com": {"id": 4}})
    storage = MemoryStorage(1000)
    cache = ProfileCache(storage, CacheTimes(), secret=b"k" * 32)
    rule = RecordRule("numbered", name="account")
    app = BoundSource("app", source, records=rule, limits=Limits(failures=1000))
    aliases = BoundSource("names", names, is_aliases=True, limits=Limits(failures=1000))
    made = ProfileService([app, aliases], ProfileOptions(), cache=cache)
    assert made.answer(CASEY).fields["account_count"] == 2
    cache.forget_last_good("names", CASEY)
    names.fails = True
    assert made.answer(CASEY).fields["account_count"] == 1
    source.fails = True
    assert made.answer(CASEY).fields["account_count"] == 2
