"""Claude Code's transcripts on their way into our storage: what cannot be stored now is stored later."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import claude_agent_sdk as sdk
import structlog

from api.storage import LeaseLostError

RETRY_SECONDS = (1.0, 5.0, 30.0)
"""Between one try and the next; the last one goes on."""

log = structlog.get_logger(__name__)


class Store(Protocol):
    """Where the lines go."""

    async def append(self, key: Any, entries: Sequence[Any]) -> None: ...


class TranscriptWriter:
    """The SDK's `SessionStore`. It never reads here: a conversation is resumed from the CLI's own file.

    The SDK tries three times within a second and then forgets the lines; here they wait in order until they are stored.
    """

    def __init__(self, store: Store, *, trouble: Callable[[str, bool], None]) -> None:
        """Starts without debts.

        Args:
            trouble: told the transcript whose lines wait, and with False that they are stored at last.
        """
        self._store = store
        self._trouble = trouble
        self._owed: dict[tuple[str, str, str], list[Any]] = {}
        self._retries: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    async def append(self, key: sdk.SessionKey, entries: Sequence[Any]) -> None:  # Claude Code's own lines
        """Stores the lines, after those of the same transcript that still wait."""
        place = (key["project_key"], key["session_id"], key.get("subpath", ""))
        self._owed.setdefault(place, []).extend(entries)
        if place in self._retries or await self._paid(place):
            return
        self._trouble(place[1], True)
        self._retries[place] = asyncio.create_task(self._retry(place))

    def owes(self, transcript_id: str) -> bool:
        """Whether lines of this transcript still wait."""
        return any(place[1] == transcript_id for place in self._owed)

    async def load(self, key: sdk.SessionKey) -> None:
        """Nothing: see the class."""

    async def close(self) -> None:
        """Tries what still waits one last time."""
        for task in self._retries.values():
            task.cancel()
        for place in list(self._owed):
            await self._paid(place)

    async def _retry(self, place: tuple[str, str, str]) -> None:
        tries = 0
        while True:
            await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
            tries += 1
            if await self._paid(place):
                del self._retries[place]
                self._trouble(place[1], False)
                return

    async def _paid(self, place: tuple[str, str, str]) -> bool:
        project, session_id, subpath = place
        key = {"project_key": project, "session_id": session_id, **({"subpath": subpath} if subpath else {})}
        while lines := list(self._owed.get(place, ())):
            try:
                await self._store.append(key, lines)
            except LeaseLostError:
                break  # another replica goes on from what was stored before
            except Exception as error:  # the database's own; the conversation goes on without it
                log.warning("transcript_not_stored", session=session_id, lines=len(lines), error=str(error))
                return False
            del self._owed[place][: len(lines)]
        self._owed.pop(place, None)
        return True
