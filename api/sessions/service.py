"""Every conversation of the house: opened, found, listed, limited, parked."""

import asyncio
import time
import uuid
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast

import claude_agent_sdk as sdk
import msgspec

from api.claude.transcript_writer import TranscriptWriter
from api.cluster.leases import Lease, Leases, SessionElsewhereError
from api.errors import SessionNotFoundError
from api.events.log import GENERATION
from api.files.workspace import LOCAL, folder_inside, workspace_of
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.processes.pool import ProcessPool
from api.processes.server_info import ServerInfoCache
from api.schema import Prompt, SessionInfo
from api.sessions.context import SessionContext
from api.sessions.drain import SessionDrainer
from api.sessions.fork import copy_commands, fork_session
from api.sessions.idle import IdleReaper
from api.sessions.options import SessionOptions, StoredOptions, check_mode
from api.sessions.quota import DrainingError, QuotaGuard
from api.sessions.registry import SessionRegistry
from api.sessions.session import Session
from api.sessions.trust import Trust
from api.settings import Settings
from api.storage import SessionRow, Storage
from api.turns.result import interrupted
from runtime.database.errors import TRANSIENT_ERRORS

ResultT = TypeVar("ResultT")
SHUTDOWN = "The server was stopped during this turn. Your next prompt goes on from here."


class SessionService:
    """The sessions of all users. `async with` it: leaving ends every Claude Code process."""

    def __init__(self, settings: Settings, storage: Storage, leases: Leases, metrics: Metrics) -> None:
        self._settings = settings
        self._storage = storage
        self._leases = leases
        self._residents = SessionRegistry(storage, leases, lambda row: Session(row, self.host))
        self._open = self._residents.sessions
        self._mirror = TranscriptWriter(storage.transcripts, trouble=self._tell_trouble)
        self._parking = IdleReaper(self._residents, idle_timeout=settings.idle_timeout, owes=self._mirror.owes)
        self._handover = SessionDrainer(self._residents, owes=self._mirror.owes)
        self.admission = QuotaGuard(settings, storage.usage, metrics)
        starter = ProcessLauncher(settings, storage, metrics, cast(sdk.SessionStore, self._mirror))
        self._tasks: set[asyncio.Task[Any]] = set()
        slots = ProcessLimiter(settings.max_sessions, line_limit=settings.queue_limit, reclaim=self._parking.reclaim)
        trust = Trust(storage.trusted_folders, trusts_all=settings.trust_workspace)
        self.offer = ServerInfoCache(settings, starter, slots)
        self.workers = ProcessPool(settings, starter, slots, trust, metrics)
        self.host = SessionContext(
            settings=settings,
            storage=storage,
            metrics=metrics,
            starter=starter,
            slots=slots,
            trust=trust,
            take_worker=self.workers.take,
            admission=self.admission,
            rested=self._rested,
            spawn=self.spawn,
            let_go=self._let_go,
        )
        metrics.watch("sessions", "Sessions in memory, by state.", "state", lambda: self.counts)
        metrics.watch("workers", "Processes for queries, by state.", "state", lambda: self.workers.counts)
        metrics.watch("line", "Callers who wait for a process.", "for", lambda: {"process": slots.waiting})

    async def __aenter__(self) -> Self:
        """Ends what a crash left running, and runs the prompts that were queued."""
        self._settings.workspace_dir.mkdir(parents=True, exist_ok=True)
        self._parking.open()
        if self._settings.credential:
            await self._residents.take_orphans()
            self.workers.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.admission.is_draining = True
        self._parking.close()
        stopped = interrupted("interrupted", SHUTDOWN, "interrupted_by_shutdown")
        sessions = (session.runner.close(stopped) for session in self._open.values())
        await asyncio.gather(*sessions, self.workers.close())
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)  # who waits for one hears of it
        await self._mirror.close()
        await self._leases.release(list(self._open))

    async def drain(self) -> None:
        """Begins nothing new, and returns once no turn runs; what waits in line stays in storage, for others to run."""
        self.admission.is_draining = True
        giving = asyncio.create_task(self._handover.let_queues_go()) if self._is_leaving else None
        try:
            while turns := [
                turn for session in self._open.values() if (turn := session.runner.at_work) and not turn.is_over
            ]:
                await asyncio.wait({turn.finished for turn in turns})
        finally:
            if giving:
                giving.cancel()

    async def create(
        self,
        user: str,
        *,
        session_id: str | None = None,
        title: str | None = None,
        options: SessionOptions | None = None,
    ) -> tuple[Session, bool]:
        """A new session, or the user's own with that id as it is; True when it is new.

        Raises:
            SessionNotFoundError: the id is another's.
            OutsideWorkspaceError: `cwd` is no folder of the workspace.
            BypassForbiddenError: that permission mode is not allowed here.
            DrainingError: the server is about to stop.
        """
        if session_id is not None and await self._storage.sessions.get(session_id):
            return await self.find(user, session_id), False
        self.admission.check_open()
        row = self.new_row(user, session_id or str(uuid.uuid4()), title=title, options=options or SessionOptions())
        if not await self._storage.sessions.add(row, claim=self._leases.claim):
            return await self.find(user, row.id), False
        return self._add(row, is_new=True), True

    async def begin(
        self,
        user: str,
        prompt: Prompt,
        *,
        session_id: str | None = None,
        title: str | None = None,
        options: SessionOptions | None = None,
    ) -> tuple[Session, bool]:
        """What `create` does, with a first prompt for a session that is new; raises what `Session.prompt` does too.

        A session whose first prompt is refused is not kept: the same may be asked for again, with the same id.
        """
        self.host.starter.check_credentials()
        making = self.create(user, session_id=session_id, title=title, options=options)
        # Whoever asked for it may go: no session is left without its prompt.
        return await asyncio.shield(self.spawn(self._begin(making, prompt)))

    async def _begin(self, making: Coroutine[Any, Any, tuple[Session, bool]], prompt: Prompt) -> tuple[Session, bool]:
        session, is_new = await making
        try:
            if is_new:
                await session.prompt(prompt)
        except Exception:
            if not session.runner.is_busy:  # else somebody was fast, and sent another one
                session.is_deleted = True
                with suppress(*TRANSIENT_ERRORS):  # later, then
                    await session.voice.insist(lambda: self._delete(session))
            raise
        return session, is_new

    async def add(self, row: SessionRow) -> Session:
        """A new session from its row."""
        await self._storage.sessions.add(row, claim=self._leases.claim)
        return self._add(row, is_new=True)

    def new_row(
        self,
        user: str,
        session_id: str,
        *,
        title: str | None,
        options: SessionOptions,
        origin: Literal["session", "query"] = "session",
    ) -> SessionRow:
        """What a new session is remembered by; raises what `create` raises."""
        check_mode(options.permission_mode, allows_bypass=self.host.starter.allows_bypass)
        folder = folder_inside(workspace_of(self._settings, user), options.cwd)
        kept = msgspec.structs.replace(msgspec.convert(options, StoredOptions, from_attributes=True), origin=origin)
        return SessionRow(
            id=session_id,
            owner=user,
            title=title or "",
            cwd=str(folder),
            permission_mode=options.permission_mode or "default",
            transcript_id=session_id,
            model=options.model,
            effort=options.effort,
            options=msgspec.to_builtins(kept),
            last_seq=GENERATION,
        )

    async def find(self, user: str, session_id: str) -> Session:
        """The user's session; `local` finds anybody's. Whoever has it uses it soon, or it is forgotten meanwhile.

        Raises:
            SessionNotFoundError: there is none, or it is another's.
            SessionElsewhereError: another replica runs it.
            DrainingError: the server is about to stop, and another one will run the prompts that wait in it.
        """
        session = self._open.get(session_id)
        if session is None:
            row = await self._storage.sessions.get(session_id)
            if row is None or user not in (row.owner, LOCAL):
                raise SessionNotFoundError
            if self._is_leaving and await self._storage.turns.of_session(row.id, "queued"):
                if lease := (await self._leases.elsewhere([row.id])).get(row.id):
                    raise SessionElsewhereError(lease)
                raise DrainingError  # or it would be taken back from who is about to run its prompts
            session = await self._residents.take(row)
        if session.is_deleted or user not in (session.row.owner, LOCAL):
            raise SessionNotFoundError
        session.touched_at = time.monotonic()
        return session

    async def list(
        self, user: str, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> tuple[tuple[SessionInfo, ...], str | None]:
        """A page of the user's sessions, newest first, and the cursor of the next one."""
        owner = None if user == LOCAL else user
        rows, after = await self._storage.sessions.page(owner, limit=limit, cursor=cursor, search=search)
        leases = await self._leases.elsewhere([row.id for row in rows if row.id not in self._open])
        return tuple(self._info(row, leases.get(row.id)) for row in rows), after

    async def fork(self, user: str, session_id: str, *, after_message: str | None = None) -> Session:
        """A new session that shares the conversation, up to and with a message.

        Raises:
            MessageNotFoundError: no such message.
            SessionBusyError: the session runs a turn.
        """
        # Whoever asked for it may go: no copied line is left without a session.
        return await asyncio.shield(self.spawn(self._fork(user, session_id, after_message)))

    async def _fork(self, user: str, session_id: str, after_message: str | None) -> Session:
        session = await self.find(user, session_id)
        row = await fork_session(session, self._storage, user=user, after_message=after_message)
        fork = await self.add(row)
        if after_message is None:
            await copy_commands(session, self._storage, fork.id)
        return fork

    async def delete(self, user: str, session_id: str) -> None:
        """Ends the session's process and forgets the conversation."""
        session = await self.find(user, session_id)
        session.is_deleted = True
        # Whoever asked for it may go: it is not left half done.
        await asyncio.shield(self.spawn(self._delete(session)))

    async def _delete(self, session: Session) -> None:
        await session.runner.close(interrupted())
        files = await self.host.starter.files(session.row.owner)
        for transcript in (session.row.transcript_id, *session.memory.kept.past_transcripts):
            await self._storage.transcripts.forget(transcript)
            await files.forget(transcript)
        await self._storage.sessions.remove(session.id)
        self._open.pop(session.id, None)
        session.journal.log.close()
        await self._leases.release([session.id])

    def infos(self) -> Mapping[str, SessionInfo]:
        """The sessions in memory, by id."""
        return {session.id: session.info for session in self._open.values()}

    async def lose(self, session_ids: Iterable[str]) -> None:
        """Drops sessions that another replica has taken."""
        await self._residents.lose(session_ids)

    async def adopt(self, session_id: str) -> None:
        """Takes over a session whose turns no replica runs any more."""
        if not self.admission.is_draining:
            await self._residents.adopt(session_id)

    @property
    def counts(self) -> dict[str, int]:
        """Sessions in memory by state."""
        states = [session.state for session in self._open.values()]
        return {state: states.count(state) for state in ("idle", "running", "waiting", "parked")}

    def spawn(self, work: Coroutine[Any, Any, ResultT]) -> asyncio.Task[ResultT]:
        """Runs something in the background that has to be over before all of this closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _add(self, row: SessionRow, *, is_new: bool = False) -> Session:
        return self._residents.add(Session(row, self.host, is_new=is_new))

    def _info(self, row: SessionRow, lease: Lease | None) -> SessionInfo:
        info = (self._open.get(row.id) or Session(row, self.host)).info
        if lease:
            return msgspec.structs.replace(info, state=lease.state, pending_requests=lease.requests)
        return info

    def _tell_trouble(self, transcript_id: str, has_trouble: bool) -> None:
        for session in self._open.values():
            if session.row.transcript_id == transcript_id:
                session.voice.tell_trouble(has_trouble)

    async def _let_go(self, session_id: str) -> None:
        if self._is_leaving:
            await self._handover.let_go(session_id)

    @property
    def _is_leaving(self) -> bool:
        return self.admission.is_draining and self._leases.is_shared

    def _rested(self, session_id: str) -> None:
        if self.host.slots.waiting:
            self._parking.reclaim()
        if session := self._open.get(session_id):
            session.touched_at = time.monotonic()
