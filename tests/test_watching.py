"""render --watch: a process that renders again on each save, whatever is saved."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.watching import INTERVAL

COMMAND = Path(sys.executable).parent / "custom-profile"


class Watching:
    """The process, and what it has written so far."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [COMMAND, "render", "--watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines, self.taken = [], []
        self._written = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._written:
                self._lines.append(line.rstrip("\n"))
                self._written.notify_all()

    def wait_for(self, words):
        """Wait until a line holds the words, and take all lines up to it."""
        with self._written:
            assert self._written.wait_for(lambda: any(words in line for line in self._lines), 60), self._lines
            found = False
            while not found:
                self.taken.append(self._lines.pop(0))
                found = words in self.taken[-1]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self._reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def files(tmp_path):
    template, data = tmp_path / "profile.liquid", tmp_path / "fields.json"
    template.write_text("Plan: {{ plan }}")
    data.write_text(json.dumps({"plan": "Pro"}))
    return template, data


@pytest.fixture
def watching(files):
    template, data = files
    started = Watching("--template", template, "--data", data, "--email", "casey@example.com")
    yield started
    if started.process.poll() is None:
        started.end()


def test_every_save_renders_again_until_ctrl_c(watching, files):
    template, data = files
    watching.wait_for("Plan: Pro")
    watching.wait_for("waiting for the next save")
    template.write_text("On {{ plan | upcase }}")
    watching.wait_for("On PRO")
    data.write_text('{"plan": "Basic"}')
    watching.wait_for("On BASIC")
    assert watching.end() == 0


def test_errors_are_told_and_it_goes_on(watching, files):
    template, data = files
    watching.wait_for("Plan: Pro")
    template.write_text("{% if plan %}")
    watching.wait_for("line 1: 'if' tag was never closed")
    data.write_text("{")
    watching.wait_for("That is no valid JSON.")
    template.write_bytes(b"\xff")
    data.write_text('{"plan": "Pro"}')
    watching.wait_for("not UTF-8")
    template.unlink()
    time.sleep(3 * INTERVAL)
    template.write_text("Again {{ plan }}")
    watching.wait_for("Again Pro")
    assert not any("cannot be read" in line for line in watching.taken)


def test_file_that_an_editor_replaces_is_rendered_again(watching, files, tmp_path):
    watching.wait_for("Plan: Pro")
    new = tmp_path / "new"
    new.write_text("New: {{ plan }}")
    new.replace(files[0])
    watching.wait_for("New: Pro")
