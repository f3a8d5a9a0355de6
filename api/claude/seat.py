"""What a session runs on: a Claude Code process that comes and goes, and the slot that it takes up."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from api.claude.cli import Cli

if TYPE_CHECKING:
    from api.claude.session import Session


class Seat:
    """Never two processes at once, and never a process without a slot."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._connecting: asyncio.Task[Cli] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._taking = asyncio.Lock()
        self.has_slot = False
        self.is_lent = False
        """Whether the process is a worker that somebody lends us."""
        self.cli: Cli | None = None
        self.background_tasks = 0
        """What Claude Code runs besides its turns; they would end with it."""

    async def take_slot(self) -> None:
        """Waits for a slot, unless there is one."""
        async with self._taking:  # a turn and a question may both want one
            if not self.has_slot:
                since = time.monotonic()
                await self._session.host.slots.acquire()
                self.has_slot = True
                self._session.host.metrics.waited(time.monotonic() - since)

    def leave_slot(self) -> None:
        """Gives the slot back, unless a process needs it."""
        if self.has_slot and self.cli is None and (self._connecting is None or self._connecting.done()):
            self.has_slot = False
            self._session.host.slots.release()

    def connect(self) -> asyncio.Task[Cli]:
        """Starts a process in this conversation, unless there is one; whoever asks has a slot."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._connected())
            self._connecting.add_done_callback(self._has_connected)
        return self._connecting

    def _has_connected(self, task: asyncio.Task[Cli]) -> None:
        # Whoever asked may have gone: a failure that nobody collects is no news, but its slot is others'.
        if (task.cancelled() or task.exception()) and not self._session.runner.is_busy:
            self.leave_slot()

    async def connected(self) -> Cli:
        """A process in this conversation, though no turn runs."""
        await self.take_slot()
        try:
            return await asyncio.shield(self.connect())
        except BaseException:
            self.leave_slot()
            raise

    def borrow(self, cli: Cli) -> None:
        """Takes a connected process with the slot that it holds; until `release` it is not ours to park."""
        self.has_slot = self.is_lent = True
        self._attach(cli)

    def release(self, give_back: Callable[[Cli], asyncio.Task[None]]) -> None:
        """Gives the process away, still connected and with its slot; the conversation rests until it has left it."""
        cli, self.cli = self.cli, None
        if cli:
            self.has_slot = self.is_lent = False
            cli.ask = None
            self._closing = give_back(cli)

    def park(self) -> asyncio.Task[None] | None:
        """Ends the process; the next prompt starts another one in the same conversation."""
        return self.drop(self.cli) if self.cli else None

    def drop(self, cli: Cli) -> asyncio.Task[None]:
        """Ends this process, which may be gone already; its slot is free once it is."""
        self._closing = closing = cli.close()
        if self.cli is cli:
            self.cli = None
            self.is_lent = False
            self.background_tasks = 0
            self._session.preferences.forget_process()
            if self.has_slot:
                self.has_slot = False
                closing.add_done_callback(lambda _: self._session.host.slots.release())
        return closing

    async def close(self) -> None:
        """Ends the process, and one that is about to be."""
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if closing := self.park():
            await closing
        self.leave_slot()

    async def _connected(self) -> Cli:
        if self.cli:
            return self.cli
        if self._closing:
            # Two processes must not write one transcript.
            await asyncio.wait({self._closing})
        cli = await self._session.workshop.connect()
        self._attach(cli)
        return cli

    def _attach(self, cli: Cli) -> None:
        self.cli = cli
        cli.ask = self._session.permissions.ask
        cli.listen(self._session.runner.heard, self._session.runner.lost)
