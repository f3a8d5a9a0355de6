"""All sessions of all users: creates, finds, lists, forks and deletes them."""

import asyncio
import time
import uuid
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from api.claude.transcript_writer import TranscriptWriter
from api.cluster.leases import Lease, Leases, SessionElsewhereError
from api.errors import DrainingError, SessionNotFoundError
from api.files.workspace import LOCAL, folder_inside, workspace_of
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.processes.pool import ProcessPool
from api.processes.server_info import ServerInfoCache
from api.schema import Prompt, SessionInfo
from api.sessions.context import SessionContext
from api.sessions.drain import SessionDrainer
from api.sessions.idle import IdleReaper
from api.sessions.options import SessionOptions, check_mode
from api.sessions.parts import info_of
from api.sessions.quota import QuotaGuard
from api.sessions.registry import SessionRegistry
from api.sessions.session import Session
from api.sessions.trust import Trust
from api.settings import Settings
from api.storage import SessionRow, Storage
from api.storage.session_store import GENERATION_SIZE, StoredOptions
from api.turns.result import interrupted
from runtime.background_tasks import BackgroundTasks
from runtime.database.errors import TRANSIENT_ERRORS

SHUTDOWN = "The server was stopped during this turn. Your next prompt continues from here."


class SessionService:
    """The sessions of all users, usable in its `async with` block. Leaving it ends every Claude Code process."""

    def __init__(
        self, settings: Settings, storage: Storage, leases: Leases, metrics: Metrics, tasks: BackgroundTasks
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._leases = leases
        self._tasks = tasks
        self._registry = SessionRegistry(storage, leases, tasks, lambda row: Session(row, self._context))
        self._open = self._registry.sessions
        self._transcripts = TranscriptWriter(storage.transcripts, tasks, on_change=self._report_storage)
        has_unstored_lines = self._transcripts.has_unstored_lines
        self._reaper = IdleReaper(
            self._registry, idle_timeout=settings.idle_timeout, has_unstored_lines=has_unstored_lines
        )
        self._drainer = SessionDrainer(self._registry, has_unstored_lines=has_unstored_lines)
        self.quota = QuotaGuard(settings, storage.usage, metrics)
        self._launcher = ProcessLauncher(settings, storage, metrics, self._transcripts, tasks)
        self._limiter = ProcessLimiter(
            settings.max_sessions, queue_limit=settings.queue_limit, reclaim=self._reaper.reclaim
        )
        trust = Trust(storage.trusted_folders, trusts_all=settings.trust_workspace)
        self.server_info = ServerInfoCache(settings, self._launcher, self._limiter, tasks)
        self.pool = ProcessPool(
            settings,
            launcher=self._launcher,
            limiter=self._limiter,
            metrics=metrics,
            tasks=tasks,
            is_trusted=trust.check,
        )
        self._context = SessionContext(
            settings=settings,
            storage=storage,
            metrics=metrics,
            tasks=tasks,
            launcher=self._launcher,
            limiter=self._limiter,
            trust=trust,
            quota=self.quota,
            take_worker=self.pool.take_idle,
            on_idle=self._on_idle,
            hand_over=self._hand_over,
        )
        metrics.watch("sessions", "Sessions in memory, by state.", "state", lambda: self.counts)
        metrics.watch("workers", "Processes for queries, by state.", "state", lambda: self.pool.counts)
        metrics.watch("line", "Callers who wait for a process.", "for", lambda: {"process": self._limiter.waiting})

    async def __aenter__(self) -> Self:
        """Ends the turns that a crash has interrupted, and runs the prompts that are queued."""
        self._settings.workspace_dir.mkdir(parents=True, exist_ok=True)
        self._reaper.open(self._tasks)
        if self._settings.credential:
            await self._registry.take_orphans()
            self.pool.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quota.is_draining = True
        self._reaper.close()
        stopped = interrupted("interrupted", SHUTDOWN, "interrupted_by_shutdown")
        await asyncio.gather(*(session.close(stopped) for session in self._open.values()), self.pool.close())
        await self._tasks.wait()
        await self._transcripts.close()
        await self._leases.release(list(self._open))

    async def drain(self) -> None:
        """Refuses new turns, and waits until no turn is running. Queued turns stay stored, for other replicas."""
        self.quota.is_draining = True
        releasing = self._tasks.start_forever(self._drainer.release_queues()) if self._is_handing_over else None
        try:
            while turns := [
                turn for session in self._open.values() if (turn := session.active_turn) and not turn.is_over
            ]:
                await asyncio.wait({turn.finished for turn in turns})
        finally:
            if releasing:
                releasing.cancel()

    def check_credentials(self) -> None:
        """Checks that there are credentials.

        Raises:
            NotConfiguredError: there are none.
        """
        self._launcher.check_credentials()

    async def create(
        self,
        user: str,
        *,
        session_id: str | None = None,
        title: str | None = None,
        options: SessionOptions | None = None,
    ) -> tuple[Session, bool]:
        """Creates a session, or finds the user's session with this id. Returns whether it is new.

        Raises:
            SessionNotFoundError: another user has a session with this id.
            InvalidPathError: `cwd` is not a folder of the workspace.
            BypassForbiddenError: the permission mode is not allowed here.
            DrainingError: the server is stopping.
        """
        if session_id is not None and await self._storage.sessions.get(session_id):
            return await self.find(user, session_id), False
        self.quota.check_open()
        row = self.new_row(user, session_id or str(uuid.uuid4()), title=title, options=options or SessionOptions())
        if not await self._storage.sessions.add(row, claim=self._leases.claim):
            return await self.find(user, row.id), False
        return self._registry.add(Session(row, self._context, is_new=True)), True

    async def begin(
        self,
        user: str,
        prompt: Prompt,
        *,
        session_id: str | None = None,
        title: str | None = None,
        options: SessionOptions | None = None,
    ) -> tuple[Session, bool]:
        """Creates a session as `create` does, and sends the first prompt to a new one.

        Raises what `create` and `Session.prompt` raise. If the prompt is refused, the session is deleted again, so that
        the call can be repeated with the same id. Runs to the end even if the caller disconnects.
        """
        self.check_credentials()
        creation = self.create(user, session_id=session_id, title=title, options=options)
        return await self._tasks.run_to_completion(self._begin(creation, prompt))

    async def _begin(self, creation: Coroutine[Any, Any, tuple[Session, bool]], prompt: Prompt) -> tuple[Session, bool]:
        session, is_new = await creation
        try:
            if is_new:
                await session.prompt(prompt)
        except Exception:
            if not session.is_busy:  # otherwise another caller has sent a prompt meanwhile
                session.is_deleted = True
                with suppress(*TRANSIENT_ERRORS):  # deleted later, in the background
                    await session.write_with_retry(lambda: self._delete(session))
            raise
        return session, is_new

    async def add(self, row: SessionRow) -> Session:
        """Creates a session from its row."""
        await self._storage.sessions.add(row, claim=self._leases.claim)
        return self._registry.add(Session(row, self._context, is_new=True))

    def new_row(
        self,
        user: str,
        session_id: str,
        *,
        title: str | None,
        options: SessionOptions,
        origin: Literal["session", "query"] = "session",
    ) -> SessionRow:
        """The row of a new session. Raises what `create` raises about the options."""
        check_mode(options.permission_mode, allows_bypass=self._launcher.allows_bypass)
        folder = folder_inside(workspace_of(self._settings, user), options.cwd)
        stored = msgspec.structs.replace(msgspec.convert(options, StoredOptions, from_attributes=True), origin=origin)
        return SessionRow(
            id=session_id,
            owner=user,
            title=title or "",
            cwd=str(folder),
            permission_mode=options.permission_mode or "default",
            transcript_id=session_id,
            model=options.model,
            effort=options.effort,
            options=msgspec.to_builtins(stored),
            last_seq=GENERATION_SIZE,
        )

    async def find(self, user: str, session_id: str) -> Session:
        """The user's session; `local` finds every user's. Use it at once: an unused session is removed from memory.

        Raises:
            SessionNotFoundError: the user has no session with this id.
            SessionElsewhereError: another replica runs it.
            DrainingError: the server is stopping, and another replica will run the prompts that are queued in it.
        """
        session = self._open.get(session_id)
        if session is None:
            row = await self._storage.sessions.get(session_id)
            if row is None or user not in (row.owner, LOCAL):
                raise SessionNotFoundError
            if self._is_handing_over and await self._storage.turns.of_session(row.id, "queued"):
                if lease := (await self._leases.elsewhere([row.id])).get(row.id):
                    raise SessionElsewhereError(lease)
                raise DrainingError  # the session is left to the replica that will run its prompts
            session = await self._registry.load(row)
        if session.is_deleted or user not in (session.row.owner, LOCAL):
            raise SessionNotFoundError
        session.last_used_at = time.monotonic()
        return session

    async def list(
        self, user: str, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> tuple[tuple[SessionInfo, ...], str | None]:
        """A page of the user's sessions, newest first, and the cursor of the next page."""
        owner = None if user == LOCAL else user
        rows, after = await self._storage.sessions.page(owner, limit=limit, cursor=cursor, search=search)
        leases = await self._leases.elsewhere([row.id for row in rows if row.id not in self._open])
        return tuple(self._info(row, leases.get(row.id)) for row in rows), after

    async def fork(self, user: str, session_id: str, *, after_message: str | None = None) -> Session:
        """Copies a conversation, up to and including a message, into a new session.

        Runs to the end even if the caller disconnects.

        Raises:
            MessageNotFoundError: there is no such message.
            SessionBusyError: the session runs a turn.
        """
        return await self._tasks.run_to_completion(self._fork(user, session_id, after_message))

    async def _fork(self, user: str, session_id: str, after_message: str | None) -> Session:
        session = await self.find(user, session_id)
        fork = await self.add(await session.fork(user=user, after_message=after_message))
        if after_message is None:
            await session.copy_new_commands(fork.id)
        return fork

    async def delete(self, user: str, session_id: str) -> None:
        """Ends the session's process and deletes the conversation. Runs to the end even if the caller disconnects."""
        session = await self.find(user, session_id)
        session.is_deleted = True
        await self._tasks.run_to_completion(self._delete(session))

    async def _delete(self, session: Session) -> None:
        await session.close(interrupted())
        files = await self._launcher.transcript_files(session.row.owner)
        for transcript_id in session.transcript_ids:
            await self._storage.transcripts.delete_session(transcript_id)
            await files.remove(transcript_id)
        await self._storage.sessions.remove(session.id)
        self._open.pop(session.id, None)
        session.end_subscriptions()
        await self._leases.release([session.id])

    def infos(self) -> Mapping[str, SessionInfo]:
        """The sessions in memory, by id."""
        return {session.id: session.info for session in self._open.values()}

    async def lose(self, session_ids: Iterable[str]) -> None:
        """Drops sessions that another replica has taken."""
        await self._registry.lose(session_ids)

    async def adopt(self, session_id: str) -> None:
        """Takes over a session with unfinished turns that no replica runs, unless this server is stopping."""
        if not self.quota.is_draining:
            await self._registry.adopt(session_id)

    @property
    def counts(self) -> dict[str, int]:
        """The number of sessions in memory, by state."""
        states = [session.state for session in self._open.values()]
        return {state: states.count(state) for state in ("idle", "running", "waiting", "parked")}

    def _info(self, row: SessionRow, lease: Lease | None) -> SessionInfo:
        if session := self._open.get(row.id):
            return session.info
        return info_of(
            row,
            state=lease.state if lease else "parked" if row.num_turns else "idle",
            model=row.model or self._settings.claude_model,
            permission_mode=row.permission_mode,
            pending_requests=lease.requests if lease else 0,
        )

    def _report_storage(self, transcript_id: str, has_failed: bool) -> None:
        for session in self._open.values():
            if session.row.transcript_id == transcript_id:
                session.report_storage(has_failed=has_failed)

    async def _hand_over(self, session_id: str) -> None:
        if self._is_handing_over:
            await self._drainer.release(session_id)

    @property
    def _is_handing_over(self) -> bool:
        return self.quota.is_draining and self._leases.can_hand_over

    def _on_idle(self, session_id: str) -> None:
        if self._limiter.waiting:
            self._reaper.reclaim()
        if session := self._open.get(session_id):
            session.last_used_at = time.monotonic()
