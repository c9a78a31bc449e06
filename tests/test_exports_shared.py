"""The index in a database that replicas share: one builder among machines, whole generations."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from dataclasses import replace

import psycopg
import pytest
import structlog
from exports_folder import ExportsFolder, email
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from structlog.testing import capture_logs

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.exports import database_builder, rebuilding
from adapters.exports import index as exports_index
from adapters.exports.builder import COMMAND
from adapters.exports.building import build
from adapters.exports.database_builder import DatabaseBuilder
from adapters.exports.database_tables import INDEXES
from adapters.exports.generation import Generation
from adapters.exports.locks import BusyError
from adapters.exports.report import Report
from adapters.stripe_export import StripeExportSource
from adapters.time_limit import time_limit
from webhook_server.config import SettingsError, load_settings
from webhook_server.wiring import build_service


class Machine:
    """A replica: a folder with the same exports as all others, and a source on the shared database."""

    def __init__(self, folder, url):
        (folder / "stripe").mkdir(parents=True)
        self.folder = ExportsFolder(folder / "stripe")
        self.url = url
        self.source = StripeExportSource(
            payments=str(self.folder.path), index=str(folder / "work"), index_url=url
        )
        self.job = self.source.job

    def generation(self, number=0):
        return self.folder.generation_of(self.source.lookup(email(number)))

    def state(self):
        """The number of the generation, and who builds."""
        builder = DatabaseBuilder(self.url, self.job.key)
        with builder._engine.connect() as connection:
            row = connection.execute(INDEXES.select()).one()
        builder._engine.dispose()
        return row.generation, row.builder

    def tables(self):
        """The numbers of the generations that have a table."""
        builder = DatabaseBuilder(self.url, self.job.key)
        names = database_builder.inspect(builder._engine).get_table_names()
        builder._engine.dispose()
        return sorted(int(name.rpartition("_")[2]) for name in names if self.job.key in name)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    server = request.getfixturevalue(
        {"postgresql": "postgres_server", "mariadb": "mariadb_server"}[request.param]
    )
    return server.create_users(1).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def machines(tmp_path, url, monkeypatch):
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(rebuilding, "SETTLED", 0.2)
    made = [Machine(tmp_path / name, url) for name in ("one", "two")]
    yield made
    for machine in made:
        machine.source.close()


def test_what_one_machine_built_serves_all(machines):
    one, two = machines
    for machine in machines:
        machine.folder.write(2)
    assert one.job.key == two.job.key
    assert one.generation(7) == 2
    first = one.state()
    assert two.generation(7) == 2
    assert one.state() == first, "the second machine built it again"
    assert two.source.lookup("nobody@example.com") is None
    found = {finding.id: finding.message for finding in two.source.examine()}
    assert found["export-read"] == "400 rows, 200 addresses"
    one.folder.write(3)
    assert one.generation() == 3
    with time_limit(2.0):
        assert two.generation() == 3, "the other machine serves it too, before its own files have come"
    second = one.state()
    two.folder.write(3)
    assert two.generation() == 3
    assert two.state() == second != first
    assert first[1] == second[1] == "", "nobody builds any more"


@pytest.mark.parametrize("apart", [0, 1, 3600], ids=["at once", "a second later", "an hour later"])
def test_of_machines_with_different_files_the_newest_serve_all_and_the_others_say_so(machines, apart):
    one, two = machines
    one.folder.write(2)
    two.folder.write(3)
    os.utime(one.folder.path, (1_700_000_000,) * 2)
    os.utime(two.folder.path, (1_700_000_000 + apart,) * 2)
    states = set()
    structlog.configure()
    try:
        with capture_logs() as logged:
            one.generation(), two.generation()
            for _ in range(5):
                assert one.generation() == two.generation()
                states.add(one.state())
    finally:
        structlog.reset_defaults()
    assert len(states) == 1, "they build over each other"
    assert one.generation() == 3 or not apart
    older = one if one.generation() == 3 else two
    found = {finding.id: finding for finding in older.source.check()}
    assert found["export-older"].severity == "warning"
    newer = two if older is one else one
    assert "export-older" not in {finding.id for finding in newer.source.check()}
    told = [line for line in logged if line["event"] == "export_index_older"]
    assert [line["files"] for line in told] == [[str(older.folder.path)]]
    with pytest.raises(SourceDataError, match="older than those of another machine"):
        older.source.build_index()
    assert one.state() in states


def test_doctor_of_the_older_machine_says_so_at_once_and_that_nothing_was_built(machines):
    one, two = machines
    one.folder.write(3)
    assert one.generation() == 3
    two.folder.write(2)
    os.utime(two.folder.path, (1_700_000_000,) * 2)
    with capture_logs() as logged:
        found = {finding.id for finding in two.source.examine()}
    assert "export-older" in found
    assert "export_index_built" not in [line["event"] for line in logged]


def test_older_files_serve_all_when_somebody_says_that_they_are_right(machines):
    one, two = machines
    one.folder.write(3)
    assert one.generation() == 3
    before = one.state()
    for machine in machines:
        machine.folder.write(2)
        os.utime(machine.folder.path, (1_600_000_000,) * 2)
    assert one.generation() == two.generation() == 3
    one.source.build_index(accept=True)
    for _ in range(3):
        assert one.generation() == two.generation() == 2
    assert one.state() != before


def test_only_two_generations_are_kept(machines):
    one, _ = machines
    served = []
    for generation in (1, 2, 3, 4):
        one.folder.write(generation)
        assert one.generation() == generation
        served.append(one.state()[0])
    assert one.tables() == served[2:]


def test_builder_under_way_on_another_machine_is_waited_for(machines, monkeypatch):
    monkeypatch.setattr(database_builder, "BEAT", 0.1)
    one, two = machines
    one.folder.write(1)
    two.folder.write(1)
    other = DatabaseBuilder(one.url, one.job.key)
    with other.leased(), pytest.raises(BusyError):
        build(two.job)
    assert build(two.job).report.addresses == 200


def test_lease_of_a_dead_builder_lapses(machines, monkeypatch):
    monkeypatch.setattr(database_builder, "BEAT", 0.1)
    monkeypatch.setattr(database_builder, "LEASE", 0.5)
    one, _ = machines
    one.folder.write(1)
    build(one.job)
    dead = DatabaseBuilder(one.url, one.job.key)
    dead._acquire()
    started = time.monotonic()
    build(replace(one.job, force=True))
    assert 0.4 < time.monotonic() - started < 10
    with pytest.raises(SourceUnavailable, match="another machine took over"):
        dead.finish(Generation([], (), 0.0, Report()))
    assert one.generation() == 1
    dead._engine.dispose()


def test_interrupted_builder_removes_what_it_has_written(machines):
    one, _ = machines
    one.folder.write(1)
    build(one.job)
    served = one.tables()
    builder = DatabaseBuilder(one.url, one.job.key)

    def interrupted():
        yield [(1, email(0), "[]")]
        assert one.tables() != served
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), builder.leased():
        builder.write(interrupted())
    assert one.tables() == served
    assert one.state() == (served[0], "")


def test_builder_removes_what_a_killed_one_has_written_also_where_nothing_is_to_be_built(
    machines, monkeypatch
):
    monkeypatch.setattr(database_builder, "BEAT", 0.1)
    monkeypatch.setattr(database_builder, "LEASE", 0.5)
    one, _ = machines
    one.folder.write(1)
    build(one.job)
    served = one.tables()
    killed = DatabaseBuilder(one.url, one.job.key)
    killed._acquire()
    killed.write([[(1, email(0), "[]")]])
    killed._engine.dispose()
    assert one.tables() != served
    build(one.job)
    assert one.tables() == served
    assert one.generation() == 1


def test_builder_whose_parent_ends_while_it_writes_leaves_no_table(machines):
    one, _ = machines
    one.folder.customers = 20_000
    one.folder.write(2)
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    with process:
        process.stdin.write(one.job.as_json() + "\n")
        process.stdin.flush()
        while process.poll() is None and not one.tables():
            time.sleep(0.01)
    number, builder = one.state()
    assert builder == ""
    assert one.tables() == ([number] if number else []), "number 0: no generation is served"
    assert not list(one.job.place.glob("building-*"))


def test_eight_builders_make_one_generation(machines, monkeypatch):
    monkeypatch.setattr(database_builder, "BEAT", 0.05)
    one, _ = machines
    one.folder.write(2)
    ends = []

    def run(number):
        place = one.folder.index.with_name(f"work-{number}")
        try:
            ends.append(build(replace(one.job, folder=str(place))).report.addresses)
        except BusyError:
            ends.append("busy")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 200 in ends
    assert set(ends) <= {200, "busy"}
    assert one.tables() == [one.state()[0]]
    assert one.state()[1] == ""


def test_builder_that_was_stopped_for_long_disturbs_nobody_when_it_goes_on(machines, monkeypatch):
    """It wakes up in the midst of its writing, while another machine writes what goes in its place."""
    monkeypatch.setattr(database_builder, "BEAT", 0.1)
    monkeypatch.setattr(database_builder, "LEASE", 0.5)
    one, two = machines
    one.folder.write(1)
    build(one.job)
    before = one.generation()
    two.folder.write(2)
    stopped = DatabaseBuilder(one.url, one.job.key)
    stopped._acquire()
    told = []

    def as_it_goes_on():
        yield [(1, email(0), "[]")]
        yield from written()

    def written():
        build(two.job)
        yield [(2, email(1), "[]")]

    try:
        stopped.write(as_it_goes_on())
    except SourceUnavailable as error:
        told.append(str(error))
    assert told == ["another machine took over the building of this index"]
    stopped._engine.dispose()
    assert before == 1
    assert [two.generation(number) for number in (0, 1, 199)] == [2, 2, 2]


def test_database_that_is_away_is_told_without_its_password(tmp_path, free_port):
    machine = Machine(tmp_path, f"postgresql+psycopg://app:s3cr3t-canary@127.0.0.1:{free_port}/app")
    machine.folder.write(1)
    with pytest.raises(SourceUnavailable) as error:
        machine.source.lookup(email(0))
    assert str(error.value) == (
        f"the shared index cannot be written: nothing listens at 127.0.0.1:{free_port}"
    )
    (found,) = machine.source.check()
    assert found.fix == "Start the database, or mend host and port in the url."
    assert "s3cr3t" not in str(error.value) + repr(found)
    machine.source.close()


def test_role_that_may_not_create_tables_is_told(tmp_path, postgres_server):
    url = postgres_server.create_users(1)
    with psycopg.connect(url, autocommit=True) as connection:
        password = psycopg.conninfo.conninfo_to_dict(url)["password"]
        connection.execute(f"CREATE ROLE index_reader LOGIN PASSWORD '{password}'")
    machine = Machine(tmp_path, url.replace("postgresql://app", "postgresql+psycopg://index_reader"))
    machine.folder.write(1)
    told = "the shared index cannot be written: the user 'index_reader' may not create or change tables there"
    with pytest.raises(SourceUnavailable, match=told):
        machine.source.lookup(email(0))
    (found,) = machine.source.check()
    assert found.fix.startswith("Let it create, write and drop tables there")
    machine.source.close()


@pytest.mark.parametrize(
    ("setting", "told", "fix"),
    [
        ("default_transaction_read_only%3Don", "the database takes no writes", "primary"),
        ("statement_timeout%3D200", "the database stopped a statement that took longer", "statement_timeout"),
    ],
    ids=["read-only", "statement timeout"],
)
def test_database_that_takes_no_writes_or_stops_statements_is_told(
    tmp_path, postgres_server, setting, told, fix
):
    url = postgres_server.create_users(1)
    machine = Machine(tmp_path, url.replace("postgresql://", "postgresql+psycopg://"))
    machine.folder.write(1)
    build(machine.job)
    machine.folder.write(2)
    mark = "&" if "?" in machine.url else "?"
    job = replace(machine.job, url=f"{machine.url}{mark}options=-c%20{setting}")
    with psycopg.connect(url) as holder:
        if "timeout" in setting:
            holder.execute("LOCK TABLE custom_profile_indexes")
        with pytest.raises(SourceUnavailable, match=f"the shared index cannot be written: {told}") as error:
            build(job)
    assert fix in error.value.fix
    machine.source.close()


def test_addresses_are_not_in_the_shared_database(tmp_path):
    machine = Machine(tmp_path, f"sqlite:///{tmp_path / 'shared.db'}")
    machine.folder.write(1)
    assert machine.generation() == 1
    with sqlite3.connect(tmp_path / "shared.db") as connection:
        assert not [line for line in connection.iterdump() if "@example.com" in line]
    connection.close()
    machine.source.close()


def test_two_sources_that_would_answer_with_each_others_customers_are_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    sources = []
    for place in ("eu", "us"):
        (tmp_path / place / "stripe").mkdir(parents=True)
        sources.append(
            f'[[sources]]\nname = "{place}"\ntype = "stripe_export"\nindex_url = "{url}"\n'
            f'payments = "{place}/stripe/payments.csv"\n'
        )
    (tmp_path / "custom_profile.toml").write_text("\n".join(sources))
    environ = {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "tok-en"}
    with pytest.raises(
        SettingsError, match="sources 2: It would share one index with eu, whose files differ"
    ):
        build_service(load_settings(environ))
    (tmp_path / "custom_profile.toml").write_text(
        "\n".join([sources[0], sources[0].replace('"eu"', '"again"', 1)])
    )
    build_service(load_settings(environ)).close()


def test_check_sees_that_the_shared_database_is_away_though_a_generation_was_served(
    tmp_path, postgres_server
):
    machine = Machine(
        tmp_path, postgres_server.create_users(1).replace("postgresql://", "postgresql+psycopg://")
    )
    machine.folder.write(1)
    assert machine.generation() == 1
    away = SourceUnavailable("the shared index: the database does not answer")

    def fail():
        raise away

    machine.source._index._store.look = fail
    found = {finding.id: finding for finding in machine.source.check()}
    assert (found["export-read"].severity, found["export-read"].message) == ("error", str(away))
    machine.source.close()
