"""What a session runs on: a Claude Code process that comes and goes, and the slot that it takes up."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.claude.process import ClaudeProcess
from api.errors import CliFailedError, SessionNotFoundError

if TYPE_CHECKING:
    from api.sessions.session import Session


class ProcessHandle:
    """Never two processes at once, and never a process without a slot."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._taking: asyncio.Task[None] | None = None
        self._takers = 0
        self._connecting: asyncio.Task[ClaudeProcess] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._questions = 0
        self._is_closed = False
        self.has_slot = False
        self.is_lent = False
        """Whether the process is a worker that somebody lends us."""
        self.cli: ClaudeProcess | None = None
        self.background_tasks = 0
        """What Claude Code runs besides its turns; they would end with it."""

    @property
    def is_in_use(self) -> bool:
        """Whether a process is about to be, or somebody asks it something that is no turn."""
        return self._questions > 0 or self._is_connecting

    @contextmanager
    def asked(self) -> Iterator[None]:
        """The process is not taken for idle as long as the block lasts."""
        self._questions += 1
        try:
            yield
        finally:
            self._questions -= 1

    async def take_slot(self) -> None:
        """Waits for a slot, unless there is one.

        Raises:
            SessionNotFoundError: the session went meanwhile.
        """
        while not self.has_slot:  # the one that came may have been left again by who shared it
            await self._wait_for_slot()

    async def _wait_for_slot(self) -> None:
        # A turn and a question may both want one: they share a place in line, which is left when both have gone.
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take())
        self._takers += 1
        try:
            await asyncio.shield(self._taking)
        except asyncio.CancelledError:
            raise self._unless_cancelled(SessionNotFoundError()) from None
        finally:
            self._takers -= 1
            if not self._takers and self._taking and not self._taking.done():
                self._taking.cancel()
                self._taking = None

    def leave_slot(self) -> None:
        """Gives the slot back, unless a process needs it."""
        if self.has_slot and self.cli is None and not self._is_connecting:
            self.has_slot = False
            self._session.host.slots.release()

    def connect(self) -> asyncio.Task[ClaudeProcess]:
        """Starts a process in this conversation, unless there is one; whoever asks has a slot."""
        before = self._connecting
        if before is None or before.done() or before.cancelling():
            self._connecting = asyncio.create_task(self._connected(before))
            self._connecting.add_done_callback(self._has_connected)
            return self._connecting
        return before

    async def connected(self) -> ClaudeProcess:
        """A process in this conversation, though no turn runs.

        Raises:
            SessionNotFoundError: the session went meanwhile.
            CliFailedError: the process did not start, or nobody needed it any more.
        """
        try:
            await self.take_slot()
            return await asyncio.shield(self.connect())
        except asyncio.CancelledError:
            raise self._unless_cancelled(SessionNotFoundError() if self._is_closed else CliFailedError()) from None
        finally:
            self._leave_unless_busy()

    def borrow(self, cli: ClaudeProcess) -> None:
        """Takes a connected process with the slot that it holds; until `release` it is not ours to park."""
        self.has_slot = self.is_lent = True
        self._attach(cli)

    def release(self, give_back: Callable[[ClaudeProcess], asyncio.Task[None]]) -> None:
        """Gives the process away, still connected and with its slot; the conversation rests until it has left it."""
        cli, self.cli = self.cli, None
        if cli:
            self.has_slot = self.is_lent = False
            cli.ask = None
            self._closing = give_back(cli)

    def park(self) -> asyncio.Task[None] | None:
        """Ends the process; the next prompt starts another one in the same conversation."""
        return self.drop(self.cli) if self.cli else None

    def renew(self) -> None:
        """Parks a process that runs with other settings than are in force, unless it is needed."""
        needed = self.is_lent or self.background_tasks or self._questions
        if self.cli and not needed and not self._session.preferences.suit(self.cli):
            self.park()

    def retire(self) -> None:
        """Ends the process, or the start of one: what was given for one life of it is over, even if none began."""
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
        self._session.preferences.forget_process()
        self.park()

    def drop(self, cli: ClaudeProcess) -> asyncio.Task[None]:
        """Ends this process, which may be gone already; its slot is free once it is."""
        self._closing = closing = cli.close()
        if self.cli is cli:
            self.cli = None
            self.is_lent = False
            self.background_tasks = 0
            self._session.preferences.forget_process()
            self._session.runner.left()
            if self.has_slot:
                self.has_slot = False
                closing.add_done_callback(lambda _: self._session.host.slots.release())
        return closing

    async def close(self) -> None:
        """Ends the process and one that is about to be, for good."""
        self._is_closed = True
        for task in (self._taking, self._connecting):
            if task and not task.done():
                task.cancel()
                await asyncio.wait({task})
        self.park()
        if self._closing:  # one that went before may still write the end of its transcript
            await asyncio.wait({self._closing})
        self.leave_slot()

    @property
    def _is_connecting(self) -> bool:
        return self._connecting is not None and not self._connecting.done()

    async def _take(self) -> None:
        since = time.monotonic()
        await self._session.host.slots.acquire()
        self.has_slot = True
        self._session.host.metrics.waited(time.monotonic() - since)

    async def _connected(self, before: asyncio.Task[ClaudeProcess] | None) -> ClaudeProcess:
        if before and not before.done():
            await asyncio.wait({before})
        if self._is_closed:
            raise SessionNotFoundError
        if self.cli:
            return self.cli
        if self._closing:
            # Two processes must not write one transcript.
            await asyncio.wait({self._closing})
        cli = await self._session.workshop.connect()
        self._attach(cli)
        return cli

    def _has_connected(self, task: asyncio.Task[ClaudeProcess]) -> None:
        if not task.cancelled():
            task.exception()  # whoever asked may have gone: a failure that nobody collects is no news
        # Its slot is others', and so is a process that nobody uses.
        if not self._session.runner.is_busy:
            self.leave_slot()
            self._session.rested()

    def _leave_unless_busy(self) -> None:
        if not self._session.runner.is_busy:
            self.leave_slot()

    def _unless_cancelled(self, error: Exception) -> BaseException:
        """What became of a task of ours that we waited for, unless it is we who are cancelled."""
        task = asyncio.current_task()
        return asyncio.CancelledError() if task and task.cancelling() else error

    def _attach(self, cli: ClaudeProcess) -> None:
        self.cli = cli
        cli.ask = self._session.permissions.ask
        cli.listen(self._session.runner.heard, self._session.runner.lost)
