"""Limits how many Claude Code processes run at a time. Callers that have to wait are served in order."""

import asyncio
from collections import deque
from collections.abc import Callable

from api.errors import BusyError

RETRY_AFTER = 5
"""Seconds after which a refused caller may try again."""


class ProcessLimiter:
    """Slots for processes, granted in the order of the calls."""

    def __init__(self, limit: int, *, queue_limit: int, reclaim: Callable[[], None]) -> None:
        """
        Args:
            limit: how many processes may run.
            queue_limit: how many callers may wait.
            reclaim: called when a caller has to wait; ends an idle process if there is one.
        """
        self._free = limit
        self._queue_limit = queue_limit
        self._queue: deque[asyncio.Future[None]] = deque()
        self._reclaim = reclaim

    @property
    def waiting(self) -> int:
        """How many callers wait."""
        return len(self._queue)

    @property
    def has_free_slot(self) -> bool:
        """Whether the next caller does not have to wait."""
        return self._free > 0 and not self._queue

    def check_not_full(self) -> None:
        """Checks that one more caller may wait.

        Raises:
            BusyError: too many are waiting.
        """
        if not self._free and len(self._queue) >= self._queue_limit:
            raise BusyError(retry_after=RETRY_AFTER)

    async def acquire(self) -> None:
        """Waits for a slot. Call `check_not_full` first if the caller must not be added to a long queue."""
        if self._free and not self._queue:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        self._reclaim()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()
            else:
                self._queue.remove(waiter)
            raise

    def release(self) -> None:
        """Returns a slot, which goes to the caller that has waited longest."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
