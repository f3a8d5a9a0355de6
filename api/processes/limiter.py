"""How many Claude Code processes may run, and the line of those who wait for one."""

import asyncio
from collections import deque
from collections.abc import Callable

from api.errors import BusyError

RETRY_AFTER = 5


class ProcessLimiter:
    """Permits, given in the order in which they were asked for."""

    def __init__(self, limit: int, *, line_limit: int, reclaim: Callable[[], None]) -> None:
        """Makes the permits.

        Args:
            line_limit: how many may wait.
            reclaim: called when somebody has to wait: gives up a slot that is held without need, if there is one.
        """
        self._free = limit
        self._line_limit = line_limit
        self._line: deque[asyncio.Future[None]] = deque()
        self._reclaim = reclaim

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    @property
    def has_free(self) -> bool:
        """Whether the next caller need not wait."""
        return self._free > 0 and not self._line

    def check_room(self) -> None:
        """Makes sure that one more caller may wait.

        Raises:
            BusyError: the line is full.
        """
        if not self._free and len(self._line) >= self._line_limit:
            raise BusyError(retry_after=RETRY_AFTER)

    async def acquire(self) -> None:
        """Waits for a permit; whoever must not wait for long calls `check_room` first."""
        if self._free and not self._line:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._reclaim()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            else:
                self._line.remove(turn)
            raise

    def release(self) -> None:
        """Gives a permit back, to the first in line."""
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
