"""Takes a session back to an earlier message: its conversation, its files, or both."""

from pathlib import Path

import structlog

from api.claude import transcripts
from api.errors import MessageNotFoundError, NoFileCheckpointError, SessionBusyError
from api.events.publisher import EventPublisher
from api.processes.handle import ProcessHandle
from api.processes.launcher import ProcessLauncher
from api.schema import SessionReset
from api.storage.session_store import SessionStore
from api.storage.transcripts import Entry
from api.turns.executor import TurnExecutor
from api.turns.runner import TurnRunner
from runtime.background_tasks import BackgroundTasks, delay_cancellation
from runtime.clock import timestamp

log = structlog.get_logger(__name__)


class Rewinder:
    """Rewinds one session."""

    def __init__(
        self,
        *,
        store: SessionStore,
        publisher: EventPublisher,
        handle: ProcessHandle,
        runner: TurnRunner,
        executor: TurnExecutor,
        launcher: ProcessLauncher,
        tasks: BackgroundTasks,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._handle = handle
        self._runner = runner
        self._executor = executor
        self._launcher = launcher
        self._tasks = tasks

    async def rewind(self, to_message: str, *, files: bool, conversation: bool) -> None:
        """Goes back to before a user's message.

        Args:
            files: restores the files as they were then.
            conversation: removes the message and everything after it.

        Raises:
            MessageNotFoundError: it is not a message of the user.
            NoFileCheckpointError: Claude Code has no copy of the files as they were.
            SessionBusyError: a turn is running.
        """
        if self._runner.is_busy or self._runner.is_paused or self._handle.is_in_use:
            raise SessionBusyError
        with self._runner.paused():
            entries = await self._store.transcript()
            entry_id = await self._first_entry(to_message, transcripts.prompts(entries))
            kept = entries if entry_id is None else transcripts.before(entries, entry_id)
            if files and entry_id is not None:
                await self._rewind_files(entry_id)
            if conversation:
                # No turn begins before it is done, even if the caller disconnects.
                await delay_cancellation(self._tasks.run_to_completion(self._truncate(entries, kept, to_message)))
        self._runner.became_idle()

    async def _truncate(self, entries: list[Entry], kept: list[Entry], to_message: str) -> None:
        if closing := self._handle.end_process():
            await closing
        deleted = {to_message} | (transcripts.prompts(entries) - transcripts.prompts(kept))
        await self._store.truncate(kept, deleted_turns=deleted)
        row = self._store.row
        files = await self._launcher.transcript_files(row.owner)
        await files.rewrite(Path(row.cwd), row.transcript_id, kept)
        self._executor.forget_commands()
        await self._store.reserve_event_numbers()
        self._publisher.publish(SessionReset(new_session_id=row.id))
        await self._publisher.renew()
        await self._store.write(updated_at=timestamp())
        self._publisher.publish_changes()

    async def _first_entry(self, to_message: str, prompts: set[str]) -> str | None:
        """The id of the first entry to remove; None if the transcript has none from that message on."""
        if to_message in prompts:
            return to_message
        # Shell commands and unsent prompts have no transcript entry.
        turns = [turn.id for turn in await self._store.turns()]
        if to_message not in turns:
            raise MessageNotFoundError
        return next((turn for turn in turns[turns.index(to_message) :] if turn in prompts), None)

    async def _rewind_files(self, to_message: str) -> None:
        with self._handle.in_use():
            process = await self._handle.connected()
            try:
                await process.rewind_files(to_message)
            except Exception as error:  # the SDK also raises bare exceptions
                log.warning("files_not_rewound", session=self._store.row.id, error=str(error))
                raise NoFileCheckpointError from error
