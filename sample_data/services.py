"""The demo's two processes: started, waited for, watched, and ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import click
import httpx

from sample_data.guard import PATIENCE

HOST = "127.0.0.1"
READY_WITHIN = 30.0
"""Seconds that both processes together have to answer for the first time."""
LAST_LINES, TAIL = 15, 16_384


class DemoError(click.ClickException):
    """A problem that ends the demo: exit code 1."""


class UsageProblem(click.ClickException):
    """A problem that whoever typed the command can mend: exit code 2."""

    exit_code = 2


@dataclass(frozen=True)
class Port:
    """A port, what listens on it, and the environment variable that chooses another one."""

    number: int
    what: str
    variable: str


def check_ports(*ports: Port) -> None:
    """Raise UsageProblem where a port is asked for twice, is taken, or may not be listened on."""
    for place, port in enumerate(ports):
        for other in ports[:place]:
            if other.number == port.number:
                raise UsageProblem(
                    f"{other.what} and {port.what} cannot both listen on port {port.number}:"
                    f" set {other.variable} or {port.variable} to another one."
                )
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do it: a port that a process left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port.number))
            except OSError as error:
                raise UsageProblem(
                    f"Port {port.number}, where {port.what} is to listen, cannot be used: {error.strerror}."
                    f" Set {port.variable} to another one, as in {port.variable}={_another(port, ports)}."
                ) from None


def _another(port: Port, ports: tuple[Port, ...]) -> int:
    """Propose the next port; the last of all is followed by the usual ones."""
    proposals = range(port.number + 1, 65_536) or range(8000, 8003)
    return next((number for number in proposals if number not in {one.number for one in ports}), 8000)


class Service:
    """One long-running ``custom-profile`` command, which ends when this process does, however it ends.

    It is ready when it answers ``ready_path`` with ``ok``, or with JSON of that status.
    """

    def __init__(
        self,
        name: str,
        port: int,
        arguments: list[str],
        environment: Mapping[str, str],
        *,
        ready_path: str = "/healthz",
    ) -> None:
        self._ready_path = ready_path
        self.name = name
        self.port = port
        # A file without a name: nothing waits for a reader, and nothing is left behind.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        kit = [sys.executable, "-P", "-m"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [*kit, "sample_data.guard", *kit, "custom_profile", *arguments],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=environment,
            # Ctrl-C reaches only the demo, which then ends its services in order.
            start_new_session=True,
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def check(self) -> None:
        """Raise DemoError, with the last lines that it wrote, if it has ended."""
        code = self._process.poll()
        if code is None:
            return
        how = f"was ended by {_signal_name(code - 128)}" if code > 128 else f"ended with exit code {code}"
        lines = self.last_lines()
        wrote = f" Its last lines:\n\n{lines}" if lines else " It wrote nothing."
        raise DemoError(f"{self.name} {how}.{wrote}")

    def last_lines(self) -> str:
        """Read what it wrote last."""
        # pread leaves alone the place at which the service writes on: the two share it.
        end = os.fstat(self._output.fileno()).st_size
        tail = os.pread(self._output.fileno(), TAIL, max(0, end - TAIL))
        lines = tail.decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])

    def answers(self, client: httpx.Client) -> bool:
        """Ask whether it is up; once it is, its guard leaves it the time to end in order."""
        try:
            answer = client.get(f"{self.url}{self._ready_path}")
            is_up = answer.is_success and "ok" in (answer.text.strip(), _status(answer))
        except httpx.TransportError:
            return False
        if is_up and self._process.stdin:
            # Not through the buffer, which closing would write. Whether the guard is gone, check() says.
            with suppress(BrokenPipeError):
                os.write(self._process.stdin.fileno(), b"\n")
        return is_up

    def ask_to_end(self) -> None:
        """Tell it to end, without waiting: its guard does so when its input ends."""
        if self._process.stdin:
            self._process.stdin.close()

    def stop(self) -> None:
        """End it and wait until it has; calling it again does nothing."""
        self.ask_to_end()
        try:
            self._process.wait(PATIENCE + 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()


def _status(answer: httpx.Response) -> object:
    try:
        told = answer.json()
    except ValueError:
        return None
    return told.get("status") if isinstance(told, dict) else None


def wait_until_ready(services: list[Service]) -> None:
    """Wait until every service answers; raise DemoError if one ends, or if it takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    waiting = list(services)
    # Proxies of the environment are for other machines.
    with httpx.Client(trust_env=False, timeout=1.0) as client:
        while waiting := [service for service in waiting if not service.answers(client)]:
            for service in services:
                service.check()
            if time.monotonic() > deadline:
                raise DemoError(_too_late(waiting[0]))
            time.sleep(0.05)


def _too_late(service: Service) -> str:
    wrote = service.last_lines() or "  (nothing)"
    return f"{service.name} did not answer at {service.url} within {READY_WITHIN:.0f} s. It wrote:\n\n{wrote}"


def stop_all(services: list[Service]) -> None:
    """End every service, side by side."""
    for service in services:
        service.ask_to_end()
    for service in services:
        service.stop()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
