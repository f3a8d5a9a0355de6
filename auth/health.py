"""Whether the house can answer prompts: what api and tui say, asked every second, never by the caller."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from structlog.typing import FilteringBoundLogger

from auth.audit import timestamp
from auth.errors import RefusedError
from auth.log_once import Trouble
from auth.proxy import Rooms
from auth.routes import Room

EVERY = 1.0
"""Seconds between two questions."""
PATIENCE = 3.0
"""Seconds that a room may take to answer."""
SILENCE = 15.0
"""Seconds without an answer after which a room that still takes connections counts as down, not as busy."""


@dataclass(slots=True)
class _Answer:
    is_healthy: bool = False
    body: dict[str, Any] = field(default_factory=dict)  # Any: the room's own JSON
    at: float = 0.0


class Health:
    """The last word of each room."""

    def __init__(self, rooms: Rooms, *, demo: bool, log: FilteringBoundLogger) -> None:
        self._rooms = rooms
        self._demo = demo
        self._log = log
        self._last: dict[Room, _Answer] = {}
        self._asked = asyncio.Event()

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Whether all is well, and the documented body."""
        if not self._asked.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), PATIENCE)
        answers = [self._last.get(room, _Answer()) for room in (Room.API, Room.TUI)]
        api = answers[0].body
        healthy = all(answer.is_healthy for answer in answers)
        return healthy, {
            "status": "healthy" if healthy else "unhealthy",
            "hasToken": api.get("hasToken") is True,
            "sdkLoaded": api.get("sdkLoaded") is True,
            "message": "Claude Code SDK API",
            "timestamp": timestamp(),
            "demo": api["demo"] is True if "demo" in api else self._demo,
        }

    async def watch(self) -> None:
        """Asks each room again and again; a slow one delays no other."""
        async with asyncio.TaskGroup() as group:
            for room in (Room.API, Room.TUI):
                group.create_task(self._watch(room))

    async def _watch(self, room: Room) -> None:
        trouble = Trouble(self._log, "health_not_understood", asked=room.value)
        while True:
            answer = _Answer()
            with trouble:
                answer = await self._ask(room, self._last.get(room, answer))
            self._last[room] = answer
            if len(self._last) > 1:
                self._asked.set()
            await asyncio.sleep(EVERY)

    async def _ask(self, room: Room, last: _Answer) -> _Answer:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._get(room)
            body = answer.json()
        except TimeoutError:
            # Busy is not down: what it said last stands for a while.
            return last if now - last.at < SILENCE else _Answer()
        except (RefusedError, httpx2.HTTPError, httpx2.StreamError, OSError, ValueError):
            return _Answer()
        is_healthy = answer.status_code == httpx2.codes.OK
        return _Answer(is_healthy, body if isinstance(body, dict) else {}, at=now)

    async def _get(self, room: Room) -> httpx2.Response:
        request = httpx2.Request("GET", f"http://{room.value}/health", headers={"host": room.value})
        answer = await self._rooms.send(room, request)
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer


@asynccontextmanager
async def watching(health: Health) -> AsyncIterator[None]:
    """Keeps asking while the block runs."""
    task = asyncio.create_task(health.watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
