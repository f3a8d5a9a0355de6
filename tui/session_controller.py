"""One open conversation: follows its events into the model, and sends what the person says."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.schema import Answer, Attachment, Event, Request, SessionReset
from tui.change_batcher import ChangeBatcher
from tui.client import Client, Connected, Disconnected, follow
from tui.errors import NotReachableError, RefusedError, TuiError
from tui.model import Change, Conversation
from tui.model.changes import Updated

OLDER = 200
"""Messages in a page of the past."""
MOST_RESETS = 5
RESET_PAUSE = 0.1
"""Seconds before the second try to hear what is left after a reset; it doubles."""
REJOIN_SECONDS = 60.0
"""How long a prompt waits for the server to come back before it returns to the editor."""
SHOW_AFTER = 0.25
"""Seconds after which a prompt that is still on its way is shown as such."""
SETTLE_SECONDS = 0.3
"""Events that were missed arrive within this time of the new connection."""


def shell_command(text: str) -> str:
    """The command of a prompt such as `!ls`; empty when it is none."""
    return text[1:].strip() if text.startswith("!") else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a prompt."""

    error: TuiError | None = None


class SessionController:
    """The screen's one way to a session. It is created on the server with its first prompt, so none stays empty."""

    def __init__(
        self,
        client: Client,
        session_id: str | None,
        *,
        on_changes: Callable[["SessionController", tuple[Change, ...]], None],
        on_connection: Callable[["SessionController"], None],
    ) -> None:
        self.client = client
        self.is_new = session_id is None
        """The server does not know it yet."""
        self.conversation = Conversation(session_id or str(uuid.uuid4()))
        self.lost_for: float | None = None
        """Seconds until the next try to connect; None while the connection stands."""
        self.gone: str | None = None
        """Why the session can no longer be followed."""
        self.draft = ""
        self.outbox: list[str] = []
        """Prompts that are on their way for a while already."""
        self.is_interrupting = False
        self.has_older = session_id is not None
        """There may be more before the first item."""
        self.options: dict[str, str] = {}
        """What a new session is created with."""
        self._is_looking_back = False
        self._changes = ChangeBatcher(lambda changes: on_changes(self, changes))
        self._on_connection = on_connection
        self._joined = asyncio.Event()
        self._announced: set[str] = set()
        self._reset_seq = 0
        self._resets = 0
        self._following: asyncio.Task[None] | None = None

    @property
    def session_id(self) -> str:
        return self.conversation.session_id

    async def open(self) -> None:
        """Starts to follow a session that exists; one that the server does not know becomes new.

        Raises:
            NotReachableError: the server does not answer.
            RefusedError: it is another's.
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
        self._note(self.conversation.describe(info))
        self.start()

    def start(self) -> None:
        """Follows the events from now on."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name=f"follow {self.session_id}")

    async def close(self) -> None:
        """Stops following; the session goes on."""
        self._changes.stop()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> Outcome:
        """Sends a prompt, once; on failure the person gets it back."""
        showing = asyncio.get_running_loop().call_later(SHOW_AFTER, self._is_on_its_way, text)
        try:
            if self.is_new:
                await self.begin()
            await self._deliver(text, attachments)
        except TuiError as error:
            return Outcome(error)
        finally:
            showing.cancel()
            if text in self.outbox:
                self.outbox.remove(text)
                self._note(Updated("queue"))
        return Outcome()

    def _is_on_its_way(self, text: str) -> None:
        self.outbox.append(text)
        self._note(Updated("queue"))

    async def _deliver(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        known = set(self.conversation.turns)
        try:
            await self._post(text, attachments)
        except NotReachableError as error:
            # The answer is lost, the prompt perhaps not: the events tell, as soon as they flow again.
            await self._rejoined()
            turns = self.conversation.turns
            if error.was_sent and any(turns[turn] == text for turn in turns.keys() - known):
                return
            await self._post(text, attachments)

    async def _post(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        if command := shell_command(text):
            await self.client.shell(self.session_id, command)
        else:
            await self.client.prompt(self.session_id, text, attachments)

    async def _rejoined(self) -> None:
        try:
            async with asyncio.timeout(REJOIN_SECONDS):
                await self._joined.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        except TimeoutError:
            raise NotReachableError(was_sent=False) from None

    async def begin(self) -> None:
        """Makes the session on the server; raises TuiError when that fails."""
        info = await self.client.create(self.session_id, dict(self.options))
        self.is_new = False
        self._note(self.conversation.describe(info))
        self.start()

    async def older(self) -> int:
        """Asks for what was said before the first item; the number of items that came in front.

        Nothing comes for who asks while it is being asked for.

        Raises:
            TuiError: the server did not give it.
        """
        if self._is_looking_back:
            return 0
        self._is_looking_back = True
        count = 0
        try:
            while self.has_older and not count:
                first = self.conversation.messages.first
                page = await self.client.messages(self.session_id, first, limit=OLDER)
                count = self.conversation.prepend(page.messages)
                self.has_older = page.next_cursor is not None and self.conversation.messages.first != first
        finally:
            self._is_looking_back = False
        return count

    async def interrupt(self) -> None:
        """Asks the running turn to end; a second time the server ends its process."""
        running = self.conversation.running
        if running is None or running.turn_id is None:
            return
        self.is_interrupting = True
        self._note(Updated("turn"))
        await self.client.interrupt(self.session_id, running.turn_id)

    async def answer(self, request_id: str, answer: Answer) -> None:
        """Answers a request; one that is open no longer, such as when somebody else was first, is simply closed."""
        try:
            await self.client.answer(self.session_id, request_id, answer)
        except RefusedError as error:
            if error.status not in (404, 409):
                raise
            for change in self.conversation.void_request(request_id, datetime.now(UTC).isoformat()):
                self._note(change)

    async def change(self, **changes: str) -> None:
        """Changes model, effort, permission mode or title, now or when the session is created."""
        if self.is_new:
            self.options.update(changes)
            status = self.conversation.status
            status.model = changes.get("model", status.model)
            status.effort = changes.get("effort", status.effort)
            status.permission_mode = changes.get("permissionMode", status.permission_mode)  # type: ignore[assignment]
            self._note(Updated("status"))
            return
        self._note(self.conversation.describe(await self.client.change(self.session_id, **changes)))

    def fresh_requests(self) -> list[Request]:
        """The open requests that were not asked for here before."""
        fresh = [request for name, request in self.conversation.requests.items() if name not in self._announced]
        self._announced.update(request.id for request in fresh)
        return fresh

    async def _follow(self, pause: float = 0) -> None:
        await asyncio.sleep(pause)
        try:
            async for event in follow(self.client.wire, self.session_id, lambda: self.conversation.last_seq):
                self._take(event)
                if self._following is not asyncio.current_task():
                    return  # it began again: what this connection still holds is of the past
        except (RefusedError, NotReachableError) as error:
            self.gone = str(error)
            self._on_connection(self)

    def _take(self, event: Event | Disconnected | Connected) -> None:
        if isinstance(event, Disconnected | Connected):
            self.lost_for = event.seconds if isinstance(event, Disconnected) else None
            (self._joined.set if self.lost_for is None else self._joined.clear)()
            self._on_connection(self)
            return
        for change in self.conversation.apply(event):
            self._note(change)
        if isinstance(event, SessionReset):
            self._begin_again(event.seq)

    def _begin_again(self, seq: int) -> None:
        """Follows from the beginning: after a rewind a part of what was said is still true.

        The server may still tell the past when we are back too early; then we ask again, a few times.
        """
        self._resets = 0 if seq > self._reset_seq else self._resets + 1
        self._reset_seq = max(seq, self._reset_seq)
        if self._resets > MOST_RESETS or self._following is None:
            return
        self.conversation.last_seq = 0
        self.has_older = True
        self._following.cancel()
        self._following = asyncio.create_task(
            self._follow(pause=RESET_PAUSE * 2**self._resets if self._resets else 0), name=f"follow {self.session_id}"
        )

    def _note(self, change: Change) -> None:
        if isinstance(change, Updated) and change.part == "turn" and self.conversation.running is None:
            self.is_interrupting = False
        self._changes.note(change)
