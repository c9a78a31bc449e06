"""Rendering in child processes: what it costs, what it forbids, and that the page goes on meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from harness.caller import Call
from harness.checks.linting import look_over
from harness.evidence import Customer, Evidence, Reply
from harness.helpdesk.marks import marks
from harness.lint import lint_template, reading
from harness.lint_command import lint
from harness.liquid import (
    TemplateFaultError,
    TemplateLimitError,
    TemplateSyntaxError,
    render,
)
from harness.rendering import TemplateSource
from harness.sandbox import RenderLimits, Sandbox, SandboxClosedError, child
from harness.sandbox.process import Child

LIMITS = RenderLimits(seconds=1.0, megabytes=256)
SLOW = "{% for i in (1..90000) %}{{ v | replace: 'a', 'b' | size }}{% endfor %}"
ONE_LOOP = "{% for i in (1..99000) %}{% endfor %}"
LONG_TEXT = {"v": "ab" * 500_000}
BOMBS = {
    "nested loops": (
        "{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}x"
        "{% endfor %}{% endfor %}{% endfor %}"
    ),
    "a billion": "{% for i in (1..1000000000) %}x{% endfor %}",
    "a table of a billion": "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
    "doubled by assign": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60,
    "doubled by capture": (
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..60) %}"
        "{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}"
    ),
    "27 loops": ONE_LOOP * 27,
    "110 loops": ONE_LOOP * 110,
    "a billion joined": "{{ (1..1000000000) | join }}",
    "a hundred million reversed": "{{ (1..100000000) | reverse | size }}",
    "replaced nine times": "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | replace: 'a', a %}" * 9,
    "opened only": "{{" * 8000,
    "raw only": "{% raw %}" * 7000,
    "five thousand ifs": "{% if a %}" * 5000,
    "numbers multiplied": "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 60 + "{{ a }}",
    "wide dates": "{{ 0 | date: '" + "%65000Y" * 1000 + "' }}",
    "a long assignment": "{% assign " + "a" * 200_000 + " x=1 %}",
    "a long condition": "{% if " + "a and " * 30_000 + "a %}{% endif %}",
    "many brackets": "{{ " + "[" * 50_000 + " }}",
}
BOMBS_IN_DATA = {
    "a megabyte split, sorted and made unique": (
        "{{ v | split: '' | sort | uniq | size }}",
        {"v": "ab" * 500_000},
    ),
    "140,000 words made unique": (
        "{{ v | split: ' ' | uniq | size }}",
        {"v": " ".join(map(str, range(140_000)))},
    ),
    "ten megabytes split": ("{{ v | split: '' | size }}", {"v": "x" * 10_000_000}),
    "tags without an end": ("{{ v | strip_html | size }}", {"v": "<" * 100_000}),
    "replaced again and again": (SLOW, LONG_TEXT),
    "sorted again and again": (
        "{% for i in (1..90000) %}{{ v | sort | join | size }}{% endfor %}",
        {"v": ["b", "a"] * 3000},
    ),
    "lists kept": (
        "{% for i in (1..90000) %}{% assign w = v | concat: w %}{% endfor %}",
        {"v": ["x" * 20] * 9000, "w": []},
    ),
}
ALL_BOMBS = [(name, template, {}) for name, template in BOMBS.items()] + [
    (name, *bomb) for name, bomb in BOMBS_IN_DATA.items()
]


@pytest.fixture(scope="module")
def strict_sandbox():
    """A pool whose children may take one second."""
    with Sandbox(LIMITS, processes=2) as pool:
        pool.render("warm", {})
        yield pool


class _Peak:
    """The largest resident memory of a pool's children while it is open, in megabytes."""

    def __init__(self, pool):
        self._pool, self._stop, self.megabytes = pool, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(0.005):
            for number in self._pool.process_ids():
                try:
                    self.megabytes = max(self.megabytes, psutil.Process(number).memory_info().rss / 2**20)
                except psutil.NoSuchProcess:
                    continue


@pytest.mark.timing
@pytest.mark.parametrize(("name", "template", "fields"), ALL_BOMBS, ids=[bomb[0] for bomb in ALL_BOMBS])
def test_bomb_ends_within_its_limits(strict_sandbox, name, template, fields):
    with _Peak(strict_sandbox) as peak:
        start = time.monotonic()
        with suppress(TemplateSyntaxError, TemplateLimitError):
            assert len(strict_sandbox.render(template, fields)) < 1_000_000
        taken = time.monotonic() - start
    assert taken < LIMITS.seconds + 0.5
    assert peak.megabytes < LIMITS.megabytes
    assert strict_sandbox.render("{{ a }}", {"a": "after"}) == "after"


def test_children_render_as_this_process_does(sandbox):
    template = "{{ plan | upcase }} {{ items.first.name }} {{ nothing | plus }}"
    fields = {"plan": "Pro é \ud800", "items": [{"name": "x"}], "nothing": None}
    assert sandbox.render(template, fields) == render(template, fields)


def test_children_know_dates_of_python_as_this_process_does(sandbox):
    template = (
        "{{ day }}|{{ day | date: '%e %B' }}|{{ there }}|{{ naive }}|{{ naive | date: '%s %Z' }}|{{ looks }}"
    )
    fields = {
        "day": date(2013, 6, 16),
        "there": datetime(2013, 6, 16, 12, 36, 36, 5, timezone(timedelta(hours=-3))),
        "naive": datetime.fromisoformat("2013-06-16 12:36:36"),
        "looks": {"\0date": "no date", "price": "1.50"},
    }
    sent = {**fields, "looks": {"\0date": "no date", "price": Decimal("1.50")}}
    assert sandbox.render(template, sent) == render(template, fields)


def test_syntax_error_comes_back_with_its_line(sandbox):
    with pytest.raises(TemplateSyntaxError) as caught:
        sandbox.parse("\n{% nope %}")
    assert (caught.value.message, caught.value.line) == ("Unknown tag 'nope'", 2)
    sandbox.parse("{{ a }}")


def test_slow_template_is_stopped_and_says_so():
    with Sandbox(RenderLimits(seconds=0.3), processes=1) as pool:
        with pytest.raises(TemplateLimitError, match=r"longer than 0\.3 seconds"):
            pool.render(SLOW, LONG_TEXT)
        assert pool.render("{{ a }}", {"a": 1}) == "1"


def test_memory_is_limited_too():
    fields = {"v": ["x" * 900] * 900}
    template = (
        "{% for i in (1..400) %}{% capture n %}x{{ i }}{% endcapture %}"
        "{% assign a = v | join: i %}{% assign all = all | append: a | slice: 0, 4900000 %}"
        "{% assign b = all | split: '' %}{% endfor %}"
    )
    with (
        Sandbox(RenderLimits(seconds=20, megabytes=96), processes=1) as pool,
        pytest.raises(TemplateLimitError, match=r"memory|too large"),
    ):
        pool.render(template, fields)


def test_child_that_was_killed_is_replaced():
    with Sandbox(processes=1) as pool:
        assert pool.render("a", {}) == "a"
        killed = [psutil.Process(number) for number in pool.process_ids()]
        for process in killed:
            process.kill()
        deadline = time.monotonic() + 5
        while any(each.status() != psutil.STATUS_ZOMBIE for each in killed) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert pool.render("b", {}) == "b"
        assert not {process.pid for process in killed} & set(pool.process_ids())


@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError])
def test_answer_that_nobody_waited_for_goes_to_nobody_else(monkeypatch, problem):
    with Sandbox(processes=1) as pool:
        pool.render("warm", {})
        with monkeypatch.context() as patched:
            patched.setattr(Child, "_receive", lambda self, deadline: (_ for _ in ()).throw(problem))
            with pytest.raises(problem):
                pool.render("{{ name }}", {"name": "the one before"})
        assert pool.render("{{ name }}", {"name": "the one after"}) == "the one after"


def test_fault_of_ours_is_told_by_its_kind_alone(monkeypatch):
    def fail(source):
        raise KeyError(source)

    monkeypatch.setattr(child, "_template", fail)
    assert child._answer("secret", {}) == ("fault", "KeyError")
    assert "KeyError" in str(TemplateFaultError("KeyError"))


def test_children_know_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("GROOVE_API_TOKEN", "kept-from-children")
    with Sandbox(processes=1) as pool:
        pool.render("a", {})
        environment = Path(f"/proc/{pool.process_ids()[0]}/environ").read_bytes()
    assert b"kept-from-children" not in environment


def test_closing_ends_every_child():
    pool = Sandbox(processes=2)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda text: pool.render(text, {}), ["a", "b"])) == ["a", "b"]
    numbers = pool.process_ids()
    pool.close()
    assert numbers
    assert not any(psutil.pid_exists(number) for number in numbers)
    with pytest.raises(SandboxClosedError, match="closed"):
        pool.render("a", {})
    with pytest.raises(SandboxClosedError):
        pool._started()


def test_many_threads_share_the_pool(sandbox):
    with ThreadPoolExecutor(16) as threads:
        texts = [f"{number}-{{{{ a }}}}" for number in range(200)]
        rendered = list(threads.map(lambda text: sandbox.render(text, {"a": 1}), texts))
    assert rendered == [f"{number}-1" for number in range(200)]


@pytest.mark.timing
def test_plain_render_through_the_pool_is_cheap(sandbox):
    template = (
        "<ul>{% for tag in tags %}<li>{{ tag | escape }}</li>{% endfor %}</ul>{{ joined | date: '%F' }}" * 5
    )
    fields = {"tags": ["a", "b", "c"] * 5, "joined": "2013-06-16 12:36:36 Z"}
    sandbox.render(template, fields)

    def best(function):
        def taken():
            start = time.perf_counter()
            for _ in range(20):
                function(template, fields)
            return time.perf_counter() - start

        return min(taken() for _ in range(10))

    assert best(sandbox.render) < 3 * best(render)


@pytest.mark.timing
def test_bomb_right_after_a_bomb_ends_in_time_and_a_template_after_it_does_not_wait():
    with Sandbox(LIMITS) as sandbox:
        sandbox.render("ready", {})
        for _ in range(5):
            started = time.monotonic()
            with pytest.raises(TemplateLimitError):
                sandbox.render(SLOW, LONG_TEXT)
            assert time.monotonic() - started < LIMITS.seconds + 0.5
            started = time.monotonic()
            assert sandbox.render("{{ a }}", {"a": 1}) == "1"
            assert time.monotonic() - started < 0.5


def test_more_bombs_than_children_end_in_time_too():
    with Sandbox(LIMITS, processes=2) as sandbox, ThreadPoolExecutor(8) as threads:
        sandbox.render("ready", {})
        started = time.monotonic()
        bombs = [threads.submit(sandbox.render, SLOW, LONG_TEXT) for _ in range(8)]
        told = [str(bomb.exception()) for bomb in bombs]
        assert time.monotonic() - started < LIMITS.seconds + 1.0
        assert {"was stopped" in text or "Other templates" in text for text in told} == {True}
        assert any("Other templates" in text for text in told)


def _nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def _within_itself():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [10**5000, _nested(100_000), _within_itself(), {("a", "b"): 1}],
    ids=["number", "deep", "loop", "key"],
)
def test_fields_that_cannot_be_sent_cost_no_child(value):
    with Sandbox(LIMITS, processes=1) as sandbox:
        ids = sandbox.process_ids()
        with pytest.raises(TemplateLimitError, match=r"4,300 digits"):
            sandbox.render("x", {"n": value})
        assert sandbox.render("x", {}) == "x"
        assert sandbox.process_ids() == ids


SOMETIMES_OPEN = "{% if plan %}<b>{% endif %}x"


def test_lint_renders_in_the_sandbox_for_page_check_and_command(sandbox, tmp_path, monkeypatch):
    def refuse(_):
        raise AssertionError("a template was rendered in this process")

    monkeypatch.setattr(reading, "_parsed", refuse)
    with pytest.raises(AssertionError):
        lint_template(SOMETIMES_OPEN)
    assert [mark.rule for mark in marks(SOMETIMES_OPEN, None, sandbox)] == ["CP541"]
    template = TemplateSource("t", SOMETIMES_OPEN)
    evidence = Evidence(
        (Customer("casey@example.com", Reply.of(Call("http://x.example", 0.1, 200, body=b"{}"))),)
    )
    assert list(look_over(template, evidence, sandbox)) == ["CP541"]
    (tmp_path / "t.liquid").write_text(SOMETIMES_OPEN)
    result = CliRunner().invoke(lint, [str(tmp_path / "t.liquid"), "--fix"])
    assert "CP541" in result.output
