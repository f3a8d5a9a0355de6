"""One Claude conversation of one user: what callers can do with it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from api.claude.process import ClaudeProcess
from api.events import stream
from api.schema import Answer, Message, Notice, Prompt, Request, SessionInfo
from api.schema.mcp import McpServer
from api.schema.sessions import PermissionMode, SessionState
from api.sessions.context import SessionContext
from api.sessions.fork import copy_conversation, copy_new_commands
from api.sessions.intake import Accepted
from api.sessions.options import QueryOptions
from api.sessions.parts import SessionParts
from api.storage import SessionRow
from api.turns.result import LOST, TurnResult, interrupted
from api.turns.turn import Turn

WITHDRAWN = interrupted()


class Session:
    """One conversation, which continues when its clients disconnect."""

    def __init__(self, row: SessionRow, context: SessionContext, *, is_new: bool = False) -> None:
        """
        Args:
            is_new: whether the session was just created; its first event numbers are then reserved with its row.
        """
        self._context = context
        self.last_used_at = time.monotonic()
        """When a caller last used the session."""
        self.is_deleted = False
        """Whether it is being deleted; no turn may begin in it then."""
        parts = SessionParts(row, context, is_new=is_new, is_deleted=lambda: self.is_deleted, change=self.change)
        self._parts = parts
        self._store = parts.store
        self._history = parts.history
        self._publisher = parts.publisher
        self._settings = parts.settings
        self._requests = parts.requests
        self._handle = parts.handle
        self._queue = parts.queue
        self._intake = parts.intake
        self._runner = parts.runner

    # What it is

    @property
    def id(self) -> str:
        return self._store.row.id

    @property
    def row(self) -> SessionRow:
        """Its columns in storage."""
        return self._store.row

    @property
    def state(self) -> SessionState:
        return self._parts.state

    @property
    def info(self) -> SessionInfo:
        """The answer of `GET /sessions/{id}`."""
        return self._parts.describe()

    @property
    def requests(self) -> tuple[Request, ...]:
        """The open requests, oldest first."""
        return self._requests.all

    @property
    def transcript_ids(self) -> tuple[str, ...]:
        """Its transcripts: the present one, and those from before it was cleared."""
        return (self.row.transcript_id, *self._store.options.past_transcripts)

    @property
    def active_turn(self) -> Turn | None:
        """The turn that is running or just beginning."""
        return self._runner.active

    @property
    def is_busy(self) -> bool:
        """Whether a turn is running or queued."""
        return self._runner.is_busy

    @property
    def has_queued_turns(self) -> bool:
        return len(self._queue) > 0

    def check_not_busy(self) -> None:
        """Raises SessionBusyError if a turn is running or queued, or the session is being rewound."""
        self._runner.check_not_busy()

    # Turns

    async def prompt(self, prompt: Prompt) -> Accepted:
        """Accepts a prompt, which from then on survives any crash. Raises what `TurnIntake.prompt` raises."""
        return await self._intake.prompt(prompt)

    async def prompt_frames(self, prompt: Prompt) -> AsyncIterator[bytes]:
        """Accepts a prompt and streams its turn as server-sent events, with `done` or `error` at the end."""
        after = self.last_seq
        accepted = await self._intake.prompt(prompt)
        return self._frames_to_end(accepted.turn, after)

    async def _frames_to_end(self, turn: Turn, after: int) -> AsyncIterator[bytes]:
        async for chunk in self.turn_frames(turn.id, after=after):
            yield chunk
        result = await asyncio.shield(turn.finished)
        if result.is_error:
            yield stream.sse("error", {"error": result.error, "code": result.code})
        else:
            yield stream.sse("done", {"turnId": turn.id, "stopReason": result.stop_reason})

    async def shell(self, command: str) -> Accepted:
        """Accepts a shell command, which runs in turn with the prompts. Raises what `TurnIntake.shell` raises."""
        return await self._intake.shell(command)

    async def submit(self, turn: Turn) -> int:
        """Stores and queues a turn that was counted, and returns how many turns run before it."""
        return await self._intake.submit(turn)

    async def submit_query(self, turn: Turn, options: QueryOptions, *, mode: PermissionMode) -> None:
        """Queues a query's turn, with the query's options; see `TurnIntake.submit_query`."""
        await self._intake.submit_query(turn, options, mode=mode)

    async def count_turn(self) -> None:
        """Checks that a turn may begin, and counts it. Raises what `TurnIntake.count_turn` raises."""
        await self._intake.count_turn()

    async def resume(self, turns: Sequence[Turn]) -> None:
        """Queues the turns that an earlier process of the session left unfinished."""
        await self._intake.resume(turns)

    async def withdraw(self, turn_id: str) -> None:
        """Removes a queued prompt. Runs to the end even if the caller disconnects.

        Raises:
            TurnStartedError: it is running.
            TurnNotFoundError: there is no such prompt, or it has ended.
        """
        await self._runner.withdraw(turn_id, WITHDRAWN)

    async def interrupt(self, turn_id: str | None = None) -> None:
        """Stops the running turn within two seconds. Does nothing if none is running.

        Runs to the end even if the caller disconnects: a process that does not stop is killed.

        Args:
            turn_id: the turn to stop; nothing is stopped if it has ended meanwhile.
        """
        turn = self._runner.first
        if turn is not None and turn_id in (None, turn.id):
            await self._runner.interrupt(turn, interrupted())

    async def stop_turn(self, turn: Turn, result: TurnResult) -> None:
        """Stops a turn, or removes it from the queue. Does nothing if it is over."""
        await self._runner.stop(turn, result)

    # Events and messages

    @property
    def last_seq(self) -> int:
        """The number of the last event."""
        return self._publisher.log.last_seq

    @property
    def page_seq(self) -> int:
        """The number after which a page of the messages so far needs events: during a turn also those of the turn."""
        return self._publisher.log.history_end if self.state in ("running", "waiting") else self.last_seq

    async def frames(self, after: int = 0, *, tail: int | None = None) -> AsyncIterator[bytes]:
        """Server-sent events: all after `after`, then live ones, until the session is closed.

        Args:
            tail: how many messages of the history are sent to a subscriber that knows none of it; all if None.
        """
        await self._store.reserve_event_numbers()
        async for chunk in stream.frames(self._publisher.log, self._history, after=after, tail=tail):
            yield chunk

    def turn_frames(self, turn_id: str, *, after: int) -> AsyncIterator[bytes]:
        """Server-sent events of one turn, until it ends."""
        return stream.turn_frames(self._publisher.log, after=after, turn_id=turn_id)

    async def messages(self) -> list[Message]:
        """The conversation as whole messages, oldest first, without those of a running turn that are not stored yet."""
        return await self._history.messages()

    async def messages_so_far(self) -> list[Message]:
        """The conversation as whole messages, including those of a running turn."""
        return await self._history.messages_so_far(self._publisher)

    async def message_page(self, *, limit: int, before: str | None = None) -> tuple[list[Message], bool]:
        """The last messages, or the last ones before a message, and whether there are earlier ones.

        Raises:
            InvalidCursorError: there is no such message.
        """
        return await self._history.page(limit=limit, before=before)

    def report_storage(self, *, has_failed: bool) -> None:
        """Publishes that the transcript cannot be stored at present, or is stored again."""
        if has_failed:
            text = "The last messages could not be stored; the server tries again."
            self._publisher.publish(Notice(level="warning", text=text))
        else:
            self._publisher.publish(Notice(level="info", text="All messages are stored again."))

    # Requests, settings, history

    async def answer(self, request_id: str, answer: Answer, *, by: str) -> None:
        """Answers a request. The first answer counts.

        Raises:
            RequestClosedError: it was answered before, or its turn has ended.
            RequestNotFoundError: there is no request with this id.
        """
        self._requests.answer(request_id, answer, by=by)

    async def change(
        self,
        *,
        title: str | None = None,
        model: str | None = None,
        permission_mode: PermissionMode | None = None,
        effort: str | None = None,
    ) -> SessionInfo:
        """Changes what is given.

        Raises:
            BypassForbiddenError: the permission mode is not allowed here.
        """
        changes = await self._settings.change(
            self._handle.process, model=model, permission_mode=permission_mode, effort=effort
        )
        if title is not None:
            changes["title"] = title
        await self._store.reserve_event_numbers()
        if changes:
            await self._store.write(**changes)
            self._publisher.publish_changes()
        if not self._runner.is_busy:
            self._runner.became_idle()
        return self.info

    async def rewind(self, to_message: str, *, files: bool, conversation: bool) -> None:
        """Goes back to before a user's message; see `Rewinder.rewind`."""
        await self._parts.rewinder.rewind(to_message, files=files, conversation=conversation)

    async def fork(self, *, user: str, after_message: str | None = None) -> SessionRow:
        """Copies the conversation and returns the row of the new session.

        Raises:
            MessageNotFoundError: there is no such message.
            SessionBusyError: a turn is running.
        """
        self._runner.check_not_busy()
        return await copy_conversation(self._store, self._context.storage, user=user, after_message=after_message)

    async def copy_new_commands(self, new: str) -> None:
        """Copies the shell commands that Claude has not been notified of to a fork."""
        await copy_new_commands(self._store, self._context.storage, new)

    async def mcp_servers(self) -> tuple[McpServer, ...]:
        """The MCP servers of the session's process; see `McpReader.read`."""
        return await self._parts.mcp.read()

    # Process

    def attach_worker(self, process: ClaudeProcess) -> None:
        """Adopts a worker of the pool until `detach_worker`."""
        self._handle.attach_worker(process)

    @property
    def has_background_tasks(self) -> bool:
        """Whether background tasks of Claude Code are running."""
        return self._handle.background_tasks > 0

    def detach_worker(self, process: ClaudeProcess, release: Callable[[ClaudeProcess], asyncio.Task[None]]) -> bool:
        """Returns a worker to the pool; see `ProcessHandle.detach_worker`."""
        return self._handle.detach_worker(process, release)

    def end_process_and_mode(self) -> None:
        """Ends the process, or cancels its start, and returns to the stored permission mode."""
        self._handle.end_process_and_mode()

    def end_process(self) -> None:
        """Ends the process. The next prompt starts another one."""
        if self._handle.end_process():
            self._publisher.publish_state()

    # Memory

    @property
    def idle_since(self) -> float:
        """When the session last had something to do."""
        return self._runner.idle_since

    @property
    def has_idle_process(self) -> bool:
        """Whether there is a process that is not needed at present."""
        return self._runner.has_idle_process

    @property
    def is_releasable(self) -> bool:
        """Whether nothing is running and everything is stored, so that another replica can take the session over."""
        return self._runner.is_idle and not self._runner.is_paused and not self._store.has_pending_writes

    @property
    def is_unloadable(self) -> bool:
        """Whether the session can be removed from memory: nothing uses it, and everything is stored."""
        is_used = (
            self._runner.is_busy
            or self._runner.is_paused
            or self._handle.is_in_use
            or self._handle.process
            or len(self._requests)
            or self._publisher.log.has_readers
        )
        return not (is_used or self._store.has_pending_writes)

    def became_idle(self) -> None:
        """Called when a query has ended."""
        self._runner.became_idle()

    async def write_with_retry(self, write: Callable[[], Awaitable[object]]) -> None:
        """Performs a write. If the database is unavailable, raises its error and repeats it in the background."""
        await self._store.write_with_retry(write)

    async def close(self, result: TurnResult) -> None:
        """Ends the running turn with this result, and the process. Queued turns stay stored."""
        await self._runner.close(result)

    def end_subscriptions(self) -> None:
        """Ends all event streams. Clients reconnect to the replica that then runs the session."""
        self._publisher.log.close()

    async def abandon(self) -> None:
        """Kills the process and ends everything: another replica has taken the session."""
        await self._handle.kill()
        await self._runner.close(LOST)
