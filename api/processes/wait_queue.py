"""Callers who wait for a worker, in the order in which they came."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from api.claude.process import ClaudeProcess


@dataclass(slots=True, eq=False, kw_only=True)
class Waiter:
    """One who waits."""

    trusts_folder: bool
    """Which processes suit: only those that were started with the same answer."""
    cli: asyncio.Future[ClaudeProcess] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WaitQueue:
    """Places, first come, first served."""

    def __init__(self) -> None:
        self._places: deque[Waiter] = deque()
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._places)

    @property
    def seconds(self) -> float:
        """For how long there has always been somebody in it."""
        return time.monotonic() - self._since if self._places else 0.0

    def join(self, *, trusts_folder: bool) -> Waiter:
        """A place at the end."""
        if not self._places:
            self._since = time.monotonic()
        place = Waiter(trusts_folder=trusts_folder)
        self._places.append(place)
        return place

    def leave(self, place: Waiter) -> None:
        """Gives a place up; nothing happens to one that was served."""
        if place in self._places:
            self._places.remove(place)

    def number(self, place: Waiter) -> int:
        """Its number, from one on."""
        return self._places.index(place) + 1

    def serve(self, cli: ClaudeProcess) -> bool:
        """Hands the process to the first whom it suits; whether there was one."""
        for place in self._places:
            if place.trusts_folder == cli.launch.trusts_folder and not place.cli.done():
                self._places.remove(place)
                place.cli.set_result(cli)
                return True
        return False
