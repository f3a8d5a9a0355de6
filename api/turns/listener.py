"""Receives what Claude Code reports: publishes its events, and passes on changed settings and the turn's result."""

import time
from collections.abc import Callable

from api.claude.update import Update
from api.events.publisher import EventPublisher
from api.processes.handle import ProcessHandle
from api.schema import Event, TextDelta, ThinkingDelta
from api.storage.session_store import SessionStore
from api.storage.sessions import SessionChanges
from api.turns.executor import TurnExecutor
from api.turns.recorder import TurnRecorder
from api.turns.runner import TurnRunner


class UpdateListener:
    """Receives the updates of one session's process."""

    def __init__(
        self,
        *,
        store: SessionStore,
        publisher: EventPublisher,
        handle: ProcessHandle,
        runner: TurnRunner,
        recorder: TurnRecorder,
        executor: TurnExecutor,
        adopt_settings: Callable[[Update], SessionChanges],
    ) -> None:
        """
        Args:
            adopt_settings: adopts the model and mode that Claude Code reports, and returns the changed columns.
        """
        self._store = store
        self._publisher = publisher
        self._handle = handle
        self._runner = runner
        self._recorder = recorder
        self._executor = executor
        self._adopt_settings = adopt_settings

    async def receive(self, update: Update) -> None:
        """Handles one message of Claude Code."""
        if update.is_answer and self._runner.active is None:
            await self._runner.begin_autonomous()
        for event in update.events:
            self._publish(event)
        if changes := self._adopt_settings(update):
            await self._store.write_eventually(self._store.write(**changes))
            self._publisher.publish_changes()
        if update.background_tasks is not None:
            self._handle.background_tasks = update.background_tasks
        if update.result:
            if update.result.transcript_id != self._store.row.transcript_id:
                await self._begin_transcript(update.result.transcript_id)
            await self._runner.end_current(update.result)

    def _publish(self, event: Event) -> None:
        turn = self._runner.current
        if isinstance(event, TextDelta | ThinkingDelta):
            self._publisher.publish_delta(event)
            if turn and turn.first_text is None:
                turn.first_text = time.monotonic()
        else:
            self._publisher.publish(event)
            if turn:
                turn.collect(event)

    async def _begin_transcript(self, transcript_id: str) -> None:
        await self._store.write_eventually(self._store.begin_transcript(transcript_id))
        self._executor.forget_commands()
        self._recorder.renew_log_after_turn()
