"""The demo as a person runs it: two real servers, one customer shown, and nothing left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from example import CASEY

from sample_data.build import build
from sample_data.guard import PATIENCE
from sample_data.presentation import curl_line

DEMO = [sys.executable, "-m", "custom_profile", "demo"]
GUARD = (
    "import sys, sample_data.guard as g; g.PATIENCE, g.STARTING_PATIENCE = map(float, sys.argv[1:3]);"
    " sys.exit(g.guard(sys.argv[3:]))"
)
# Is told to end, and has something to finish.
TIDY = """
import signal, sys, time
def finish(*_):
    time.sleep(0.5)
    sys.exit(7)
signal.signal(signal.SIGTERM, finish)
print("up", flush=True)
time.sleep(60)
"""
# Ends nicely for nobody, and has a child that does not either.
DEAF = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
DEAF_CHILD = f"{DEAF}; print('up', flush=True); time.sleep(60)"
STUBBORN = (
    f"{DEAF}; import subprocess; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]]);"
    " print(child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    directory = tmp_path_factory.mktemp("demo") / "company"
    build(directory)
    return directory


@pytest.fixture
def ports(free_ports):
    return free_ports(2)


def port_options(ports):
    return ["--port", str(ports[0]), "--helpdesk-port", str(ports[1])]


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def run(*arguments, cwd=None, **variables):
    return subprocess.run(
        [*DEMO, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@contextmanager
def running_demo(*arguments, **variables):
    """Start the demo, wait until it stays, and give it, what it has written and every process it started."""
    process = subprocess.Popen(
        [*DEMO, *map(str, arguments)],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        written = []
        for line in process.stdout:
            written.append(line)
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail(f"The demo ended: {process.stderr.read()}")
        yield process, "".join(written), psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.communicate()


def assert_gone(children, ports, within):
    _, alive = psutil.wait_procs(children, timeout=within)
    # A container's first process may not collect what has ended: that is a zombie, and runs no more.
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert all(map(is_free, ports))


def test_once_shows_the_customer_and_leaves_nothing_running(tmp_path, ports):
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    done = run("--once", *port_options(ports), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Made the sample company in custom-profile-demo\n" in done.stdout
    answer = done.stdout[done.stdout.index("  {\n") : done.stdout.index("  }\n") + 4]
    assert list(json.loads(answer).items()) == list(CASEY.items())
    assert "$150.00 last charge" in done.stdout
    curl = f"curl 'http://127.0.0.1:{ports[0]}/profile?email=casey@example.com&api_token=demo-token'\n"
    assert curl in done.stdout
    assert "\x1b" not in done.stdout
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before
    assert all(map(is_free, ports))


def test_ctrl_c_ends_both_and_no_token_is_shown(company, ports):
    arguments = ["--directory", company, *port_options(ports)]
    with running_demo(*arguments, GROOVE_API_TOKEN="fresh-secret,old-secret") as (demo, written, children):
        assert f"Using the sample company in {company}\n" in written
        assert f"http://127.0.0.1:{ports[1]}\n" in written
        for token, status in (("fresh-secret", 200), ("old-secret", 200), ("demo-token", 401)):
            url = f"http://127.0.0.1:{ports[0]}/profile"
            answer = httpx.get(
                url, params={"email": "casey@example.com", "api_token": token}, trust_env=False
            )
            assert answer.status_code == status
        page = httpx.get(f"http://127.0.0.1:{ports[1]}/", follow_redirects=True, trust_env=False)
        assert page.status_code == 200
        assert "Thirteen years later" in page.text
        assert "nothing is kept" in page.text
        assert f"change its file: {company / 'templates' / 'customer.liquid'}\n" in written
        assert len(children) >= 4
        assert os.getsid(demo.pid) not in {os.getsid(child.pid) for child in children}
        shown = written + " ".join(word for child in children for word in child.cmdline())
        assert "secret" not in shown
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to everything that is in the foreground
        rest, errors = demo.communicate(timeout=60)
        assert demo.returncode == 0, errors
        assert rest.endswith("Stopping both ...\nStopped.\n")
        assert errors == ""
        assert_gone(children, ports, within=1)


def test_ctrl_c_while_the_server_loads_its_app_does_not_wait_for_it(company, ports):
    command = [*DEMO, "--directory", str(company), *port_options(ports)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        try:
            worker = worker_of_server(demo.pid)
            children = psutil.Process(demo.pid).children(recursive=True)
            os.killpg(demo.pid, signal.SIGINT)
            asked = time.monotonic()
            written, errors = demo.communicate(timeout=60)
            took = time.monotonic() - asked
        finally:
            demo.kill()
    assert worker in children
    assert "Ctrl-C stops both" not in written
    assert written.endswith("Stopping both ...\nStopped.\n")
    assert (demo.returncode, errors) == (0, "")
    assert took < PATIENCE - 1
    assert_gone(children, ports, within=1)


def worker_of_server(demo):
    """Wait for the server's worker: the process whose forking is the last that its parents are seen to do."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.Process(demo).children(recursive=True):
            with suppress(psutil.Error):
                command = process.parent().cmdline()
                if "serve" in command and "sample_data.guard" not in command:
                    return process
        time.sleep(0.01)
    pytest.fail("The server started no worker.")


def test_killing_the_demo_ends_both_all_the_same(company, ports):
    with running_demo("--directory", company, *port_options(ports)) as (demo, _, children):
        demo.kill()
        demo.wait()
        assert_gone(children, ports, within=10)


def test_a_server_that_dies_ends_the_demo_and_is_named(company, ports):
    with running_demo("--directory", company, *port_options(ports)) as (demo, _, children):
        server = next(
            child
            for child in children
            if "serve" in child.cmdline() and "sample_data.guard" not in child.cmdline()
        )
        server.kill()
        errors = demo.communicate(timeout=60)[1]
        assert demo.returncode == 1
        assert "The webhook server was ended by SIGKILL. Its last lines:" in errors
        assert '"event":"request"' in errors
        assert "Traceback" not in errors
        assert_gone(children, ports, within=1)


def test_a_server_that_cannot_start_shows_why(company, ports, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    with (directory / "custom_profile.toml").open("a", encoding="utf-8") as file:
        file.write("\n[servr]\nport = 1\n")
    done = run("--directory", directory, *port_options(ports))
    assert done.returncode == 1
    assert "The webhook server ended with exit code 2. Its last lines:" in done.stderr
    assert "servr" in done.stderr
    assert "Traceback" not in done.stderr
    assert all(map(is_free, ports))


@pytest.mark.parametrize(("taken", "variable"), [(0, "PORT"), (1, "HELPDESK_PORT")])
def test_a_port_in_use_is_named_before_anything_starts(tmp_path, ports, taken, variable):
    with socket.create_server(("127.0.0.1", ports[taken])):
        done = run("--once", cwd=tmp_path, PORT=ports[0], HELPDESK_PORT=ports[1])
    assert done.returncode == 2
    assert f"Port {ports[taken]}," in done.stderr
    assert f"Set {variable} to another one" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", ["PORT", "HELPDESK_PORT"])
@pytest.mark.parametrize("value", ["abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_with_the_variable_and_what_is_allowed(tmp_path, variable, value):
    done = run("--once", cwd=tmp_path, **{variable: value})
    assert done.returncode == 2
    assert f"(env var: '{variable}'): {value!r} is no port" in done.stderr
    assert "a whole number from 1 to 65535" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [" ", " , ", ",\n"])
def test_a_token_variable_without_a_token_is_refused_before_anything_starts(tmp_path, value):
    done = run("--once", cwd=tmp_path, GROOVE_API_TOKEN=value)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: GROOVE_API_TOKEN holds no token")
    assert "or unset it" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_one_port_for_both_is_refused(tmp_path, free_port):
    done = run("--once", cwd=tmp_path, PORT=free_port, HELPDESK_PORT=free_port)
    assert done.returncode == 2
    assert "set PORT or HELPDESK_PORT" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_refused(tmp_path, ports):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = run("--once", "--reset", "--directory", tmp_path, *port_options(ports))
    assert done.returncode == 2
    assert "files of something else" in done.stderr
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_token_on_the_command_line_is_refused(tmp_path):
    done = run("--once", "--api-token", "secret", cwd=tmp_path)
    assert done.returncode == 2
    assert "set GROOVE_API_TOKEN" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("token", ["s3cret", "new,old"])
def test_the_curl_line_takes_a_secret_from_the_environment(token):
    line = curl_line("http://127.0.0.1:8000/profile", "o'hara@example.com", token)
    assert token not in line
    expanded = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {line}"],
        env={"GROOVE_API_TOKEN": token, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert f"api_token={token.split(',')[0]}" in expanded
    assert "email=o'hara@example.com" in expanded


def test_the_guard_kills_what_does_not_end_when_its_input_does():
    command = [sys.executable, "-c", GUARD, "0.5", "0.5", sys.executable, "-c", STUBBORN, DEAF_CHILD]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines = sorted(guard.stdout.readline() for _ in range(2))
    grandchild = psutil.Process(int(lines[0]))
    assert lines[1] == "up\n"
    guard.stdin.close()
    guard.stdin = None
    assert guard.wait(10) == 128 + signal.SIGKILL
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    guard.communicate()


@pytest.mark.parametrize(("written", "code"), [(b"", 128 + signal.SIGKILL), (b"\n", 7)])
def test_the_guard_has_patience_only_with_what_has_answered(written, code):
    command = [sys.executable, "-c", GUARD, "20", "0.1", sys.executable, "-c", TIDY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guard:
        assert guard.stdout.readline() == b"up\n"
        guard.stdin.write(written)
        guard.stdin.close()
        assert guard.wait(10) == code


@pytest.mark.parametrize(
    ("program", "code"),
    [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137), ("", 0)],
)
def test_the_guard_ends_as_its_command_does(program, code):
    command = [sys.executable, "-m", "sample_data.guard", sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guard:
        assert guard.wait(10) == code


FAKE_COMMAND = f"""#!{sys.executable}
import glob, json, os, sys, time
names = ("PORT", "GROOVE_API_TOKEN", "CUSTOM_PROFILE_CONFIG")
seen = {{"arguments": sys.argv[2:]}} | {{name: os.environ.get(name) for name in names}}
open(sys.argv[1] + ".new", "w").write(json.dumps(seen))
os.rename(sys.argv[1] + ".new", sys.argv[1] + ".json")
deadline = time.monotonic() + 60  # honcho ends all as soon as one has ended
while len(glob.glob("*.json")) < 2 and time.monotonic() < deadline:
    time.sleep(0.01)
"""


@pytest.mark.parametrize(
    ("dot_env", "base", "webhook", "helpdesk", "token"),
    [
        (None, "5000", "8000", "5050", "demo-token"),
        (
            "PORT=7000\nWEBHOOK_PORT=8100\nHELPDESK_PORT=5150\nGROOVE_API_TOKEN=s3cret\n",
            "7000",
            "8100",
            "5150",
            "s3cret",
        ),
        (".env.example", "8000", "8000", "5050", "demo-token"),
    ],
)
def test_honcho_runs_both_on_the_ports_of_the_environment(tmp_path, dot_env, base, webhook, helpdesk, token):
    here = Path(__file__).parent.parent
    shutil.copy(here / "Procfile.dev", tmp_path)
    if dot_env is not None:
        text = (here / dot_env).read_text(encoding="utf-8") if dot_env == ".env.example" else dot_env
        (tmp_path / ".env").write_text(text, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "custom-profile").write_text(FAKE_COMMAND, encoding="utf-8")
    (tmp_path / "bin" / "custom-profile").chmod(0o755)
    subprocess.run(
        [sys.executable, "-m", "honcho", "-f", "Procfile.dev", "start"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    web, page = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("serve", "helpdesk"))
    assert option(web, "--port") == webhook
    assert option(page, "--port") == helpdesk
    assert option(page, "--webhook-url") == f"http://127.0.0.1:{webhook}/profile"
    assert web["GROOVE_API_TOKEN"] == page["GROOVE_API_TOKEN"] == token
    assert {web["PORT"], page["PORT"]} == {base, str(int(base) + 100)}  # honcho's own
    assert web["CUSTOM_PROFILE_CONFIG"] == "custom-profile-demo/custom_profile.toml"


def option(seen, name):
    return seen["arguments"][seen["arguments"].index(name) + 1]
