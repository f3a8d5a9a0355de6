"""Collects changes and delivers them in batches, so that many events cause one redraw."""

import asyncio
from collections.abc import Callable

from tui.model import Change

BATCH_SECONDS = 1 / 60
FLOOD_CHANGES = 60
"""If more changes arrive at once, a long conversation is being loaded; the batch waits until it is complete."""
FLOOD_SECONDS = 0.05


class ChangeBatcher:
    """Delays each change briefly, to deliver it together with the next ones."""

    def __init__(self, deliver: Callable[[tuple[Change, ...]], None]) -> None:
        self._deliver = deliver
        self._changes: list[Change] = []
        self._last_count = 0
        """How many changes there were when the timer last ran."""
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
        fresh, self._last_count = len(self._changes) - self._last_count, len(self._changes)
        if fresh > FLOOD_CHANGES:
            self._wait(FLOOD_SECONDS)
            return
        self._timer, self._last_count = None, 0
        changes, self._changes = tuple(self._changes), []
        self._deliver(changes)
