"""Executes one turn: sends a prompt to Claude Code, or runs a shell command."""

import asyncio
from pathlib import Path
from typing import Any

import structlog

from api.errors import ApiError, PromptNotSentError
from api.events import shell_events
from api.events.publisher import EventPublisher
from api.processes.handle import ProcessHandle
from api.processes.launcher import ProcessLauncher
from api.storage import TurnRow
from api.storage.session_store import SessionStore
from api.turns.attachments import compose
from api.turns.result import CLI_FAILED, TurnResult, failed
from api.turns.shell import run_command
from api.turns.turn import Turn

log = structlog.get_logger(__name__)


class TurnExecutor:
    """Executes the turns that the runner chooses."""

    def __init__(
        self,
        store: SessionStore,
        *,
        handle: ProcessHandle,
        launcher: ProcessLauncher,
        publisher: EventPublisher,
        workspace: Path,
        is_new: bool,
    ) -> None:
        self._store = store
        self._handle = handle
        self._launcher = launcher
        self._publisher = publisher
        self._workspace = workspace
        self._new_commands: list[TurnRow] | None = [] if is_new else None
        """Shell commands that Claude has not been notified of; None if they have to be read from storage."""
        self._notifies = False
        """Whether the content last composed notifies Claude of them."""

    async def execute(self, turn: Turn) -> TurnResult:
        """Executes a turn that has begun, and returns its result."""
        if turn.ended.done():  # stopped before it ran
            return turn.ended.result()
        if turn.kind == "shell":
            return await self._run_shell(turn)
        connecting = self._handle.connect()
        either: set[asyncio.Future[Any]] = {connecting, turn.ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if turn.ended.done():
            return turn.ended.result()
        try:
            process = connecting.result()
            content = await self._compose(turn)
            if turn.ended.done():
                return turn.ended.result()
            turn.was_sent = True
            await process.send(content, turn_id=turn.id)
            await self._mark_notified()
        except PromptNotSentError as error:
            log.warning("prompt_not_sent", error=str(error), session=self._store.row.id)
            return turn.stopped or CLI_FAILED
        except ApiError as error:
            return failed(error.code, error.message)
        return await turn.ended

    async def _compose(self, turn: Turn) -> str | list[dict[str, Any]]:
        content = await compose(turn.prompt, turn.attachments, self._workspace)
        if self._new_commands is None:
            self._new_commands = await self._store.new_shell_commands()
        # A command of Claude Code itself is recognized only if it is the whole prompt.
        self._notifies = bool(self._new_commands) and not turn.prompt.lstrip().startswith("/")
        if not self._notifies:
            return content
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return [{"type": "text", "text": shell_events.notification(self._new_commands)}, *blocks]

    async def _mark_notified(self) -> None:
        if self._notifies and self._new_commands:
            newest, self._new_commands = self._new_commands[-1].created_at, []
            await self._store.write_eventually(self._store.write_options(notified_shell=newest))

    def forget_commands(self) -> None:
        """Forgets which shell commands are new, after the conversation was cleared or cut."""
        self._new_commands = None

    async def _run_shell(self, turn: Turn) -> TurnResult:
        row, publish = self._store.row, self._publisher.publish
        user, environment = await self._launcher.shell_environment(row.owner)
        command = turn.prompt.removeprefix(shell_events.PREFIX)
        for event in shell_events.started_events(turn.id, command):
            publish(event)
        self._new_commands = None
        try:
            turn.shell = await run_command(
                command,
                folder=Path(row.cwd),
                environment=environment,
                run_as=user.run_as,
                stop=turn.ended,
                on_output=lambda text: publish(shell_events.output_event(turn.id, text)),
            )
        except OSError as error:
            log.warning("shell_not_started", session=row.id, error=str(error))
            result = failed("shell_failed", "The command did not start: its folder or bash does not exist.")
        else:
            publish(shell_events.finished_event(turn.id, turn.shell.output, turn.shell.exit_code))
            result = TurnResult(stop_reason="end_turn")
        return turn.ended.result() if turn.ended.done() else result
