"""GET /metrics: its own token, bounded labels, nobody's data, and one count for several workers."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from hashlib import sha256

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from server_process import ServerProcess
from server_process import ask as ask_server

from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.app import create_app
from webhook_server.config import ServerSettings, Settings, SettingsError, load_settings
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.lookup import BoundSource, Limits
from webhook_server.profile.service import ProfileService
from webhook_server.profile.storage import MemoryStorage
from webhook_server.web.metrics_files import reserve
from webhook_server.web.metrics_merging import alone_in, put_together

CASEY = "casey@example.com"
DIGEST = sha256(b"metrics-canary").digest()
BEARER = {"Authorization": "Bearer metrics-canary"}
RECORD = {"id": 3, "email": CASEY, "Plan Name": "Pro", "password": "hunter2"}


class Failing(MemorySource):
    def lookup(self, email):
        raise SourceUnavailable("it did not answer")


def make_client(digest=DIGEST, fresh=0.0):
    settings = Settings(
        [sha256(b"t0ken-canary").digest()],
        [],
        server=ServerSettings(failures_per_minute=2),
        metrics_digest=digest,
    )
    sources = [
        BoundSource("app", MemorySource({CASEY: RECORD})),
        BoundSource("crm", Failing({}), limits=Limits(failures=3)),
        BoundSource("shop", MemorySource({CASEY: {"id": 4}})),
    ]
    if fresh:
        sources = sources[:1]
    cache = ProfileCache(MemoryStorage(10), CacheTimes(fresh=fresh, stale=0), secret=b"k" * 32)
    return create_app(settings, service=ProfileService(sources, cache=cache)).test_client()


def ask(client, email=CASEY, token="t0ken-canary"):  # noqa: S107 - a test's
    return client.get(f"/profile?email={email}&api_token={token}").status_code


def read(text):
    """Answer the samples by name and labels: ``requests_total{route=/profile,status=200}``."""
    return {
        f"{sample.name.removeprefix('custom_profile_')}"
        f"{{{','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client):
    response = client.get("/metrics", headers=BEARER)
    assert response.status_code == 200
    assert response.mimetype == "text/plain"
    return read(response.get_data(as_text=True))


def test_without_a_token_of_its_own_it_is_not_there():
    assert make_client(digest=None).get("/metrics", headers=BEARER).status_code == 404


def test_prometheus_is_imported_only_if_it_is_wanted():
    code = "import sys; import webhook_server.production; sys.exit('prometheus_client' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic metrics-canary"},
        {"Authorization": "Bearer t0ken-canary"},
        {"Authorization": "é"},
    ],
)
def test_without_its_token_nothing_is_told(headers):
    response = make_client().get("/metrics?api_token=t0ken-canary", headers=headers)
    assert (response.status_code, response.json["error"]) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_requests_are_counted_by_route_and_status():
    client = make_client()
    assert [ask(client), ask(client, "casey"), ask(client, token="wr0ng")] == [200, 400, 401]
    client.get("/healthz")
    client.get("/nowhere/at-all")
    client.get("/nowhere/else")
    samples = scrape(client)
    for labels, count in {
        "route=/profile,status=200": 1,
        "route=/profile,status=400": 1,
        "route=/profile,status=401": 1,
        "route=/healthz,status=200": 1,
        "route=other,status=404": 2,
    }.items():
        assert samples[f"requests_total{{{labels}}}"] == count
    assert samples["request_seconds_count{route=/profile}"] == 3
    assert scrape(client)["requests_total{route=/metrics,status=200}"] == 1


def test_sources_are_counted_by_what_came_of_them_and_breakers_are_seen():
    client = make_client()
    for _ in range(2):
        ask(client)
    samples = scrape(client)
    assert samples["source_outcomes_total{source=app,state=found}"] == 2
    assert samples["source_outcomes_total{source=crm,state=failed}"] == 2
    assert samples["source_seconds_count{source=app}"] == 2
    assert samples["source_breaker_open{source=crm}"] == 0
    ask(client)
    samples = scrape(client)
    assert samples["source_breaker_open{source=crm}"] == 1
    assert samples["source_breaker_open{source=app}"] == 0


def test_fields_that_leave_otherwise_are_counted_by_kind():
    client = make_client()
    ask(client)
    samples = scrape(client)
    assert samples["field_changes_total{kind=withheld,source=app}"] == 1
    assert samples["field_changes_total{kind=shadowed,source=shop}"] == 1
    assert samples["field_changes_total{kind=renamed,source=app}"] >= 1


def test_cache_hits_are_counted():
    client = make_client(fresh=60)
    for _ in range(3):
        ask(client)
    samples = scrape(client)
    assert samples["cache_hits_total{}"] == 2
    assert samples["source_outcomes_total{source=app,state=found}"] == 1


def test_token_failures_are_counted_by_reason_limited_or_not():
    client = make_client()
    client.get("/profile")
    client.get("/profile?api_token=a&api_token=b")
    found = [ask(client, token="wr0ng") for _ in range(3)]
    client.get("/healthz")
    samples = scrape(client)
    assert found == [429] * 3
    assert samples["token_failures_total{reason=missing}"] == 1
    assert samples["token_failures_total{reason=repeated}"] == 1
    assert samples["token_failures_total{reason=wrong}"] == 3


def test_labels_are_bounded_whatever_callers_send_and_tell_nothing_of_them():
    client = make_client()
    ask(client)
    before = len(scrape(client))
    for turn in range(50):
        ask(client, email=f"stranger{turn}@example.com")
        ask(client, token=f"guess-{turn}-canary")
        client.open(f"/path-{turn}", method=f"METHOD{turn}")
    text = client.get("/metrics", headers=BEARER).get_data(as_text=True)
    assert len(read(text)) - before < 60
    for secret in ("casey", "stranger", "canary", "Pro", "hunter2", "path-", "METHOD"):
        assert secret not in text


def load(tmp_path, **environ):
    file = tmp_path / "custom_profile.toml"
    file.write_text('[[sources]]\nname = "app"\ntype = "memory"\ncustomers = {}\n')
    return load_settings({"GROOVE_API_TOKEN": "t", "CUSTOM_PROFILE_CONFIG": str(file)} | environ)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"CUSTOM_PROFILE_METRICS_TOKEN": "t"}, "CUSTOM_PROFILE_METRICS_TOKEN: It is GROOVE_API_TOKEN too"),
        (
            {"CUSTOM_PROFILE_METRICS_TOKEN": "i", "CUSTOM_PROFILE_INVALIDATION_TOKEN": "i"},
            "CUSTOM_PROFILE_METRICS_TOKEN: It is CUSTOM_PROFILE_INVALIDATION_TOKEN too",
        ),
        ({"CUSTOM_PROFILE_METRICS_TOKEN": "changeme"}, "CUSTOM_PROFILE_METRICS_TOKEN: It is a placeholder"),
        (
            {"CUSTOM_PROFILE_METRICS_TOKEN": "m", "PROMETHEUS_MULTIPROC_DIR": "/no/such/folder"},
            "PROMETHEUS_MULTIPROC_DIR: There is no folder /no/such/folder",
        ),
    ],
)
def test_token_that_is_no_good_is_refused_at_start(tmp_path, environ, told):
    with pytest.raises(SettingsError, match=told):
        load(tmp_path, **environ)


@pytest.mark.parametrize(
    "token", ["changeme", "<your-api-token>", "YOUR_API_TOKEN", "your token", "xxxx", "..."]
)
def test_placeholder_is_no_token(tmp_path, token):
    with pytest.raises(SettingsError, match="GROOVE_API_TOKEN: It is a placeholder, not a token: set it to"):
        load(tmp_path, GROOVE_API_TOKEN=f"good-one,{token}")


def test_digests_are_kept_and_no_token(tmp_path):
    settings = load(tmp_path, CUSTOM_PROFILE_METRICS_TOKEN="metrics-canary")
    assert settings.metrics_digest == sha256(b"metrics-canary").digest()
    assert "canary" not in repr(settings)


WORKER = """
import sys
from webhook_server.app import create_app
client = create_app().test_client()
for _ in range(int(sys.argv[1])):
    assert client.get("/profile?email=casey@example.com&api_token=t0ken-canary").status_code == 200
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workers(tmp_path):
    """A function that starts a process which answers so many requests, and waits."""
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = { "casey@example.com" = { id = 3 } }\n'
    )
    folder = tmp_path / "metrics"
    folder.mkdir()
    environ = os.environ | {
        "GROOVE_API_TOKEN": "t0ken-canary",
        "CUSTOM_PROFILE_METRICS_TOKEN": "metrics-canary",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    started = []

    def start(requests, code=WORKER):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(requests)],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


SCRAPER = """
from webhook_server.app import create_app
client = create_app().test_client()
print("ready", flush=True)
print(client.get("/metrics", headers={"Authorization": "Bearer metrics-canary"}).get_data(as_text=True))
"""


def test_several_workers_count_together_and_dead_ones_leave_no_state_behind(workers, tmp_path):
    first, _second = workers(2), workers(3)
    first.kill()
    first.wait()
    died = f"gauge_livesum_{first.pid}.db"
    assert (tmp_path / "metrics" / died).exists()
    # Not communicate(): what came together with the first line is in the stream's buffer already.
    samples = read(workers(0, SCRAPER).stdout.read().decode())
    # What a dead worker counted stays counted; what it said of the moment goes.
    assert samples["requests_total{route=/profile,status=200}"] == 5
    assert samples["source_breaker_open{source=app}"] == 0
    assert not (tmp_path / "metrics" / died).exists()


def test_what_ended_workers_counted_is_put_together(workers, tmp_path):
    folder = tmp_path / "metrics"
    for round_ in (1, 2):
        for worker in [workers(2), workers(3)]:
            worker.kill()
            worker.wait()
        scraper = workers(0, SCRAPER)
        samples = read(scraper.stdout.read().decode())
        scraper.wait()
        assert samples["requests_total{route=/profile,status=200}"] == 5 * round_
        assert samples["request_seconds_count{route=/profile}"] == 5 * round_
        assert samples["request_seconds_bucket{le=+Inf,route=/profile}"] == 5 * round_
        own = {f"{kind}_{scraper.pid}.db" for kind in ("counter", "gauge_livesum", "histogram")}
        kept = {file.name for file in folder.iterdir()} - own
        assert kept == {"counter_ended.db", "histogram_ended.db", "lock"}


def test_where_there_is_no_room_to_put_it_together_nothing_is_lost(workers, tmp_path, monkeypatch):
    worker = workers(2)
    worker.kill()
    worker.wait()
    before = sorted(file.name for file in (tmp_path / "metrics").glob("[ch]*"))
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    put_together(tmp_path / "metrics")
    assert sorted(file.name for file in (tmp_path / "metrics").glob("[ch]*")) == before
    assert len(before) == 2


def test_files_are_not_put_together_while_another_reads_them(tmp_path):
    client = make_counting_client(tmp_path / "counts")
    with ThreadPoolExecutor(1) as pool:
        with alone_in(tmp_path / "counts"):
            asked = pool.submit(client.get, "/metrics", headers=BEARER)
            assert wait([asked], timeout=0.3).not_done
        assert asked.result(30).status_code == 200


def test_wrong_tokens_are_limited_in_number_and_the_right_one_is_let_in():
    client = make_client()
    wrong = {"Authorization": "Bearer wrong"}
    assert [client.get("/metrics", headers=wrong).status_code for _ in range(4)] == [401, 401, 429, 429]
    assert client.get("/metrics", headers=BEARER).status_code == 200


def make_counting_client(folder):
    settings = Settings([sha256(b"t0ken-canary").digest()], [], metrics_digest=DIGEST, metrics_folder=folder)
    sources = [BoundSource("app", MemorySource({CASEY: RECORD}))]
    return create_app(settings, service=ProfileService(sources)).test_client()


def no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_when_a_worker_starts_costs_the_metrics_and_no_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    client = make_counting_client(tmp_path / "counts")
    assert ask(client) == 200
    response = client.get("/metrics", headers=BEARER)
    assert (response.status_code, "Nothing is counted" in response.text) == (503, True)
    assert client.get("/metrics").status_code == 401
    # Half a file would be read by every other worker that is asked for what all have counted.
    assert list((tmp_path / "counts").iterdir()) == []


def test_folder_that_is_taken_away_costs_the_metrics_of_running_workers_and_no_answer(tmp_path):
    client = make_counting_client(tmp_path / "counts")
    assert client.get("/metrics", headers=BEARER).status_code == 200
    shutil.rmtree(tmp_path / "counts")
    assert (ask(client), client.get("/metrics", headers=BEARER).status_code) == (200, 503)


def test_files_of_a_worker_have_their_room_on_the_disk(tmp_path):
    folder = tmp_path / "gone since" / "counts"
    reserve(folder, 300)
    files = sorted(folder.iterdir())
    assert [file.stem.rpartition("_")[0] for file in files] == ["counter", "gauge_livesum", "histogram"]
    for file in files:
        told = file.stat()
        assert told.st_size == told.st_blocks * 512 or told.st_blocks * 512 > told.st_size
        assert told.st_size > 2 * 2**20
        assert stat.S_IMODE(told.st_mode) == 0o600
    reserve(folder, 300)
    assert {file.stat().st_size for file in files} == {2**16 + 300 * 8192}


@pytest.mark.parametrize("serve", [ServerProcess.serve, ServerProcess.gunicorn])
def test_where_nothing_can_be_written_the_server_starts_and_counts_nothing(tmp_path, free_port, serve):
    """As in a container whose file system is read-only, or on a full disk."""
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = { "casey@example.com" = { id = 3 } }\n'
    )
    nowhere = "import tempfile\ntempfile._candidate_tempdir_list = lambda: ['/dev/null']\n"
    (tmp_path / "sitecustomize.py").write_text(nowhere)
    server = serve(
        tmp_path,
        free_port,
        GROOVE_API_TOKEN="t0ken-canary",
        CUSTOM_PROFILE_METRICS_TOKEN="metrics-canary",
        WEB_CONCURRENCY="2",
        PYTHONPATH=str(tmp_path),
        GUNICORN_CMD_ARGS=f"--worker-tmp-dir={tmp_path}",  # what gunicorn itself needs is told it elsewhere
    ).until_it_answers()
    try:
        server.until_it_says('"event":"metrics_failed"', times=2)
        told = httpx.get(f"http://127.0.0.1:{free_port}/metrics", headers=BEARER, timeout=10)
        assert (told.status_code, "Nothing is counted" in told.text) == (503, True)
        assert ask_server(free_port, CASEY, "t0ken-canary") == b'{"id":3}'
        server.signal(signal.SIGTERM)
        assert server.ended(30) == 0
    finally:
        server.end()


@pytest.mark.parametrize("serve", [ServerProcess.serve, ServerProcess.gunicorn])
def test_folder_that_was_taken_away_is_made_anew_by_the_next_worker(tmp_path, free_port, serve):
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = { "casey@example.com" = { id = 3 } }\n'
    )
    (tmp_path / "tmp").mkdir()
    server = serve(
        tmp_path,
        free_port,
        GROOVE_API_TOKEN="t0ken-canary",
        CUSTOM_PROFILE_METRICS_TOKEN="metrics-canary",
        WEB_CONCURRENCY="2",
        TMPDIR=str(tmp_path / "tmp"),
    ).until_it_answers()
    try:
        (folder,) = (tmp_path / "tmp").glob("custom-profile-metrics-*")
        shutil.rmtree(folder)
        before = {worker.pid for worker in server.workers()}
        server.signal(signal.SIGHUP)
        deadline = time.monotonic() + 40
        while before & {worker.pid for worker in server.workers() if worker.status() != "zombie"}:
            assert time.monotonic() < deadline, server.text()
            time.sleep(0.1)
        assert b'"id":3' in ask_server(free_port, CASEY, "t0ken-canary").replace(b" ", b"")
        assert folder.is_dir()
        assert "Traceback" not in server.text()
    finally:
        server.end()
