"""Merges pieces of text that arrive in quick succession into one event. The first piece is published at once."""

import asyncio
from collections.abc import Callable

import msgspec

from api.schema import Event, TextDelta, ThinkingDelta

Delta = TextDelta | ThinkingDelta
MERGE_SECONDS = 0.016
"""One frame at 60 Hz; more frequent updates would be invisible."""


class DeltaBuffer:
    """Merges deltas of the same block that arrive within 16 ms."""

    def __init__(self, publish: Callable[[Event], object]) -> None:
        self._publish = publish
        self._pending: Delta | None = None
        self._texts: list[str] = []
        self._published_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Delta) -> None:
        """Publishes the delta at once, or merged within 16 ms."""
        pending = self._pending
        if pending is not None:
            if _are_of_one_block(pending, delta):
                self._texts.append(delta.text)
                return
            self.flush()
        loop = asyncio.get_running_loop()
        wait = self._published_at + MERGE_SECONDS - loop.time()
        if wait <= 0:
            self._published_at = loop.time()
            self._publish(delta)
        else:
            self._pending, self._texts = delta, [delta.text]
            self._timer = loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Publishes the pending delta. Must be called before a later event is published."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._pending is not None:
            delta = msgspec.structs.replace(self._pending, text="".join(self._texts))
            self._pending = None
            self._published_at = asyncio.get_running_loop().time()
            self._publish(delta)


def _are_of_one_block(one: Delta, other: Delta) -> bool:
    return one.message_id == other.message_id and one.index == other.index and type(one) is type(other)
