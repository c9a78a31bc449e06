"""A TCP proxy between a client and a real server that does to their connections what networks do."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

HOST = "127.0.0.1"
CHUNK = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: closing the socket sends RST instead of FIN."""


class Behaviour:
    """What happens to every connection until another behaviour replaces this one: here, nothing."""

    listens = True
    holds = False
    """Whether nothing is forwarded either way."""

    def __init__(self) -> None:
        self.replaced = asyncio.Event()

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        """Send some of the server's bytes to the client, and answer what is left of them."""
        await connection.send(chunk)
        return b""

    async def rest(self, seconds: float | None = None) -> None:
        """Wait so long, or until this behaviour is replaced."""
        # Not wait_for: Python 3.11's loses a cancellation that comes together with what it waits for.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.replaced.wait()


class Refuse(Behaviour):
    listens = False


class Blackhole(Behaviour):
    holds = True

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        await self.rest()
        return chunk


class Reset(Behaviour):
    def __init__(self, after_bytes: int) -> None:
        super().__init__()
        self.after_bytes = after_bytes
        self.sent: dict[Connection, int] = {}

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        sent = self.sent.get(connection, 0)
        piece = chunk[: self.after_bytes - sent]
        await connection.send(piece)
        self.sent[connection] = sent + len(piece)
        if len(piece) < len(chunk):
            raise ConnectionResetError
        return b""


class Drip(Behaviour):
    def __init__(self, bytes_per_second: float) -> None:
        super().__init__()
        self.seconds = 1 / bytes_per_second

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        await self.rest(self.seconds)
        if self.replaced.is_set():
            return chunk
        await connection.send(chunk[:1])
        return chunk[1:]


class Garble(Behaviour):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.noise: dict[Connection, random.Random] = {}

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        # Byte by byte, so that the noise does not depend on how the answer was cut into chunks.
        noise = self.noise.setdefault(connection, random.Random(self.seed))
        await connection.send(bytes(noise.getrandbits(8) for _ in chunk))
        return b""


class Delay(Behaviour):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def answer(self, connection: Connection, chunk: bytes) -> bytes:
        # Counted from the request, so that an answer of many chunks is late only once.
        late = connection.asked_at + self.seconds - asyncio.get_running_loop().time()
        if late > 0:
            await self.rest(late)
            return chunk
        await connection.send(chunk)
        return b""


class Connection:
    """One client's connection, and its other half to the server."""

    def __init__(self, proxy: FaultProxy, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = socket.socket()
        self.loop = asyncio.get_running_loop()
        self.asked_at = self.loop.time()
        for end in (self.client, self.server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        """Forward both ways until both are at their end; where it breaks, the client sees a reset."""
        broken = True
        try:
            await self.opened()
            await self.loop.sock_connect(self.server, self.proxy.upstream)
            async with asyncio.TaskGroup() as both:
                both.create_task(self.forward_requests())
                both.create_task(self.forward_answers())
            broken = False
        except* OSError:
            pass
        finally:
            for end in (self.client, self.server):
                if broken:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                end.close()

    def close(self) -> None:
        """Close both halves."""
        self.client.close()
        self.server.close()

    async def forward_requests(self) -> None:
        while chunk := await self.loop.sock_recv(self.client, CHUNK):
            await self.opened()
            self.asked_at = self.loop.time()
            await self.loop.sock_sendall(self.server, chunk)
            self.proxy.request_bytes += len(chunk)
        await self.opened()
        self.server.shutdown(socket.SHUT_WR)

    async def forward_answers(self) -> None:
        while chunk := await self.loop.sock_recv(self.server, CHUNK):
            while chunk:
                chunk = await self.proxy.behaviour.answer(self, chunk)
        await self.opened()
        self.client.shutdown(socket.SHUT_WR)

    async def opened(self) -> None:
        """Wait while the proxy forwards nothing."""
        while self.proxy.behaviour.holds:
            await self.proxy.behaviour.rest()

    async def send(self, chunk: bytes) -> None:
        """Send bytes to the client, and count them."""
        await self.loop.sock_sendall(self.client, chunk)
        self.proxy.answer_bytes += len(chunk)


class FaultProxy:
    """Stands between clients and a server, and behaves as it is told, from the next byte on.

    Use it in a ``with`` block; it listens on ``port`` of 127.0.0.1 and forwards until told otherwise.
    ``connections`` counts those that were accepted; ``request_bytes`` and ``answer_bytes`` count what
    reached the server and the client.
    """

    def __init__(self, upstream_host: str, upstream_port: int) -> None:
        self.upstream = (upstream_host, upstream_port)
        self.behaviour = Behaviour()
        self.connections = self.request_bytes = self.answer_bytes = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._listener: socket.socket | None = None
        # Bound for the proxy's whole life and never listening: nobody else gets the port while it refuses.
        self._place = self._bind(0)
        self.port: int = self._place.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self.pass_through()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.refuse()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._place.close()
        if self._errors:
            raise self._errors[0]

    def through(self, url: str) -> str:
        """Answer a server's URL, led through this proxy."""
        parts = urlsplit(url)
        account, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{account}{at}{HOST}:{self.port}"))

    def pass_through(self) -> None:
        """Forward everything."""
        self._behave(Behaviour())

    def refuse(self) -> None:
        """Refuse new connections, and reset those that are open."""
        self._behave(Refuse())

    def blackhole(self) -> None:
        """Accept connections and forward nothing; what was held goes on with the next behaviour."""
        self._behave(Blackhole())

    def reset(self, after_bytes: int = 0) -> None:
        """Reset each connection when it has carried so many bytes of answers from now on."""
        self._behave(Reset(after_bytes))

    def drip(self, bytes_per_second: float) -> None:
        """Send answers one byte at a time."""
        self._behave(Drip(bytes_per_second))

    def garble(self, seed: int = 0) -> None:
        """Replace answers by noise of the same length, the same for each connection and run."""
        self._behave(Garble(seed))

    def delay(self, seconds: float) -> None:
        """Hold every answer until so many seconds after its request."""
        self._behave(Delay(seconds))

    def _behave(self, behaviour: Behaviour) -> None:
        self._await(self._replace(behaviour))

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _replace(self, behaviour: Behaviour) -> None:
        former, self.behaviour = self.behaviour, behaviour
        former.replaced.set()
        if behaviour.listens:
            self._listen()
            return
        self._deafen()
        for task in (tasks := tuple(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = self._bind(self.port)
            self._listener.listen(256)
            self._loop.add_reader(self._listener, self._accept, self._listener)

    def _deafen(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the client may be gone already
            client, _ = listener.accept()
            self.connections += 1
            connection = Connection(self, client)
            task = self._loop.create_task(connection.run())
            self._tasks.add(task)
            task.add_done_callback(self._ended)
            # A task that is cancelled before its first step closes nothing.
            task.add_done_callback(lambda _: connection.close())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    @staticmethod
    def _bind(port: int) -> socket.socket:
        bound = socket.socket()
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((HOST, port))
        return bound
