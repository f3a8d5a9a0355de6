"""Pieces of text on their way to the subscribers: the first at once, those that follow closely together."""

import asyncio
from collections.abc import Callable

import msgspec

from api.schema import Event, TextDelta, ThinkingDelta

Delta = TextDelta | ThinkingDelta
MERGE_SECONDS = 0.016
"""One frame of a screen: nobody sees more often than this."""


class DeltaBuffer:
    """Merges deltas of one block that come within 16 ms."""

    def __init__(self, publish: Callable[[Event], object]) -> None:
        self._publish = publish
        self._pending: Delta | None = None
        self._texts: list[str] = []
        self._published_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Delta) -> None:
        """Publishes the delta now or soon."""
        pending = self._pending
        if pending is not None:
            if _belong_together(pending, delta):
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
        """Publishes what waits; called before anything that comes after it."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._pending is not None:
            delta = msgspec.structs.replace(self._pending, text="".join(self._texts))
            self._pending = None
            self._published_at = asyncio.get_running_loop().time()
            self._publish(delta)


def _belong_together(one: Delta, other: Delta) -> bool:
    return one.message_id == other.message_id and one.index == other.index and type(one) is type(other)
