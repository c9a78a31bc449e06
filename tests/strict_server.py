"""A small HTTP server that refuses everything odd, with faults to choose from."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote

FAULTS = {"waits", "writes headers", "reads both ways", "one at a time", "echoes"}
_LINE = re.compile(rb"(GET|HEAD|POST|OPTIONS|TRACE) (/[!-~]*) HTTP/1\.1")
_HEADER = re.compile(rb"[A-Za-z0-9-]+:[^\0\r\n]*")
_LONGEST = 16_384


class _Server:
    def __init__(self, webhook, faults):
        assert set(faults) <= FAULTS
        self._webhook, self._faults = webhook, set(faults)
        self._lock = asyncio.Lock()

    async def serve(self, reader, writer):
        try:
            if "one at a time" in self._faults:
                async with self._lock:
                    await self._serve(reader, writer)
            else:
                await self._serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        except asyncio.LimitOverrunError:
            head = b""
        if "waits" in self._faults and not _LINE.match(head):
            await asyncio.sleep(30)
        writer.write(self._answer(head))
        await writer.drain()

    def _answer(self, head):
        line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        asked = _LINE.fullmatch(line)
        names = [header.partition(b":")[0].lower() for header in headers]
        sound = asked and len(head) < _LONGEST and len(headers) < 64 and names.count(b"host") >= 1
        sound = sound and all(map(_HEADER.fullmatch, headers)) and b"content-length: -1" not in head.lower()
        twice = len(set(names)) < len(names) or {b"content-length", b"transfer-encoding"} <= set(names)
        odd = re.search(rb"\nX-Odd :", head)
        if "reads both ways" in self._faults and asked and (twice or odd):
            sound, twice = True, False
        if not sound or twice:
            return _written(400, line if "echoes" in self._faults else b"refused")
        query = asked[2].decode().partition("?")[2]
        answer = self._webhook.answer(asked[1].decode(), parse_qs(query, keep_blank_values=True))
        more = b""
        if "writes headers" in self._faults:
            email = re.search(r"email=([^&]*)", query)
            more = b"X-Asked: %b\r\n" % unquote(email[1] if email else "").encode()
        return _written(answer.status, b"" if asked[1] == b"HEAD" else answer.raw, more)


def _written(status, body, more=b""):
    head = b"HTTP/1.1 %d Some\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n" % status
    return head + more + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body


@contextmanager
def strictly_served(webhook, *faults):
    """Serve a webhook of the gallery, and give its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)  # another loop may run in the thread of the test
    thread.start()
    serving = _Server(webhook, faults)
    starting = asyncio.start_server(serving.serve, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/profile"
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server):
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
