"""Applies a session's events to its items, requests, queue, todos and status. Nothing else changes them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any

from api.schema import (
    Context,
    Event,
    Message,
    MessageAdded,
    Notice,
    RateLimit,
    Request,
    RequestClosed,
    RequestOpened,
    SessionChanged,
    SessionInfo,
    SessionReset,
    SessionStateChanged,
    Task,
    TextDelta,
    ThinkingDelta,
    TodoItem,
    Todos,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnFinished,
    TurnQueued,
    TurnStarted,
    TurnWithdrawn,
)
from tui.model.changes import Added, Change, Changed, Reset, Updated
from tui.model.items import Item, NoticeItem, TurnSummary, UserPrompt
from tui.model.messages import MessageAssembler
from tui.model.status import Status
from tui.model.tool_calls import ToolCalls


class Conversation:
    """The content and state of a session, as the app shows them."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.status = Status()
        self.items: list[Item] = []
        """The items of the main conversation, in order."""
        self.inner: dict[str, list[Item]] = {}
        """The items of each subagent, by the call that started it."""
        self._keys: set[str] = set()
        self.requests: dict[str, Request] = {}
        """The open requests by their ids."""
        self._turns_of_requests: dict[str, str | None] = {}
        self.queue: dict[str, TurnQueued] = {}
        """The queued prompts by their turns."""
        self.turns: dict[str, str] = {}
        """The prompt of each turn that was queued or started."""
        self.todos: tuple[TodoItem, ...] = ()
        self.last_seq = 0
        self.running: TurnStarted | None = None
        """The running turn."""
        self.tools = ToolCalls(self._add)
        self.messages = MessageAssembler(self._add, self.tools, self.items)
        self._handlers: dict[type, Callable[[Any], Iterable[Change]]] = {
            SessionStateChanged: self._state_changed,
            SessionChanged: self._session_changed,
            TurnQueued: self._turn_queued,
            TurnWithdrawn: self._turn_withdrawn,
            TurnStarted: self._turn_started,
            TurnFinished: self._turn_finished,
            TextDelta: self.messages.append_text,
            ThinkingDelta: self.messages.append_thinking,
            MessageAdded: self.messages.add_message,
            ToolStarted: self.tools.started,
            ToolOutput: self.tools.printed,
            ToolFinished: self.tools.finished,
            Task: self.tools.report_progress,
            RequestOpened: self._request_opened,
            RequestClosed: self._request_closed,
            Todos: self._todos_changed,
            Context: self._context_changed,
            RateLimit: self._rate_limit_changed,
            Notice: self._noticed,
            SessionReset: self._reset,
        }

    def apply(self, event: Event) -> tuple[Change, ...]:
        """Applies an event, unless it was applied before."""
        if event.seq <= self.last_seq:
            return ()
        self.last_seq = event.seq
        self.status.last_event_at = event.at
        return tuple(self._handlers[type(event)](event))

    def prepend(self, messages: Sequence[Message]) -> int:
        """Adds older messages of the transcript before the others and returns the number of items added."""
        older = Conversation(self.session_id)
        for message in takewhile(lambda message: message.id not in self.messages.seen, messages):
            for _ in older.messages.apply(message, None):
                pass
        self.items[:0] = older.items
        for key, items in older.inner.items():
            self.inner.setdefault(key, [])[:0] = items
        self._keys |= older._keys
        self.tools.prepend(older.tools)
        self.messages.prepend(older.messages)
        return len(older.items)

    def apply_info(self, info: SessionInfo) -> Updated:
        """Applies the api's description of the session."""
        self.status.apply_info(info)
        return Updated("status")

    def notice(self, text: str, level: Any = "info") -> Added:  # the level of a NoticeItem
        """Adds a notice of the app."""
        return self._add(NoticeItem(key=f"notice-{len(self.items)}", text=text, level=level))

    @property
    def title(self) -> str:
        """The session's title, else the beginning of its first prompt."""
        first = next((item.text for item in self.items if isinstance(item, UserPrompt)), "")
        return self.status.title or " ".join(first.split())[:60] or "New session"

    def root(self, item: Item) -> str | None:
        """The main conversation's call that a subagent's item belongs to, through all levels of subagents."""
        key = item.parent
        while key is not None and (call := self.tools.get(key)) is not None and call.parent is not None:
            key = call.parent
        return key

    def _add(self, item: Item) -> Added:
        (self.items if item.parent is None else self.inner.setdefault(item.parent, [])).append(item)
        self._keys.add(item.key)
        return Added(item)

    def _add_once(self, item: Item) -> Iterable[Change]:
        """Adds an item unless it exists, because a server may send a conversation again from its beginning."""
        if item.key not in self._keys:
            yield self._add(item)

    def _state_changed(self, event: SessionStateChanged) -> Iterable[Change]:
        self.status.state = event.state
        yield Updated("status")
        if event.state in ("idle", "parked") and self.running is not None:  # the turn's end was missed
            yield from self._remove_requests_of(self.running.turn_id, event.at)
            self.running = self.status.turn_began_at = None
            yield Updated("turn")

    def _session_changed(self, event: SessionChanged) -> Iterable[Change]:
        yield self.apply_info(event.session)

    def _turn_queued(self, event: TurnQueued) -> Iterable[Change]:
        self.turns[event.turn_id or ""] = event.prompt
        self.queue[event.turn_id or ""] = event
        yield Updated("queue")

    def _turn_withdrawn(self, event: TurnWithdrawn) -> Iterable[Change]:
        if self.queue.pop(event.turn_id or "", None):
            yield Updated("queue")

    def _turn_started(self, event: TurnStarted) -> Iterable[Change]:
        if self.queue.pop(event.turn_id or "", None):
            yield Updated("queue")
        self.turns[event.turn_id or ""] = event.prompt
        self.running = event
        self.status.turn_began_at = event.at
        if event.prompt or event.attachments:  # an autonomous turn has neither
            yield from self._add_once(
                UserPrompt(
                    key=f"prompt-{event.turn_id or event.seq}",
                    text=event.prompt,
                    attachments=event.attachments,
                    turn_id=event.turn_id,
                )
            )
        yield Updated("turn")

    def _turn_finished(self, event: TurnFinished) -> Iterable[Change]:
        yield from self.messages.finish_streaming(event.at)
        yield from self._remove_requests_of(event.turn_id, event.at)
        yield from self.tools.interrupt_running(event.at)
        started, self.running = self.running, None
        self.status.turn_began_at = None
        key = f"ended-{event.turn_id or event.seq}"
        if key not in self._keys:
            self.status.add_turn(event)
        yield from self._add_once(
            TurnSummary(
                key=key,
                reason=event.stop_reason,
                error=event.error if event.is_error else None,
                code=event.code,
                duration_ms=event.duration_ms,
                cost_usd=event.cost_usd,
                prompt=started.prompt if started else None,
                attachments=started.attachments if started else (),
            )
        )
        yield Updated("turn")
        yield Updated("status")

    def _request_opened(self, event: RequestOpened) -> Iterable[Change]:
        self.requests[event.request.id] = event.request
        self._turns_of_requests[event.request.id] = event.turn_id
        yield Updated("requests")
        yield from self.tools.set_waiting(event.request.tool_use_id, True, event.at)

    def _request_closed(self, event: RequestClosed) -> Iterable[Change]:
        request = self.requests.get(event.request_id)
        yield from self.remove_request(event.request_id, event.at)
        if request is not None and event.decision == "deny":
            yield from self.tools.deny(request.tool_use_id)

    def remove_request(self, request_id: str, at: str) -> Iterable[Change]:
        """Removes a request that is no longer open."""
        request = self.requests.pop(request_id, None)
        if request is not None:
            yield Updated("requests")
            yield from self.tools.set_waiting(request.tool_use_id, False, at)

    def _remove_requests_of(self, turn_id: str | None, at: str) -> Iterable[Change]:
        """Removes the requests of a turn that is over; a server that was killed could not close them."""
        for request_id in [name for name in self.requests if self._turns_of_requests.get(name) == turn_id]:
            yield from self.remove_request(request_id, at)

    def _todos_changed(self, event: Todos) -> Iterable[Change]:
        self.todos = event.items
        yield Updated("todos")

    def _context_changed(self, event: Context) -> Iterable[Change]:
        self.status.apply_context(event)
        yield Updated("status")

    def _rate_limit_changed(self, event: RateLimit) -> Iterable[Change]:
        self.status.rate_limit = event
        yield Updated("status")

    def _noticed(self, event: Notice) -> Iterable[Change]:
        yield from self._add_once(NoticeItem(key=f"notice-{event.seq}", text=event.text, level=event.level))

    def _reset(self, event: SessionReset) -> Iterable[Change]:
        self.session_id = event.new_session_id
        self.items.clear()
        self.inner.clear()
        self._keys.clear()
        self.tools.clear()
        self.messages.clear()
        self.todos = ()
        self.queue.clear()
        self.requests.clear()
        self.running = self.status.turn_began_at = None
        self.status.context_percent = None
        yield Updated("requests")
        yield Updated("queue")
        yield Updated("todos")
        yield Updated("turn")
        yield Reset(event.new_session_id)
        yield Changed(self.notice("Context cleared. Claude no longer sees earlier messages.").item)
