"""Every conversation of the house: opened, found, listed, limited, parked."""

import asyncio
import time
import uuid
from types import TracebackType
from typing import Any, Self, cast

import claude_agent_sdk as sdk
import msgspec
import structlog

from api.claude.command import Launch
from api.claude.errors import SessionNotFoundError
from api.claude.folders import folder_inside
from api.claude.host import Host
from api.claude.mirror import Mirror
from api.claude.options import Kept, SessionOptions, check_mode
from api.claude.outcome import interrupted
from api.claude.recovery import recover
from api.claude.session import Session
from api.claude.slots import Slots
from api.claude.starter import Starter
from api.claude.trust import Trust
from api.metrics import Metrics
from api.routes.caller import LOCAL
from api.schema import SessionInfo
from api.settings import Settings
from api.storage import SessionRow, Storage
from api.workspace import workspace_of

PARK_CHECKS = 4
"""How many times in an idle timeout it is looked who is idle."""
SHUTDOWN = "The server was stopped during this turn. Your next prompt goes on from here."

log = structlog.get_logger(__name__)


class Sessions:
    """The sessions of all users. `async with` it: leaving ends every Claude Code process."""

    def __init__(self, settings: Settings, storage: Storage, metrics: Metrics) -> None:
        self._settings = settings
        self._storage = storage
        self._open: dict[str, Session] = {}
        self._finding = asyncio.Lock()
        self._parking: asyncio.Task[None] | None = None
        self._server_info: dict[str, Any] | None = None
        starter = Starter(settings, storage, metrics, cast(sdk.SessionStore, Mirror(storage.transcripts)))
        slots = Slots(settings.max_sessions, line_limit=settings.queue_limit, reclaim=self._reclaim)
        trust = Trust(storage.trusted_folders, trusts_all=settings.trust_workspace)
        self.host = Host(
            settings=settings,
            storage=storage,
            metrics=metrics,
            starter=starter,
            slots=slots,
            trust=trust,
            rested=self._rested,
        )
        metrics.watch("sessions", "Sessions in memory, by state.", "state", lambda: self.counts)

    async def __aenter__(self) -> Self:
        """Ends what a crash left running, and runs the prompts that were queued."""
        self._parking = asyncio.create_task(self._park_idle())
        if self._settings.credential:
            for row, turn in await recover(self._storage):
                session = self._open.get(row.id) or self._add(row)
                session.enqueue(turn)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._parking:
            self._parking.cancel()
        stopped = interrupted("interrupted", SHUTDOWN, "interrupted_by_shutdown")
        await asyncio.gather(*(session.runner.close(stopped) for session in self._open.values()))

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
        """
        if session_id is not None and await self._storage.sessions.get(session_id):
            return await self.find(user, session_id), False
        row = self.new_row(user, session_id or str(uuid.uuid4()), title=title, options=options or SessionOptions())
        if not await self._storage.sessions.add(row):
            return await self.find(user, row.id), False
        return self._add(row), True

    def new_row(self, user: str, session_id: str, *, title: str | None, options: SessionOptions) -> SessionRow:
        """What a new session is remembered by; raises what `create` raises."""
        check_mode(options.permission_mode, allows_bypass=self._settings.allow_bypass_permissions)
        folder = folder_inside(workspace_of(self._settings, user), options.cwd)
        kept = msgspec.convert(options, Kept, from_attributes=True)
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
        )

    async def find(self, user: str, session_id: str) -> Session:
        """The user's session; `local` finds anybody's.

        Raises:
            SessionNotFoundError: there is none, or it is another's.
        """
        session = self._open.get(session_id)
        if session is None:
            row = await self._storage.sessions.get(session_id)
            if row is None:
                raise SessionNotFoundError
            session = self._open.get(session_id) or self._add(row)
        if user not in (session.row.owner, LOCAL):
            raise SessionNotFoundError
        return session

    async def list(
        self, user: str, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> tuple[tuple[SessionInfo, ...], str | None]:
        """A page of the user's sessions, newest first, and the cursor of the next one."""
        owner = None if user == LOCAL else user
        rows, after = await self._storage.sessions.page(owner, limit=limit, cursor=cursor, search=search)
        sessions = (self._open.get(row.id) or Session(row, self.host) for row in rows)
        return tuple(session.info for session in sessions), after

    async def delete(self, user: str, session_id: str) -> None:
        """Ends the session's process and forgets the conversation."""
        session = await self.find(user, session_id)
        self._open.pop(session_id, None)
        await session.runner.close(interrupted())
        for transcript in (session.row.transcript_id, *session.kept.past_transcripts):
            await self._storage.transcripts.forget(transcript)
            await self.host.starter.files.forget(transcript)
        await self._storage.sessions.remove(session_id)

    async def server_info(self, user: str) -> dict[str, Any]:  # the CLI's own shape: models, commands, agents
        """What this Claude Code offers; asked once, then remembered."""
        if self._server_info is None:
            folder = workspace_of(self._settings, user)
            launch = Launch(session_id=str(uuid.uuid4()), cwd=folder, permission_mode="dontAsk")
            await self.host.slots.acquire()
            try:
                cli = await self.host.starter.start(launch, reason="query")
                self._server_info = await cli.server_info()
                await cli.close()
            finally:
                self.host.slots.release()
        return self._server_info

    @property
    def counts(self) -> dict[str, int]:
        """Sessions in memory by state."""
        states = [session.state for session in self._open.values()]
        return {state: states.count(state) for state in ("idle", "running", "waiting", "parked")}

    def _add(self, row: SessionRow) -> Session:
        session = self._open[row.id] = Session(row, self.host)
        return session

    def _rested(self, session_id: str) -> None:
        if self.host.slots.waiting:
            self._reclaim()
        session = self._open.get(session_id)
        if session and session.is_forgettable:
            del self._open[session_id]

    def _reclaim(self) -> None:
        resting = [session for session in self._open.values() if session.runner.is_resting]
        if resting:
            min(resting, key=lambda session: session.rested_at).park()

    async def _park_idle(self) -> None:
        while True:
            await asyncio.sleep(self._settings.idle_timeout / PARK_CHECKS)
            oldest = time.monotonic() - self._settings.idle_timeout
            for session in list(self._open.values()):
                if session.runner.is_resting and session.rested_at < oldest:
                    session.park()
                if session.is_forgettable:
                    del self._open[session.id]
