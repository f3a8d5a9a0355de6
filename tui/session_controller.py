"""Applies one session's events to its conversation, and sends the user's actions to the server."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from api.schema import Answer, Attachment, Event, Request, SessionReset
from tui.change_batcher import ChangeBatcher
from tui.client import Client, Connected, Disconnected, follow
from tui.errors import NotReachableError, RefusedError, TuiError
from tui.model import Change, Conversation
from tui.model.changes import Updated

OLDER_MESSAGES = 200
"""Messages in one request for older ones."""
MAX_RESTARTS = 5
RESTART_SECONDS = 0.1
"""The pause before the second restart after a reset; it doubles with each further one."""
RECONNECT_SECONDS = 60.0
"""How long a prompt waits for the connection before it returns to the editor."""
SHOW_SENDING_AFTER = 0.25
"""Seconds after which a prompt still being sent is shown."""
SETTLE_SECONDS = 0.3
"""Missed events arrive within this time of a new connection."""


class Cancellable(Protocol):
    """A task or a worker."""

    def cancel(self) -> object: ...


StartTask = Callable[[Callable[[], Coroutine[Any, Any, None]]], Cancellable]
"""Runs an async function in the background; the provider of this function owns the task."""
OnChanges = Callable[["SessionController", tuple[Change, ...]], None]
OnConnection = Callable[["SessionController"], None]


@dataclass(frozen=True, slots=True)
class SendResult:
    error: TuiError | None = None
    """Why the prompt was not sent."""


class SessionController:
    """Everything the app does with one session.

    The server creates the session with the first prompt, so an empty conversation leaves no session behind.
    """

    def __init__(
        self,
        client: Client,
        session_id: str | None,
        *,
        start_task: StartTask,
        on_changes: OnChanges,
        on_connection: OnConnection,
    ) -> None:
        """Creates the session's conversation.

        Args:
            session_id: an existing session; None creates an id for a new one.
            start_task: runs the task that follows the events.
            on_changes: called with batches of changes.
            on_connection: called when the connection is lost, made, or refused.
        """
        self.client = client
        self.is_new = session_id is None
        """Whether the server does not know the session yet."""
        self.conversation = Conversation(session_id or str(uuid.uuid4()))
        self.lost_for: float | None = None
        """Seconds until the next attempt to connect; None while connected."""
        self.refusal: str | None = None
        """Why the session can no longer be followed."""
        self.draft = ""
        self.sending: list[str] = []
        """Prompts that take long to send."""
        self.is_interrupting = False
        self.has_older = session_id is not None
        """Whether the server may have messages before the first item."""
        self.options: dict[str, str] = {}
        """The settings that a new session is created with."""
        self._is_loading_older = False
        self._changes = ChangeBatcher(lambda changes: on_changes(self, changes))
        self._on_connection = on_connection
        self._connected = asyncio.Event()
        self._announced: set[str] = set()
        self._reset_seq = 0
        self._restarts = 0
        self._start_task = start_task
        self._following: Cancellable | None = None
        self._following_ended = asyncio.Event()
        self._following_ended.set()

    @property
    def session_id(self) -> str:
        return self.conversation.session_id

    async def open(self) -> None:
        """Starts to follow an existing session; treats one that the server does not know as new.

        Raises:
            NotReachableError: the server does not answer.
            RefusedError: the session belongs to another user.
        """
        if self.is_new:
            return
        try:
            info = await self.client.session(self.session_id)
        except RefusedError as error:
            if error.status != 404:
                raise
            self.is_new = True
            return
        self._add_change(self.conversation.apply_info(info))
        self.start_following()

    def start_following(self) -> None:
        """Follows the session's events until `close`; later calls have no effect."""
        if self._following is None:
            self._following = self._start_task(self._follow)

    async def close(self) -> None:
        """Stops following; the session itself continues on the server."""
        self._changes.stop()
        if self._following is not None:
            self._following.cancel()
            await self._following_ended.wait()

    async def send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> SendResult:
        """Sends a prompt exactly once, also when the connection is lost meanwhile."""
        showing = asyncio.get_running_loop().call_later(SHOW_SENDING_AFTER, self._show_sending, text)
        try:
            if self.is_new:
                await self.create()
            await self._deliver(text, attachments)
        except TuiError as error:
            return SendResult(error)
        finally:
            showing.cancel()
            if text in self.sending:
                self.sending.remove(text)
                self._add_change(Updated("queue"))
        return SendResult()

    def _show_sending(self, text: str) -> None:
        self.sending.append(text)
        self._add_change(Updated("queue"))

    async def _deliver(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        known = set(self.conversation.turns)
        try:
            await self._post(text, attachments)
        except NotReachableError as error:
            # The server may have accepted the prompt although its answer is lost; the missed events show it.
            await self._wait_for_connection()
            turns = self.conversation.turns
            if error.was_sent and any(turns[turn] == text for turn in turns.keys() - known):
                return
            await self._post(text, attachments)

    async def _post(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        if command := _shell_command(text):
            await self.client.shell(self.session_id, command)
        else:
            await self.client.prompt(self.session_id, text, attachments)

    async def _wait_for_connection(self) -> None:
        try:
            async with asyncio.timeout(RECONNECT_SECONDS):
                await self._connected.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        except TimeoutError:
            raise NotReachableError(was_sent=False) from None

    async def create(self) -> None:
        """Creates the session on the server and follows it.

        Raises:
            TuiError: the server did not create it.
        """
        info = await self.client.create(self.session_id, dict(self.options))
        self.is_new = False
        self._add_change(self.conversation.apply_info(info))
        self.start_following()

    async def load_older(self) -> int:
        """Loads messages from before the first item and returns the number of items added.

        Returns 0 while another call is loading.

        Raises:
            TuiError: the server did not send them.
        """
        if self._is_loading_older:
            return 0
        self._is_loading_older = True
        count = 0
        try:
            while self.has_older and not count:
                first = self.conversation.messages.first
                page = await self.client.messages(self.session_id, first, limit=OLDER_MESSAGES)
                count = self.conversation.prepend(page.messages)
                self.has_older = page.next_cursor is not None and self.conversation.messages.first != first
        finally:
            self._is_loading_older = False
        return count

    async def interrupt(self) -> None:
        """Asks the server to stop the running turn; at the second request, the server ends the process.

        Raises:
            TuiError: the server did not accept it.
        """
        running = self.conversation.running
        if running is None or running.turn_id is None:
            return
        self.is_interrupting = True
        self._add_change(Updated("turn"))
        await self.client.interrupt(self.session_id, running.turn_id)

    async def answer(self, request_id: str, answer: Answer) -> None:
        """Answers a request, or closes it here if it is no longer open on the server.

        Raises:
            TuiError: the server did not accept the answer.
        """
        try:
            await self.client.answer(self.session_id, request_id, answer)
        except RefusedError as error:
            if error.status not in (404, 409):
                raise
            for change in self.conversation.remove_request(request_id, datetime.now(UTC).isoformat()):
                self._add_change(change)

    async def change_settings(self, **changes: str) -> None:
        """Changes model, effort, permission mode or title; for a new session, those it will be created with.

        Raises:
            TuiError: the server did not accept the change.
        """
        if self.is_new:
            self.options.update(changes)
            status = self.conversation.status
            status.model = changes.get("model", status.model)
            status.effort = changes.get("effort", status.effort)
            status.permission_mode = changes.get("permissionMode", status.permission_mode)  # type: ignore[assignment]
            self._add_change(Updated("status"))
            return
        self._add_change(self.conversation.apply_info(await self.client.change(self.session_id, **changes)))

    def take_unannounced_requests(self) -> list[Request]:
        """Returns the open requests that no earlier call has returned."""
        fresh = [request for name, request in self.conversation.requests.items() if name not in self._announced]
        self._announced.update(request.id for request in fresh)
        return fresh

    async def _follow(self) -> None:
        self._following_ended.clear()
        try:
            pause: float | None = 0.0
            while pause is not None:
                await asyncio.sleep(pause)
                pause = await self._follow_until_reset()
        except (RefusedError, NotReachableError) as error:
            self.refusal = str(error)
            self._on_connection(self)
        finally:
            self._following_ended.set()

    async def _follow_until_reset(self) -> float | None:
        """Returns how long to pause before the events are read again from the beginning."""
        async with aclosing(follow(self.client.transport, self.session_id, self._last_seq)) as events:
            async for event in events:
                self._handle_event(event)
                if isinstance(event, SessionReset) and (pause := self._restart(event.seq)) is not None:
                    return pause
        return None

    def _last_seq(self) -> int:
        return self.conversation.last_seq

    def _handle_event(self, event: Event | Disconnected | Connected) -> None:
        if isinstance(event, Disconnected | Connected):
            self.lost_for = event.seconds if isinstance(event, Disconnected) else None
            if self.lost_for is None:
                self._connected.set()
            else:
                self._connected.clear()
            self._on_connection(self)
            return
        for change in self.conversation.apply(event):
            self._add_change(change)

    def _restart(self, seq: int) -> float | None:
        """Prepares to read everything again, because a rewind keeps a part of the conversation.

        The server may still send the state before the reset, so this happens up to MAX_RESTARTS times.

        Returns:
            The seconds to wait before reading; None to continue with this connection.
        """
        self._restarts = 0 if seq > self._reset_seq else self._restarts + 1
        self._reset_seq = max(seq, self._reset_seq)
        if self._restarts > MAX_RESTARTS:
            return None
        self.conversation.last_seq = 0
        self.has_older = True
        return RESTART_SECONDS * 2**self._restarts if self._restarts else 0.0

    def _add_change(self, change: Change) -> None:
        if isinstance(change, Updated) and change.part == "turn" and self.conversation.running is None:
            self.is_interrupting = False
        self._changes.add(change)


def _shell_command(text: str) -> str:
    """Returns the command of a prompt such as `!ls`, or an empty string."""
    return text[1:].strip() if text.startswith("!") else ""
