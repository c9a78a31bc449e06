"""The index of exports: whole generations, one builder, and what happens when anything goes wrong."""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
import structlog
from exports_folder import ExportsFolder, email, told
from structlog.testing import capture_logs

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.exports import builder_process, places, rebuilding, sqlite_index
from adapters.exports import index as exports_index
from adapters.exports.builder import Builder
from adapters.exports.generation import Generation
from adapters.exports.report import Report
from adapters.stripe_export import StripeExportSource
from adapters.time_limit import time_limit
from webhook_server import production
from webhook_server.config import load_settings


@pytest.fixture
def folder(tmp_path):
    return ExportsFolder(tmp_path)


@pytest.fixture
def source(folder):
    source = StripeExportSource(**folder.settings)
    yield source
    source.close()


def generation(folder, source, number=0):
    return folder.generation_of(source.lookup(email(number)))


def findings(source):
    return {found.id: found.message for found in source.check()}


@pytest.fixture
def quick(monkeypatch):
    """Look at the files with every lookup, and let them settle in a moment."""
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(rebuilding, "SETTLED", 0.2)


@pytest.mark.timing
def test_caller_with_a_time_limit_is_served_the_old_generation_meanwhile(folder, source, quick):
    folder.write(1)
    assert generation(folder, source) == 1
    folder.write(2)
    started = time.monotonic()
    with time_limit(2.0):
        assert generation(folder, source) == 1
        assert time.monotonic() - started < 0.5
        while generation(folder, source) == 1:
            assert time.monotonic() - started < 20
            time.sleep(0.02)
    assert generation(folder, source) == 2


@pytest.mark.timing
def test_first_generation_is_waited_for_as_long_as_the_caller_does(folder, source):
    folder.write(1)
    started = time.monotonic()
    with time_limit(0.05), pytest.raises(SourceUnavailable, match="read for the first time"):
        source.lookup(email(0))
    assert time.monotonic() - started < 0.5
    assert generation(folder, source) == 1


def test_index_outlives_its_process_and_is_served_without_reading_the_files(folder, source, monkeypatch):
    folder.write(1)
    assert generation(folder, source) == 1
    monkeypatch.setattr(Builder, "run", lambda *_: pytest.fail("it was built again"))
    again = StripeExportSource(**folder.settings)
    assert generation(folder, again) == 1
    assert findings(again) == findings(source)
    again.close()


def test_server_never_imports_duckdb(folder):
    folder.write(1)
    script = (
        "import sys; from adapters.stripe_export import StripeExportSource; "
        f"source = StripeExportSource(**{folder.settings!r}); "
        f"assert source.lookup({email(0)!r}); list(source.examine()); source.close(); "
        "assert not [name for name in sys.modules if 'duckdb' in name]; print('served')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("served\n", 0), done.stderr


def test_file_and_folder_are_private(folder, source):
    folder.write(1)
    source.lookup(email(0))
    place = folder.job.place
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (place, *place.iterdir())}
    assert modes == {place.name: 0o700, "index.sqlite": 0o600, "lock": 0o600}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of somebody else's")
def test_folder_of_somebody_else_is_neither_read_nor_written(folder, source):
    folder.write(1)
    assert generation(folder, source) == 1
    os.chown(folder.job.place, 12345, -1)
    other = StripeExportSource(**folder.settings)
    with pytest.raises(SourceUnavailable, match="is not a folder of this user: set index to another one"):
        other.lookup(email(0))


def test_default_folder_is_this_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path))
    assert places.default_folder() == tmp_path / f"custom-profile-{os.getuid()}"
    monkeypatch.setattr(places.tempfile, "tempdir", "/tmp")  # noqa: S108
    monkeypatch.setattr(places, "LASTING", tmp_path)
    assert places.default_folder().parent == tmp_path


@pytest.mark.parametrize("damage", [b"", b"no database", None])
def test_damaged_index_is_built_anew(folder, source, damage):
    folder.write(1)
    assert generation(folder, source) == 1
    path = folder.job.place / "index.sqlite"
    if damage is None:
        whole = path.read_bytes()
        damage = whole[: len(whole) // 2]
    path.unlink()
    path.write_bytes(damage)
    path.chmod(0o600)
    other = StripeExportSource(**folder.settings)
    with suppress(SourceUnavailable):  # the lookup that meets the damage
        other.lookup(email(150))
    assert generation(folder, other, 150) == 1
    other.close()


def test_index_of_another_program_is_left_alone_and_not_served(folder, source):
    folder.write(1)
    folder.job.place.mkdir(parents=True, mode=0o700)
    with sqlite3.connect(folder.job.place / "index.sqlite") as connection:
        connection.execute("CREATE TABLE records (email TEXT, record TEXT)")
    connection.close()
    assert generation(folder, source) == 1


def index_file(folder):
    path = folder.job.place / "index.sqlite"
    return path.stat().st_ino if path.exists() else None


def test_server_notices_new_files_though_nobody_asks(folder, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(production, "WATCH_EVERY", 0.05)
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "billing"\ntype = "stripe_export"\npayments = "payments.csv"\nindex = "index"\n'
    )
    folder.write(1)
    environ = {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "tok-en"}
    app = production.create_app(load_settings(environ))
    threads, before = threading.active_count(), None
    for generation in (1, 2):
        folder.write(generation)
        due = time.monotonic() + 20
        while (made := index_file(folder)) in {None, before}:
            assert time.monotonic() < due, "nobody looked"
            time.sleep(0.02)
        before = made
    app.extensions["custom_profile"].close()
    while threading.active_count() >= threads:
        assert time.monotonic() < due, "it goes on looking"
        time.sleep(0.02)


# --- files that are not whole ---------------------------------------------------------------------------


def test_file_that_breaks_off_does_not_replace_what_is_there(folder, source, quick):
    folder.write(2)
    assert generation(folder, source) == 2
    whole = folder.text(3)
    folder.path.write_text(whole[: len(whole) // 2 - 3], encoding="utf-8")
    assert generation(folder, source, 199) == 2
    assert "breaks off there; was it cut, or is it still being copied?" in findings(source)["export-stale"]
    folder.path.write_text(whole, encoding="utf-8")
    assert generation(folder, source, 199) == 3
    assert set(findings(source)) == {"export-read"}


@pytest.mark.parametrize(
    ("cut", "problem"),
    [
        (lambda text: text[:-5], "its last line has no end, as those of the exports before had"),
        (lambda text: text[: text.index("\n") + 1], "it has no row that can be read, and had 400 before"),
    ],
    ids=["within the last cell", "after the header"],
)
def test_file_that_looks_cut_replaces_nothing_until_somebody_says_that_it_is_right(
    folder, source, quick, cut, problem
):
    folder.write(2)
    assert generation(folder, source, 199) == 2
    folder.path.write_text(cut(folder.text(3)), encoding="utf-8")
    assert generation(folder, source, 199) == 2
    told = findings(source)["export-stale"]
    assert problem in told
    assert "custom-profile index --accept" in told
    with pytest.raises(SourceDataError, match=problem):
        source.build_index()
    source.build_index(accept=True)
    assert set(findings(source)) == {"export-read"}


def test_files_that_never_ended_with_a_line_break_are_no_cut_ones(folder, source, quick):
    for number in (1, 2):
        folder.path.write_text(folder.text(number).rstrip(), encoding="utf-8")
        assert generation(folder, source, 199) == number
    assert set(findings(source)) == {"export-read"}


def test_file_that_is_still_being_copied_is_waited_for(folder, source, quick):
    folder.write(1)
    assert generation(folder, source) == 1
    whole = folder.text(2)
    lines = whole.splitlines(keepends=True)
    with folder.path.open("w", encoding="utf-8") as stream, time_limit(5.0):
        for start in range(0, len(lines), 40):
            stream.write("".join(lines[start : start + 40]))
            stream.flush()
            assert generation(folder, source, 199) == 1
            time.sleep(0.05)
    while generation(folder, source, 199) == 1:
        time.sleep(0.02)
    assert generation(folder, source, 199) == 2


def test_file_that_is_gone_leaves_the_last_generation_in_service(folder, source, quick):
    folder.write(1)
    assert generation(folder, source) == 1
    folder.path.unlink()
    structlog.configure()
    try:
        with capture_logs() as logged:
            for _ in range(3):
                assert generation(folder, source) == 1
    finally:
        structlog.reset_defaults()
    assert [line["event"] for line in logged] == ["export_index_stale"]
    assert "no file is there at" in findings(source)["export-stale"]


def test_failed_build_is_told_to_other_processes_and_not_repeated(folder, source, monkeypatch):
    folder.path.write_text("nothing,of,stripe\n", encoding="utf-8")
    with pytest.raises(SourceDataError, match="there is no column 'created'"):
        source.lookup(email(0))
    monkeypatch.setattr(Builder, "run", lambda *_: pytest.fail("it was tried again"))
    for asked in (source, StripeExportSource(**folder.settings)):
        with pytest.raises(SourceDataError, match="there is no column 'created'"):
            asked.lookup(email(0))


def test_builder_that_cannot_start_or_dies_is_told(folder, source, monkeypatch):
    folder.write(1)
    monkeypatch.setattr("adapters.exports.builder.COMMAND", ("/nowhere/python",))
    with pytest.raises(SourceUnavailable, match="no builder can be started: No such file"):
        source.lookup(email(0))
    monkeypatch.setattr("adapters.exports.builder.COMMAND", ("/bin/sh", "-c", "kill -9 $$"))
    with pytest.raises(SourceUnavailable, match="ended by itself: signal 9; was there too little memory"):
        StripeExportSource(**folder.settings).lookup(email(0))


def test_builder_ends_with_whoever_asked_for_it(folder):
    folder.customers = 20_000
    folder.write(3)
    process = folder.start_builder()
    time.sleep(0.4)
    process.stdin.close()
    assert process.wait(10) == 1
    process.stdout.close()


# --- eight builders, kills and a full disk --------------------------------------------------------------


@pytest.mark.parametrize("force", [False, True], ids=["in the background", "by command"])
def test_builder_of_what_is_served_stands_behind_the_server(folder, source, force, monkeypatch):
    folder.write(1)
    told = []
    monkeypatch.setattr(os, "nice", told.append)
    monkeypatch.setattr(builder_process, "Thread", lambda **_: threading.Thread())
    monkeypatch.setattr(builder_process, "build", lambda job, _: told.append(job.threads))
    monkeypatch.setattr(builder_process, "_say", lambda **_: None)

    def start():
        told.clear()
        monkeypatch.setattr(sys, "stdin", io.StringIO(replace(source.job, force=force).as_json() + "\n"))
        before = signal.getsignal(signal.SIGTERM)
        builder_process.main()
        assert signal.getsignal(signal.SIGTERM) is before, "of a process that only calls it"
        return list(told)

    assert start() == [0]  # there is nothing yet: whoever asked waits for it
    assert source.lookup(email(0)) is not None
    assert start() == [19, 0 if force else max(1, len(os.sched_getaffinity(0)) // 2)]


def test_of_eight_builders_one_builds(folder):
    folder.write(2)
    ends = [told(process) for process in [folder.start_builder() for _ in range(8)]]
    assert all(end in ({"done": True}, {"busy": True}) for end in ends), ends
    assert {"done": True} in ends
    assert folder.left() == {"index.sqlite", "lock"}
    made = (folder.job.place / "index.sqlite").stat()
    assert folder.build() == {"done": True}
    again = (folder.job.place / "index.sqlite").stat()
    assert (made.st_ino, made.st_mtime_ns) == (again.st_ino, again.st_mtime_ns), "it was built twice"


def test_of_eight_who_ask_for_a_build_at_once_one_builds_and_the_others_find_it_done(folder, monkeypatch):
    folder.write(2)
    assert folder.build() == {"done": True}
    sources = [StripeExportSource(**folder.settings) for _ in range(8)]
    started = []
    run = Builder.run
    monkeypatch.setattr(Builder, "run", lambda *given: started.append(given) or run(*given))
    made = {index_file(folder)}
    with ThreadPoolExecutor(8) as threads:
        builds = [threads.submit(source.build_index) for source in sources]
        while not all(build.done() for build in builds):
            made.add(index_file(folder))
            time.sleep(0.005)
    assert {build.result().addresses for build in builds} == {200}
    assert len(made) == 2, "it was built more than once more"
    assert len(started) < 8 * 4, "processes were started in vain"
    for source in sources:
        source.close()


def test_workers_that_start_together_wait_for_the_one_that_builds(folder):
    folder.write(2)
    sources = [StripeExportSource(**folder.settings) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda source: generation(folder, source), sources))
    assert found == [2, 2, 2, 2]
    for source in sources:
        source.close()


class Readers:
    """Threads that look up all the time, and note what is wrong with the answers."""

    def __init__(self, folder, source, count=2):
        self.folder, self.source = folder, source
        self.newest, self.answers, self.wrong = 1, 0, []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.read, args=(seed,)) for seed in range(count)]

    def read(self, seed):
        choose = random.Random(seed)
        last = 1
        with time_limit(3600.0):
            while not self.is_over.is_set():
                try:
                    found = generation(self.folder, self.source, choose.randrange(self.folder.customers))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
                    self.wrong.append(repr(error))
                    continue
                if not last <= found <= self.newest:
                    self.wrong.append(f"{found} after {last}, the newest is {self.newest}")
                last = found
                self.answers += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def kill_builders(folder, source, monkeypatch, cycles):
    """Kill a builder at a random moment, again and again; answer the readers and how many lived."""
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(rebuilding, "SETTLED", 3600.0)
    waited = []
    choose = random.Random(8)
    folder.write(1)
    assert generation(folder, source) == 1
    monkeypatch.setattr(exports_index.Index, "_wait_for_first", lambda _: waited.append("no generation"))
    lived = 0
    with Readers(folder, source) as readers:
        # Moments come from twice the time of a build beside the readers, and follow the machine: of three
        # builders about one is to be done.
        readers.newest = 32
        folder.write(readers.newest)
        began = time.monotonic()
        assert folder.build() == {"done": True}
        longest = 2 * (time.monotonic() - began)
        for cycle in range(cycles):
            readers.newest += 1 if cycle < 30 else cycle % 2
            folder.write(readers.newest)
            process = folder.start_builder()
            time.sleep(choose.uniform(0.0, longest))
            is_done = process.poll() is not None
            lived += is_done
            longest *= 0.95 if is_done else 1.03
            process.send_signal(signal.SIGKILL)
            told(process)
    monkeypatch.undo()
    readers.wrong += waited
    return readers, lived


def check_after_kills(folder, source, readers):
    assert readers.wrong == []
    assert readers.answers > 1_000
    assert folder.build() == {"done": True}
    assert folder.left() == {"index.sqlite", "lock"}
    # The files are looked at from time to time: what is new is served soon, and nothing older after it.
    due = time.monotonic() + 5
    while generation(folder, source, 7) != readers.newest:
        assert time.monotonic() < due, "what was built last is not served"
        time.sleep(0.05)


def test_killed_builder_costs_no_answer_and_leaves_nothing(folder, source, monkeypatch):
    readers, _ = kill_builders(folder, source, monkeypatch, 8)
    check_after_kills(folder, source, readers)


def test_builder_whose_parent_ends_leaves_nothing(folder):
    folder.customers = 20_000
    folder.write(8)
    with folder.start_builder() as process:
        while not (folder.job.place.exists() and any(name.startswith("building-") for name in folder.left())):
            assert process.poll() is None
            time.sleep(0.01)
        process.stdin.close()
        process.wait(60)
    assert not {name for name in folder.left() if name.startswith("building-")}


@pytest.mark.prove
def test_builder_killed_three_hundred_times_costs_no_answer(folder, source, monkeypatch):
    readers, lived = kill_builders(folder, source, monkeypatch, 300)
    print(f"{readers.answers} answers, {lived} of 300 builders were done before they were killed")
    assert 30 < lived < 270, "the kills did not hit builds at work"
    check_after_kills(folder, source, readers)


def full_at(limit):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limited


def fill_the_disk(folder, source, offsets):
    """Build with room for so many bytes in a file only; answer what was told for each."""
    folder.write(1)
    assert generation(folder, source) == 1
    folder.write(2)
    told_for = {}
    for offset in offsets:
        told_for[offset] = folder.build(preexec_fn=full_at(offset))
        with time_limit(1.0):
            assert generation(folder, source, 7) in ((1,) if "failed" in told_for[offset] else (1, 2))
        assert {name for name in folder.left() if name.startswith("building-")} == set()
    return told_for


def test_full_disk_leaves_the_last_generation_in_service(folder, source, monkeypatch):
    monkeypatch.setattr(rebuilding, "SETTLED", 3600.0)
    told_for = fill_the_disk(folder, source, [0, 1, 4096, 9000, 30_000])
    for offset, end in told_for.items():
        assert end.get("failed") == "unavailable", (offset, end)
        assert "the index cannot be" in end["message"]
    assert stat.S_IMODE((source.job.place / "failed.json").stat().st_mode) == 0o600
    (stale,) = [each for each in source.check() if each.id == "export-stale"]
    assert stale.fix == "Make room there, or set index to another folder; it is tried again by itself."
    assert folder.build() == {"done": True}
    assert folder.left() == {"index.sqlite", "lock"}


@pytest.mark.prove
def test_full_disk_at_every_offset(folder, source, monkeypatch):
    monkeypatch.setattr(rebuilding, "SETTLED", 3600.0)
    size = 60_000
    told_for = fill_the_disk(folder, source, range(0, size, 512))
    failed = [offset for offset, end in told_for.items() if "failed" in end]
    print(f"{len(failed)} of {len(told_for)} offsets failed, each with a clear error")
    assert len(failed) > 20
    assert folder.build() == {"done": True}


def test_addresses_with_one_number_are_all_found(tmp_path, monkeypatch):
    records = [
        (5, "a@b.c", '[["a"]]'),
        (5, "b@b.c", '[["b"]]'),
        (6, "c@b.c", '[["c"]]'),
        (9, "d@b.c", '[["d"]]'),
    ]
    numbers = {email: number for number, email, _ in records} | {"e@b.c": 5, "f@b.c": 8}
    monkeypatch.setattr(sqlite_index, "number_of", numbers.get)
    place = tmp_path / "index"
    (place / "aside").mkdir(parents=True)
    made = place / "aside" / sqlite_index.NAME
    assert sqlite_index.write_records(made, [records[:1], records[1:]]) == 4
    generation = Generation([("letter", "text")], (), 0.0, Report())
    sqlite_index.finish(made, generation, place / sqlite_index.NAME)
    index = sqlite_index.SqliteIndex(place)
    assert index.look() is not None
    found = {email: index.get(email) for email in numbers}
    index.close()
    assert {email: kept[0].first(kept[1])["letter"] for email, kept in found.items() if kept} == {
        "a@b.c": "a", "b@b.c": "b", "c@b.c": "c", "d@b.c": "d",
    }  # fmt: skip
