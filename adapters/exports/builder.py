"""Starts a builder's process and follows it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from threading import Lock
from typing import Any, Literal

from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.exports.job import Job
from adapters.exports.locks import tidy_up
from adapters.indexed import Tell

COMMAND = (sys.executable, "-P", "-m", "adapters.exports.builder_process")
"""Without the current folder in the path: what lies there is not ours to run."""

Result = Literal["done", "busy"]


class Builder:
    """One build in a process of its own, which ends with the process that asked for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_ended = False

    def run(self, job: Job, tell: Tell | None = None) -> Result:
        """Build, and answer when that is done or another process is at it.

        Raises SourceError where the files cannot be read or the index cannot be written.
        """
        with self._lock:
            if self._is_ended:
                raise SourceUnavailable("the source was closed")
            try:
                process = self._process = subprocess.Popen(  # noqa: S603 - Python itself, by its own path
                    COMMAND,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError as error:
                raise SourceUnavailable(f"no builder can be started: {error.strerror}") from None
        try:
            return _follow(process, job, tell)
        finally:
            _end(process)
            tidy_up(job.place)

    def close(self) -> None:
        """End the build that is under way; it removes what it made aside, or else whoever follows it."""
        with self._lock:
            self._is_ended = True
            if self._process is not None:
                self._process.terminate()


def _follow(process: subprocess.Popen[str], job: Job, tell: Tell | None) -> Result:
    assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101 - both were asked for
    with suppress(BrokenPipeError):
        process.stdin.write(job.as_json() + "\n")
        process.stdin.flush()
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "step" in told:
            if tell is not None:
                tell(*told["step"])
        elif "failed" in told:
            raise _error(told)
        else:
            return "busy" if "busy" in told else "done"
    code = process.wait()
    raise SourceUnavailable(f"the builder of the index ended by itself: {_cause(code)}")


def _error(told: dict[str, Any]) -> SourceError:
    kind = SourceDataError if told["failed"] == "data" else SourceUnavailable
    return kind(told["message"], fix=told.get("fix", ""))


def _cause(code: int) -> str:
    return f"signal {-code}; was there too little memory?" if code < 0 else f"exit code {code}"


def _end(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
