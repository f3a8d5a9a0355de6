"""Collects changes and hands them on in batches, so that many events cost one redraw."""

import asyncio
from collections.abc import Callable

from tui.model import Change

BATCH_SECONDS = 1 / 60
FLOOD = 60
"""More changes than this in one batch are a long conversation being loaded; the batch is held until it is complete."""
FLOOD_SECONDS = 0.05


class ChangeBatcher:
    """Holds each change for a moment."""

    def __init__(self, hand_over: Callable[[tuple[Change, ...]], None]) -> None:
        self._hand_over = hand_over
        self._changes: list[Change] = []
        self._counted = 0
        """How many changes there were at the last look."""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, change: Change) -> None:
        """Adds the change to the next batch."""
        self._changes.append(change)
        if self._timer is None:
            self._wait(BATCH_SECONDS)

    def stop(self) -> None:
        """Drops the current batch."""
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._flush)

    def _flush(self) -> None:
        fresh, self._counted = len(self._changes) - self._counted, len(self._changes)
        if fresh > FLOOD:
            self._wait(FLOOD_SECONDS)
            return
        self._timer, self._counted = None, 0
        changes, self._changes = tuple(self._changes), []
        self._hand_over(changes)
