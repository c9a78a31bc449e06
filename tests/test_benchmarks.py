"""The benchmark: that its parts run, that its clients tell the truth, that nobody is measured unfairly."""

from __future__ import annotations

import importlib.util
import platform
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import psycopg
import pytest
from click.testing import CliRunner

from benchmarks import exports, memory, page
from benchmarks.__main__ import main
from benchmarks.customers import ANSWERED, QUERY, answer_of, email_of, row_of, some_emails
from benchmarks.database import NotHereError, postgres_database, sqlite_database
from benchmarks.kit import TOKEN, Kit
from benchmarks.latency import Latency, latency_at
from benchmarks.payments import payments_file
from benchmarks.peers import constant, orm_view
from benchmarks.results import Goal, Result, markdown
from benchmarks.servers import Running, Subject, UnfairError, kit, running
from benchmarks.servers import constant as on_the_kits_server
from benchmarks.sizes import SIZES, Sizes

ROOT = Path(__file__).parent.parent
TINY = Sizes(users=200, exported=20, cpu_requests=5, rounds=1, seconds=0.2, warm_up=0.1, soak_requests=100)


def bench(*arguments, tmp_path, **environ):
    """Run the command as make does; the cache is the test's own."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", "--size", "quick", "--cache", str(tmp_path), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, env=environ or None,
    )  # fmt: skip


class OneByOne(BaseHTTPRequestHandler):
    """Answers one request after the other, 200 a second at most, over however many connections."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    turn = threading.Lock()
    status = 200

    def do_GET(self):
        with self.turn:
            time.sleep(0.005)
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Be quiet."""


class Refusing(OneByOne):
    """Answers that it is busy."""

    status = 503


class Server(ThreadingHTTPServer):
    """A server that lets all of the client's connections in at once."""

    request_queue_size = 64


@contextmanager
def answering(handler):
    """Run a server in threads, and yield what the client has to know of it."""
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield Running(Subject("a stand-in", (), {}, "", {}), server.server_address[1], 0, 0.0)
        finally:
            server.shutdown()
            thread.join()


def test_cpu_part_prints_ratios_and_targets(tmp_path):
    ran = bench("cpu", tmp_path=tmp_path)
    assert ran.returncode == 0, ran.stderr
    for name in ("(c) a constant", "the kit: SQL and Stripe export", "the kit: answer kept"):
        assert name in ran.stdout
    assert ran.stdout.count("reached") == 3


def test_exports_part_builds_looks_up_and_serves_while_it_rebuilds(tmp_path):
    ran = bench("exports", tmp_path=tmp_path)
    assert ran.returncode == 0, ran.stderr
    if importlib.util.find_spec("sqlite_utils") is None:  # only make bench installs it
        told = " ".join(ran.stdout.split())
        assert "sqlite-utils not installed: pip install -r requirements/benchmark.txt" in told
        return
    for told in ("DuckDB's own aggregation", "CPU of a lookup", "p99 while the index is rebuilt"):
        assert told in ran.stdout
    assert ran.stdout.count("reached") == 7


def test_payments_are_the_same_for_a_number(tmp_path):
    made = [payments_file(tmp_path / name, 50).read_text("utf-8") for name in ("one", "two")]
    assert made[0] == made[1]
    assert len(made[0].splitlines()) == 51


def test_parts_without_wrk_say_how_to_get_it(tmp_path):
    parts = ("throughput", "postgresql", "memory", "workers")
    ran = bench(*parts, tmp_path=tmp_path, PATH=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("NOT MEASURED wrk is not installed: apt-get install wrk") == len(parts)


@pytest.mark.parametrize("arguments", [["--write", "cpu"], ["--write", "--size", "quick"]])
def test_writing_a_part_of_a_run_is_refused(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "one whole run" in result.output


def test_sqlite_database_is_whole_indexed_and_made_once(tmp_path):
    path = sqlite_database(tmp_path, 200)
    made = path.stat().st_mtime_ns
    assert sqlite_database(tmp_path, 200) == path
    assert path.stat().st_mtime_ns == made
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (200,)
        assert connection.execute("SELECT * FROM users WHERE id = 7").fetchone() == row_of(7)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {QUERY}", {"email": email_of(7)}).fetchall()
        assert "USING INDEX users_email" in plan[0][3]


def test_postgresql_holds_the_same_customers():
    try:
        with postgres_database(200) as url, psycopg.connect(url) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            found = connection.execute(QUERY.replace(":email", "%s"), [email_of(7)]).fetchone()
    except NotHereError as missing:
        pytest.skip(str(missing))
    told = (f"{value:%Y-%m-%d %H:%M:%S Z}" if hasattr(value, "year") else value for value in found)
    assert dict(zip(ANSWERED, told, strict=True)) == answer_of(7)


def test_addresses_are_the_same_for_a_seed_and_in_the_export():
    assert some_emails(1, 50, 1_000) == some_emails(1, 50, 1_000) != some_emails(2, 50, 1_000)
    numbers = {int(email.removeprefix("user").partition("@")[0]) for email in some_emails(3, 200, 1_000, 50)}
    assert len(numbers) > 10
    assert {number % 50 for number in numbers} == {0}
    assert max(numbers) <= 1_000


def test_peer_answers_refuses_and_does_not_know(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHMARK_TOKEN", TOKEN)
    monkeypatch.setenv("BENCHMARK_DATABASE", str(sqlite_database(tmp_path, 200)))
    client = orm_view.create_app().test_client()

    def ask(number, token):
        return client.get("/profile", query_string={"email": email_of(number), "api_token": token})

    assert ask(7, TOKEN).json == answer_of(7)
    assert ask(7, "wrong").status_code == 401
    assert ask(7, "é").status_code == 401
    assert ask(201, TOKEN).status_code == 404


def test_servers_answer_at_a_steady_rate_and_leave_nothing_behind(tmp_path):
    data = Kit.on(tmp_path, tmp_path, TINY)
    step = TINY.export_step
    subjects = [
        kit("kit", data.sql_and_stripe(), email_of(step), answer_of(step) | exports.answer_of(step)),
        on_the_kits_server(data.sql(), constant.PROFILE),
    ]
    for number, subject in enumerate(subjects):
        with running(subject, tmp_path / f"{number}.log") as server:
            processes = [psutil.Process(server.pid), *server.workers()]
            assert len(processes) > 1
            assert 0 < server.started < 20
            assert 0 < latency_at(server, TINY, rate=200, seed=1).p99 < 5_000
        assert not [process for process in processes if process.is_running()]


@pytest.mark.parametrize("change", [{"answer": {"id": 4}}, {"checks_token": True}])
def test_subject_that_would_not_be_measured_fairly_is_refused(tmp_path, change):
    data = Kit.on(tmp_path, tmp_path, TINY)
    fair = on_the_kits_server(data.sql(), constant.PROFILE)
    fields = {name: getattr(fair, name) for name in Subject.__slots__}
    with (
        pytest.raises(UnfairError, match="answers"),
        running(Subject(**fields | change), tmp_path / "log"),
    ):
        pass


def test_subject_that_does_not_start_says_why(tmp_path):
    subject = Subject("broken", ("no_such_module", "--port"), {}, "", {})
    with (
        pytest.raises(RuntimeError, match="No module named no_such_module"),
        running(subject, tmp_path / "log"),
    ):
        pass


def test_steady_client_counts_the_time_that_a_request_had_to_wait():
    with answering(OneByOne) as server:
        # 100 requests are due within a quarter of a second, and take at least half of one.
        hurried = latency_at(server, TINY, rate=400, seed=1).p99
        assert hurried > 200
        assert latency_at(server, TINY, rate=50, seed=1).p99 < hurried


def test_steady_client_accepts_no_refusal():
    with answering(Refusing) as server, pytest.raises(RuntimeError, match=r"it answered HTTP/1\.1 503"):
        latency_at(server, TINY, rate=40, seed=1)


def test_percentile_that_is_the_clients_own_tells_nothing():
    assert Latency(p99=4.0, client=1.0).tells
    assert not Latency(p99=4.0, client=3.0).tells


def test_growth_is_that_of_the_settled_samples():
    settling = [(1_000.0, 40.0), (5_000.0, 60.0)]
    assert memory.slope([*settling, *((n * 10_000.0, 70 + 0.2 * n) for n in range(2, 11))]) == pytest.approx(
        2.0
    )


@pytest.mark.parametrize(
    ("sign", "measured", "reached"),
    [("≤", 1.8, True), ("≤", 1.81, False), ("≥", 4.0, True), ("≥", 3.99, False), ("<", 1.0, False)],
)
def test_goal_is_reached_or_not(sign, measured, reached):
    goal = Goal("what", measured, sign, {"≤": 1.8, "≥": 4.0, "<": 1.0}[sign])
    assert goal.reached is reached
    assert ("**not reached**" in markdown(Result("Part", (), goals=[goal]))) is not reached


def test_figures_take_the_place_of_the_old_ones_on_the_page():
    before = page.PAGE.read_text("utf-8")
    result = Result("A part", ("", "µs"), [("the kit", "5")], missing=["wrk is not installed"])
    measured = page.section([result], date(2026, 11, 23), "standard", 3.0)
    after = page.renewed(page.renewed(before, "old figures"), measured)
    assert "old figures" not in after
    assert "| the kit | 5 |" in after
    assert "2026-11-23" in after
    assert "**Not measured:** wrk is not installed" in after
    with pytest.raises(ValueError, match="one pair"):
        page.renewed("no markers", measured)


def test_description_of_the_machine_names_neither_host_nor_path():
    told = page.section([], date(2026, 11, 23), "standard", 3.0)
    assert "cores" in told
    assert platform.node() not in told
    assert str(Path.home()) not in told


def test_every_size_asks_for_customers_that_are_there():
    for size in SIZES.values():
        assert size.export_step * size.exported <= size.users
