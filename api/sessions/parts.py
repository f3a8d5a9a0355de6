"""Builds the parts of a session. Each gets the parts that it uses as arguments; no part refers to the session."""

from collections.abc import Awaitable, Callable

from api.claude import transcripts
from api.claude.permissions import PermissionRequests
from api.claude.translate import Translator
from api.events.history_reader import HistoryReader
from api.events.publisher import EventPublisher
from api.files.workspace import workspace_of
from api.processes.handle import ProcessHandle
from api.schema import SessionInfo
from api.schema.sessions import PermissionMode, SessionState
from api.sessions.connector import ProcessConnector
from api.sessions.context import SessionContext
from api.sessions.intake import TurnIntake
from api.sessions.mcp import McpReader
from api.sessions.requests import RequestList
from api.sessions.rewind import Rewinder
from api.sessions.settings import SessionSettings
from api.storage import SessionRow
from api.storage.session_store import SessionStore
from api.turns.executor import TurnExecutor
from api.turns.listener import UpdateListener
from api.turns.queue import TurnQueue
from api.turns.recorder import TurnRecorder
from api.turns.runner import TurnRunner


class SessionParts:
    """The parts of one session that the session itself uses."""

    def __init__(
        self,
        row: SessionRow,
        context: SessionContext,
        *,
        is_new: bool,
        is_deleted: Callable[[], bool],
        change: Callable[..., Awaitable[object]],
    ) -> None:
        storage, tasks, launcher = context.storage, context.tasks, context.launcher
        workspace = workspace_of(context.settings, row.owner).resolve()
        self.store = store = SessionStore(row, storage, tasks, project_key=transcripts.project_key, is_new=is_new)
        self.history = HistoryReader(store)
        self.publisher = EventPublisher(
            row.id,
            base=store.last_seq,
            reserve=self._reserve_event_numbers,
            describe=self.describe,
            known_state="parked" if row.num_turns else "idle",
        )
        self.settings = SessionSettings(
            store, default_model=context.settings.claude_model, allows_bypass=launcher.allows_bypass
        )
        self.requests = RequestList(self.publisher.publish, timeout=context.settings.request_timeout or None)
        permissions = PermissionRequests(
            workspace,
            ask=self.requests.ask,
            remember=lambda rules, folders: store.write_eventually(store.add_rules(rules, folders)),
        )
        connector = ProcessConnector(store, self.settings, self.requests, context, workspace=workspace)
        translator = Translator(row.id)
        self.handle = ProcessHandle(
            limiter=context.limiter,
            metrics=context.metrics,
            tasks=tasks,
            translator=translator,
            ask=permissions.ask,
            start=connector.start,
            suits=self.settings.suits,
            reset_mode=self.settings.reset_mode,
        )
        executor = TurnExecutor(
            store,
            handle=self.handle,
            launcher=launcher,
            publisher=self.publisher,
            workspace=workspace,
            is_new=is_new,
        )
        recorder = TurnRecorder(
            store,
            storage.turns,
            publisher=self.publisher,
            history=self.history,
            translator=translator,
            metrics=context.metrics,
            cancel_requests=self.requests.cancel_all,
        )
        self.queue = TurnQueue(store, storage.turns, self.publisher, tasks)
        self.runner = TurnRunner(
            row.id,
            queue=self.queue,
            handle=self.handle,
            executor=executor,
            recorder=recorder,
            publisher=self.publisher,
            tasks=tasks,
            is_draining=lambda: context.quota.is_draining,
            cancel_requests=self.requests.cancel_all,
            on_idle=lambda: context.on_idle(row.id),
        )
        listener = UpdateListener(
            store=store,
            publisher=self.publisher,
            handle=self.handle,
            runner=self.runner,
            recorder=recorder,
            executor=executor,
            adopt_settings=self.settings.adopt,
        )
        self.handle.bind(self.runner, listener.receive)
        self.intake = TurnIntake(
            context,
            store=store,
            settings=self.settings,
            handle=self.handle,
            queue=self.queue,
            runner=self.runner,
            workspace=workspace,
            is_deleted=is_deleted,
            change=change,
        )
        self.rewinder = Rewinder(
            store=store,
            publisher=self.publisher,
            handle=self.handle,
            runner=self.runner,
            executor=executor,
            launcher=launcher,
            tasks=tasks,
        )
        self.mcp = McpReader(handle=self.handle, runner=self.runner, connector=connector, context=context)

    @property
    def state(self) -> SessionState:
        """What the session is doing."""
        if len(self.requests):
            return "waiting"
        if self.runner.is_busy:
            return "running"
        return "idle" if self.handle.process or not self.store.row.num_turns else "parked"

    def describe(self) -> SessionInfo:
        """The session as clients see it."""
        return info_of(
            self.store.row,
            state=self.state,
            model=self.settings.model,
            permission_mode=self.settings.mode,
            pending_requests=len(self.requests),
        )

    async def _reserve_event_numbers(self) -> int:
        base = await self.store.reserve_next_event_numbers()
        self.history.live_turns.clear()
        return base


def info_of(
    row: SessionRow,
    *,
    state: SessionState,
    model: str | None,
    permission_mode: PermissionMode,
    pending_requests: int,
) -> SessionInfo:
    """Describes a session to clients, from its row and its present state."""
    return SessionInfo(
        id=row.id,
        title=row.title,
        state=state,
        model=model,
        permission_mode=permission_mode,
        created_at=row.created_at,
        updated_at=row.updated_at,
        cost_usd=row.cost_usd,
        num_turns=row.num_turns,
        pending_requests=pending_requests,
        cwd=row.cwd,
        effort=row.effort,
    )
