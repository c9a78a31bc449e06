"""The helpdesk as a process: it says where it is, ends cleanly, and refuses what cannot work in words."""

import os
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from harness.commands import helpdesk

TOKEN = "right-token-1"


def _run(*arguments):
    return CliRunner().invoke(helpdesk, [str(part) for part in arguments], env={"GROOVE_API_TOKEN": TOKEN})


def _start_helpdesk(*arguments):
    command = [sys.executable, "-m", "custom_profile", "helpdesk", *arguments]
    environment = {**os.environ, "GROOVE_API_TOKEN": TOKEN}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_helpdesk_process_serves_and_ends_cleanly(free_port, ending):
    process = _start_helpdesk("--webhook-url", "http://127.0.0.1:1/", "--port", str(free_port))
    try:
        assert process.stdout.readline() == f"Helpdesk on http://127.0.0.1:{free_port}/\n"
        with urlopen(f"http://127.0.0.1:{free_port}/healthz") as answer:
            assert answer.read() == b"ok\n"
        process.send_signal(ending)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


def test_helpdesk_on_a_port_in_use_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run("--webhook-url", "http://x/", "--port", port)
    assert result.exit_code == 2
    assert f"Cannot listen on 127.0.0.1, port {port}" in result.output


def test_helpdesk_with_a_file_that_is_no_database_says_so(tmp_path, free_port):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be read as one" * 50)
    result = _run("--webhook-url", "http://x/", "--port", free_port, "--database", path)
    assert (result.exit_code, "file is not a database" in result.output) == (2, True), result.output
