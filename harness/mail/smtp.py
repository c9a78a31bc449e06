"""An SMTP port that takes mail from any program and gives each on; aiosmtpd speaks the protocol."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from harness.mail.limits import USUAL_LIMITS, MailLimits
from harness.mail.reading import MailError
from harness.text import printable

Deliver = Callable[[bytes], str]
"""Takes a mail as it came, and says in a few words what became of it; raises MailError to refuse it."""

_LONGEST_LINE = 65_536
_LARGEST_COMMAND = 4_096
_MOST_RECIPIENTS = 100
_MOST_CONNECTIONS = 32
_IDLE_SECONDS = 60
_STOPPING_SECONDS = 5

# It logs addresses at INFO and whole mails at DEBUG.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class SmtpServer:
    """Receives mail on a listening socket, in a thread of its own, until it is closed.

    A mail is accepted when ``deliver`` has taken it: what was not kept is told to its sender, who still
    has it. Use it as a context manager.
    """

    def __init__(self, listener: socket.socket, deliver: Deliver, limits: MailLimits = USUAL_LIMITS) -> None:
        self._listener = listener
        self._handler = _Handler(deliver)
        self._limits = limits
        self._connections: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOPPING_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.get_running_loop().create_server(self._answering, sock=self._listener)
        await self._stopping.wait()
        server.close()
        for connection in list(self._connections):
            connection.abort()
        self._handler.close()

    def _answering(self) -> asyncio.BaseProtocol:
        if len(self._connections) >= _MOST_CONNECTIONS:
            return _Busy()
        return _Connection(self._handler, self._connections, self._limits.largest)


class _Connection(SMTP):
    """One client: aiosmtpd's own session, which is left when a line grows without end."""

    line_length_limit = _LONGEST_LINE
    command_size_limit = _LARGEST_COMMAND

    def __init__(self, handler: _Handler, open_ones: set[_Connection], largest: int) -> None:
        super().__init__(
            handler,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            hostname="helpdesk.invalid",
            ident="Helpdesk stand-in",
            timeout=_IDLE_SECONDS,
        )
        open_ones.add(self)  # not when it is made: many may be accepted before the first is
        self._open_ones = open_ones
        self._unended = 0

    def connection_lost(self, error: Exception | None) -> None:
        self._open_ones.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        newline = data.rfind(b"\n")
        self._unended = self._unended + len(data) if newline < 0 else len(data) - newline - 1
        if self._unended > (self.data_size_limit or 0):
            self.abort()
        else:
            super().data_received(data)

    def abort(self) -> None:
        """Leave the client without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Busy(asyncio.Protocol):
    """What a client meets that comes while too many others are served."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()


class _Handler:
    """What aiosmtpd asks: who may be written to, and what becomes of a mail."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="mail")

    async def handle_RCPT(  # noqa: N802 - the names of these are aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take any recipient: the helpdesk has one mailbox."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver a mail, and say what became of it."""
        raw = envelope.original_content or b""
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._threads, self._deliver, raw)
        except MailError as error:
            return f"554 5.6.0 Not taken: {_ascii(str(error))}"
        return f"250 2.0.0 {_ascii(said)}"

    async def handle_exception(self, error: Exception) -> str:
        """Let the client try again; what happened is told by its kind alone."""
        return f"451 4.3.0 The helpdesk could not keep it ({type(error).__name__}), try again later"

    def close(self) -> None:
        """Take no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ascii(text: str) -> str:
    return printable(" ".join(text.split())).encode("ascii", "replace").decode()[:400]
