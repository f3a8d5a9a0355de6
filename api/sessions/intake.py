"""Accepts turns for one session: checks them, counts them, stores them and queues them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.errors import DrainingError, SessionBusyError, SessionNotFoundError
from api.events import shell_events
from api.processes.handle import ProcessHandle
from api.schema import Prompt
from api.schema.sessions import PermissionMode
from api.sessions.context import SessionContext
from api.sessions.options import QueryOptions, check_mode, check_prompt
from api.sessions.settings import SessionSettings
from api.storage.session_store import SessionStore
from api.turns.attachments import check_attachments
from api.turns.queue import TurnQueue
from api.turns.runner import TurnRunner
from api.turns.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A turn that is stored and will run."""

    turn: Turn
    position: int
    """How many turns run before it; 0 if it runs now."""


class TurnIntake:
    """Accepts the turns of one session."""

    def __init__(
        self,
        context: SessionContext,
        *,
        store: SessionStore,
        settings: SessionSettings,
        handle: ProcessHandle,
        queue: TurnQueue,
        runner: TurnRunner,
        workspace: Path,
        is_deleted: Callable[[], bool],
        change: Callable[..., Awaitable[object]],
    ) -> None:
        """
        Args:
            is_deleted: whether the session is being deleted.
            change: changes the session's model or effort; see `Session.change`.
        """
        self._context = context
        self._store = store
        self._settings = settings
        self._handle = handle
        self._queue = queue
        self._runner = runner
        self._workspace = workspace
        self._is_deleted = is_deleted
        self._change = change

    async def prompt(self, prompt: Prompt) -> Accepted:
        """Accepts a prompt, which from then on survives any crash.

        Raises:
            InvalidPromptError: it is blank or too long.
            InvalidAttachmentError: an attachment cannot be used.
            NotConfiguredError: there are no credentials.
            PromptQueueFullError: too many prompts wait in this session.
            BusyError: too many sessions wait for a process, or the server is stopping.
            LimitError: the user has reached a limit.
        """
        check_prompt(prompt.prompt)
        check_attachments(prompt.attachments, self._workspace)
        self._context.launcher.check_credentials()
        self._queue.check_not_full()
        turn = Turn(id=str(uuid.uuid4()), prompt=prompt.prompt, attachments=prompt.attachments)
        await self.count_turn()
        return Accepted(turn=turn, position=await self.submit(turn))

    async def shell(self, command: str) -> Accepted:
        """Accepts a shell command. Raises what `prompt` raises about the queue, the server and the user."""
        self._queue.check_not_full()
        await self.count_turn()
        turn = Turn(id=str(uuid.uuid4()), prompt=shell_events.PREFIX + command, kind="shell")
        return Accepted(turn=turn, position=await self.submit(turn))

    async def count_turn(self) -> None:
        """Checks that a turn may begin, and counts it. Raises what `prompt` raises about the server and the user."""
        try:
            await self._context.quota.count_turn(self._store.row.owner)
        except DrainingError:
            await self._context.hand_over(self._store.row.id)
            raise

    async def submit(self, turn: Turn) -> int:
        """Stores and queues a turn, and returns how many turns run before it.

        Raises:
            BusyError: too many sessions wait for a process.
            SessionNotFoundError: the session was deleted meanwhile.
        """
        if not self._runner.is_busy and not self._handle.has_slot:
            self._context.limiter.check_not_full()
        await self._queue.store(turn)
        if self._is_deleted():
            raise SessionNotFoundError
        return self._runner.enqueue(turn)

    async def submit_query(self, turn: Turn, options: QueryOptions, *, mode: PermissionMode) -> None:
        """Runs a query's turn with the query's options; no other turn runs with them.

        Args:
            mode: the permission mode until the process ends. The session's own mode stays stored.

        Raises:
            SessionBusyError: another turn is running, or was queued meanwhile and runs first.
        """
        self._runner.check_not_busy()
        with self._runner.paused():
            check_mode(mode, allows_bypass=self._context.launcher.allows_bypass)
            if await self._settings.store_options(options) and (closing := self._handle.end_process()):
                await asyncio.wait({closing})
            if options.model or options.effort:
                await self._change(model=options.model, effort=options.effort)
            await self._settings.change(self._handle.process, permission_mode=mode)
            if await self.submit(turn):
                self._handle.end_process_and_mode()
                raise SessionBusyError

    async def resume(self, turns: Sequence[Turn]) -> None:
        """Queues the turns that an earlier process of the session left unfinished."""
        if turns:
            await self._store.reserve_event_numbers()
        for turn in turns:
            self._runner.enqueue(turn)
