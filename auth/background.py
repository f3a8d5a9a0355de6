"""Small errands that nobody waits for."""

import asyncio
from collections.abc import Coroutine

from structlog.typing import FilteringBoundLogger

MOST = 1000
"""Errands at once."""


class Background:
    """Runs errands; a failed one is logged, the rest end with the door."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, errand: Coroutine[None, None, None]) -> None:
        """Starts the errand; a flood of them is not taken on."""
        if len(self._tasks) >= MOST:
            errand.close()
            return
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("errand_failed", kind=type(error).__name__)

    async def close(self) -> None:
        """Gives errands under way a moment, then ends them."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=2)
            for task in late:
                task.cancel()
