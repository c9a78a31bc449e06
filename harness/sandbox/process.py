"""One child process, seen from the pool."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import Any

from harness.sandbox.frames import HEAD, LARGEST, unpacked
from harness.sandbox.limits import RenderLimits

_CHUNK = 2**16
_PROGRAM = "import sys; sys.path[:] = {path!r}; from harness.sandbox.child import main; main()"


class OutOfTimeError(Exception):
    """The child gave no answer in time."""


class EndedError(Exception):
    """The child ended, or speaks no sense."""


class Child:
    """A child process that renders; it knows nothing of this one's environment, its token above all."""

    def __init__(self, limits: RenderLimits, *, is_first: bool = False) -> None:
        self.is_first = is_first
        program = _PROGRAM.format(path=[part or os.getcwd() for part in sys.path])  # noqa: PTH109
        command = [sys.executable, "-I", "-c", program, str(limits.megabytes), str(limits.seconds)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"MALLOC_ARENA_MAX": "1"},
            bufsize=0,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._is_ready = False

    def is_alive(self) -> bool:
        """Tell whether it has not ended by itself, or by somebody else's hand."""
        return self._process.poll() is None

    def is_ready(self) -> bool:
        """Tell whether it can be asked without waiting for its start."""
        if self._is_ready:
            return True
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        poll = select.poll()
        poll.register(self._process.stdout.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def wait_until_ready(self, deadline: float) -> None:
        """Wait for the child's first word; raises OutOfTimeError and EndedError where it does not come."""
        if not self._is_ready:
            self._receive(deadline)
            self._is_ready = True
        self.is_first = False

    def ask(self, question: bytes, deadline: float) -> tuple[str, Any]:
        """Send a packed template with its fields, and wait for the answer until a moment (monotonic).

        Raises OutOfTimeError and EndedError; the child is then of no more use.
        """
        self._send(question, deadline)
        kind, text = self._receive(deadline)
        return kind, text

    def _send(self, data: bytes, deadline: float) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        pipe = self._process.stdin.fileno()
        os.set_blocking(pipe, False)
        rest = memoryview(data)
        while rest:
            self._wait(pipe, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(pipe, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise EndedError from None

    def _receive(self, deadline: float) -> Any:
        (length,) = HEAD.unpack(self._read(HEAD.size, deadline))
        if length > LARGEST:
            raise EndedError
        try:
            return unpacked(self._read(length, deadline))
        except ValueError:
            raise EndedError from None

    def _read(self, length: int, deadline: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        pipe = self._process.stdout.fileno()
        parts = bytearray()
        while len(parts) < length:
            self._wait(pipe, select.POLLIN, deadline)
            part = os.read(pipe, min(_CHUNK, length - len(parts)))
            if not part:
                raise EndedError
            parts += part
        return bytes(parts)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise OutOfTimeError

    def end(self) -> None:
        """Kill the child, whatever it does, and clear up after it."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
