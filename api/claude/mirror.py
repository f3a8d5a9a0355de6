"""Claude Code's transcripts on their way into our storage."""

from collections.abc import Sequence
from typing import Any

import claude_agent_sdk as sdk

from api.storage import TranscriptStore


class Mirror:
    """The SDK's `SessionStore`. It never reads here: a conversation is resumed from the CLI's own file."""

    def __init__(self, store: TranscriptStore) -> None:
        self._store = store

    async def append(self, key: sdk.SessionKey, entries: Sequence[Any]) -> None:  # Claude Code's own lines
        """Stores the lines."""
        await self._store.append(key, entries)

    async def load(self, key: sdk.SessionKey) -> None:
        """Nothing: see the class."""
