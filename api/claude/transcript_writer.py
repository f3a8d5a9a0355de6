"""Copies Claude Code's transcripts into the database. Lines that cannot be stored now are stored later, in order."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import claude_agent_sdk as sdk
import structlog

from api.storage import LeaseLostError
from runtime.background_tasks import BackgroundTasks

RETRY_SECONDS = (1.0, 5.0, 30.0)
"""The pause after the first failure, the second, and each further one."""

log = structlog.get_logger(__name__)


class Store(Protocol):
    """The transcripts in the database (`api/storage/transcripts.py`)."""

    async def append(self, key: Any, entries: Sequence[Any]) -> None: ...


class TranscriptWriter:
    """Implements the SDK's `SessionStore` for writing. Claude Code resumes conversations from its own files.

    The SDK itself would try three times within a second and then drop the lines.
    """

    def __init__(self, store: Store, tasks: BackgroundTasks, *, on_change: Callable[[str, bool], None]) -> None:
        """
        Args:
            on_change: called with the id of a transcript, and True when its lines cannot be stored, or False when they
            are stored again.
        """
        self._store = store
        self._tasks = tasks
        self._on_change = on_change
        self._waiting: dict[tuple[str, str, str], list[Any]] = {}
        self._retries: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    async def append(self, key: sdk.SessionKey, entries: Sequence[Any]) -> None:  # not typed by the SDK
        """Stores the lines, after those of the same transcript that are waiting."""
        place = (key["project_key"], key["session_id"], key.get("subpath", ""))
        self._waiting.setdefault(place, []).extend(entries)
        if place in self._retries or await self._try_to_store(place):
            return
        self._on_change(place[1], True)
        self._retries[place] = self._tasks.start_forever(self._retry(place))

    def has_unstored_lines(self, transcript_id: str) -> bool:
        """Whether lines of this transcript are waiting."""
        return any(place[1] == transcript_id for place in self._waiting)

    async def load(self, key: sdk.SessionKey) -> None:
        """Returns nothing: Claude Code resumes from its own files."""

    async def close(self) -> None:
        """Tries to store the waiting lines one last time."""
        for task in self._retries.values():
            task.cancel()
        for place in list(self._waiting):
            await self._try_to_store(place)

    async def _retry(self, place: tuple[str, str, str]) -> None:
        tries = 0
        while True:
            await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
            tries += 1
            if await self._try_to_store(place):
                del self._retries[place]
                self._on_change(place[1], False)
                return

    async def _try_to_store(self, place: tuple[str, str, str]) -> bool:
        project, session_id, subpath = place
        key = {"project_key": project, "session_id": session_id, **({"subpath": subpath} if subpath else {})}
        while lines := list(self._waiting.get(place, ())):
            try:
                await self._store.append(key, lines)
            except LeaseLostError:
                break  # another replica continues from what was stored before
            except Exception as error:  # the turn continues although the database is unavailable
                log.warning("transcript_not_stored", session=session_id, lines=len(lines), error=str(error))
                return False
            del self._waiting[place][: len(lines)]
        self._waiting.pop(place, None)
        return True
