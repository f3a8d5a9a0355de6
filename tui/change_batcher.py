"""Hands changes to the screen in batches, so that a flood of events costs one redraw."""

import asyncio
from collections.abc import Callable

from tui.model import Change

BATCH_SECONDS = 1 / 60
FLOOD = 60
"""More changes than this in one batch: a long conversation is coming, which is shown once it is there."""
FLOOD_SECONDS = 0.05


class ChangeBatcher:
    """Keeps changes for a moment."""

    def __init__(self, hand_over: Callable[[tuple[Change, ...]], None]) -> None:
        self._give = hand_over
        self._changes: list[Change] = []
        self._seen = 0
        """How many there were when they were last looked at."""
        self._timer: asyncio.TimerHandle | None = None

    def note(self, change: Change) -> None:
        """The change goes with the next batch."""
        self._changes.append(change)
        if self._timer is None:
            self._wait(BATCH_SECONDS)

    def stop(self) -> None:
        """Nothing is handed over any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._hand_over)

    def _hand_over(self) -> None:
        fresh, self._seen = len(self._changes) - self._seen, len(self._changes)
        if fresh > FLOOD:
            self._wait(FLOOD_SECONDS)
            return
        self._timer, self._seen = None, 0
        changes, self._changes = tuple(self._changes), []
        self._give(changes)
