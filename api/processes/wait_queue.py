"""The queue of callers that wait for a worker process."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from api.claude.process import ClaudeProcess


@dataclass(slots=True, eq=False, kw_only=True)
class Waiter:
    """A waiting caller."""

    trusts_folder: bool
    """Only a process that was started with the same value suits the caller."""
    process: asyncio.Future[ClaudeProcess] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WaitQueue:
    """Waiting callers, served in order of arrival."""

    def __init__(self) -> None:
        self._waiters: deque[Waiter] = deque()
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._waiters)

    @property
    def seconds(self) -> float:
        """How long the queue has not been empty."""
        return time.monotonic() - self._since if self._waiters else 0.0

    def add(self, *, trusts_folder: bool) -> Waiter:
        """Adds a caller at the end."""
        if not self._waiters:
            self._since = time.monotonic()
        waiter = Waiter(trusts_folder=trusts_folder)
        self._waiters.append(waiter)
        return waiter

    def remove(self, waiter: Waiter) -> None:
        """Removes a caller, unless it has been served."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def position(self, waiter: Waiter) -> int:
        """The caller's position, counted from 1."""
        return self._waiters.index(waiter) + 1

    def serve(self, process: ClaudeProcess) -> bool:
        """Gives the process to the first caller that it suits; returns False if there is none."""
        for waiter in self._waiters:
            if waiter.trusts_folder == process.options.trusts_folder and not waiter.process.done():
                self._waiters.remove(waiter)
                waiter.process.set_result(process)
                return True
        return False
