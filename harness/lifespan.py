"""The start and the end of an ASGI app, by the lifespan protocol, for apps that have one."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from typing import Any


class AppStartError(Exception):
    """Raise when an app says that it could not start."""


class AwaitedApp:
    """An ASGI app that an async function makes, in the event loop that the app then runs in."""

    def __init__(self, make: Callable[[], Awaitable[Any]], name: str) -> None:
        self._make = make
        self._name = name
        self._app: Any = None

    async def make(self) -> None:
        """Make the app; raises AppStartError where that fails, or gives something else."""
        try:
            self._app = await self._make()
        except Exception as error:
            told = f"{self._name} raised {type(error).__name__}: {error}"
            raise AppStartError(f"The app could not start: {told}") from error
        try:
            inspect.signature(self._app).bind({}, None, None)
        except (TypeError, ValueError):
            told = f"{self._name} is async, and gave no ASGI app (scope, receive, send)."
            raise AppStartError(f"The app could not start: {told}") from None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the app answer."""
        await self._app(scope, receive, send)


class Lifespan:
    """Starts an app up and shuts it down; an app that knows no lifespan is left as it is."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app
        self._task: asyncio.Task[None] | None = None

    async def start_up(self) -> None:
        """Start the app; raises AppStartError when it says that it failed."""
        if isinstance(self._app, AwaitedApp):
            await self._app.make()
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())
        await self._told.put("lifespan.startup")
        answer = await self._heard.get()
        if answer["type"] == "lifespan.startup.failed":
            reason = str(answer.get("message") or "it gave no reason").strip()
            raise AppStartError(f"The app could not start: {reason}")

    async def shut_down(self) -> None:
        """End the app, if it was started."""
        if self._task and not self._task.done():
            await self._told.put("lifespan.shutdown")
            await self._heard.get()
            await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            with contextlib.suppress(Exception):  # the protocol's way of saying: I know no lifespan
                await self._app(scope, self._receive, self._heard.put)
        finally:
            await self._heard.put({"type": "ended"})

    async def _receive(self) -> dict[str, Any]:
        return {"type": await self._told.get()}
