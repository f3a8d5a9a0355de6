"""The one owner of a session's state: folds events into items, requests, queue, todos and status."""

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
    """A session as a person sees it. `apply` is the only way in for events."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.status = Status()
        self.items: list[Item] = []
        """What was said and done, in order; what subagents said and did is in `inner`."""
        self.inner: dict[str, list[Item]] = {}
        """The items of each subagent, by the call that started it."""
        self._keys: set[str] = set()
        self.requests: dict[str, Request] = {}
        self._asked_in: dict[str, str | None] = {}
        """The turn of each request."""
        self.queue: dict[str, TurnQueued] = {}
        self.turns: dict[str, str] = {}
        """The prompt of each turn that was queued or started."""
        self.todos: tuple[TodoItem, ...] = ()
        self.last_seq = 0
        self.running: TurnStarted | None = None
        self.tools = ToolCalls(self._add)
        self.messages = MessageAssembler(self._add, self.tools, self.items)
        self._fold: dict[type, Callable[[Any], Iterable[Change]]] = {
            SessionStateChanged: self._state,
            SessionChanged: self._changed,
            TurnQueued: self._queued,
            TurnWithdrawn: self._withdrawn,
            TurnStarted: self._started,
            TurnFinished: self._finished,
            TextDelta: self.messages.text_grew,
            ThinkingDelta: self.messages.thinking_grew,
            MessageAdded: self.messages.added,
            ToolStarted: self.tools.started,
            ToolOutput: self.tools.printed,
            ToolFinished: self.tools.finished,
            Task: self.tools.task,
            RequestOpened: self._opened,
            RequestClosed: self._closed,
            Todos: self._todos,
            Context: self._context,
            RateLimit: self._rate_limit,
            Notice: self._notice,
            SessionReset: self._reset,
        }

    def apply(self, event: Event) -> tuple[Change, ...]:
        """Folds the event in; an event already seen changes nothing."""
        if event.seq <= self.last_seq:
            return ()
        self.last_seq = event.seq
        self.status.last_event_at = event.at
        return tuple(self._fold[type(event)](event))

    def prepend(self, messages: Sequence[Message]) -> int:
        """Puts older messages of the transcript in front; the number of items that came of it."""
        past = Conversation(self.session_id)
        for message in takewhile(lambda message: message.id not in self.messages.seen, messages):
            for _ in past.messages.take(message, None):
                pass
        self.items[:0] = past.items
        for key, items in past.inner.items():
            self.inner.setdefault(key, [])[:0] = items
        self._keys |= past._keys
        self.tools.adopt(past.tools)
        self.messages.adopt(past.messages)
        return len(past.items)

    def describe(self, info: SessionInfo) -> Updated:
        """Takes over what the api says of the session."""
        self.status.describe(info)
        return Updated("status")

    def notice(self, text: str, level: Any = "info") -> Added:  # a Notice's level
        """Adds a line of the app's own."""
        item = NoticeItem(key=f"notice-{len(self.items)}", text=text, level=level)
        return self._add(item)

    @property
    def title(self) -> str:
        """The session's title, else the beginning of its first prompt."""
        first = next((item.text for item in self.items if isinstance(item, UserPrompt)), "")
        return self.status.title or " ".join(first.split())[:60] or "New session"

    def _add(self, item: Item) -> Added:
        (self.items if item.parent is None else self.inner.setdefault(item.parent, [])).append(item)
        self._keys.add(item.key)
        return Added(item)

    def root(self, item: Item) -> str | None:
        """The call of the main conversation under which a subagent's item stands, however deep."""
        key = item.parent
        while key is not None and (call := self.tools.get(key)) is not None and call.parent is not None:
            key = call.parent
        return key

    def _add_once(self, item: Item) -> Iterable[Change]:
        """A conversation may be sent again from its beginning; what is known is not doubled."""
        if item.key not in self._keys:
            yield self._add(item)

    def _state(self, event: SessionStateChanged) -> Iterable[Change]:
        self.status.state = event.state
        yield Updated("status")
        if event.state in ("idle", "parked") and self.running is not None:
            yield from self._void_requests_of(self.running.turn_id, event.at)
            self.running = self.status.turn_began_at = None  # its end was told while we were away
            yield Updated("turn")

    def _changed(self, event: SessionChanged) -> Iterable[Change]:
        yield self.describe(event.session)

    def _queued(self, event: TurnQueued) -> Iterable[Change]:
        self.turns[event.turn_id or ""] = event.prompt
        self.queue[event.turn_id or ""] = event
        yield Updated("queue")

    def _withdrawn(self, event: TurnWithdrawn) -> Iterable[Change]:
        if self.queue.pop(event.turn_id or "", None):
            yield Updated("queue")

    def _started(self, event: TurnStarted) -> Iterable[Change]:
        if self.queue.pop(event.turn_id or "", None):
            yield Updated("queue")
        self.turns[event.turn_id or ""] = event.prompt
        self.running = event
        self.status.turn_began_at = event.at
        if event.prompt or event.attachments:  # a turn that Claude began by itself has neither
            yield from self._add_once(
                UserPrompt(
                    key=f"prompt-{event.turn_id or event.seq}",
                    text=event.prompt,
                    attachments=event.attachments,
                    turn_id=event.turn_id,
                )
            )
        yield Updated("turn")

    def _finished(self, event: TurnFinished) -> Iterable[Change]:
        yield from self.messages.close(event.at)
        yield from self._void_requests_of(event.turn_id, event.at)
        yield from self.tools.give_up(event.at)
        started, self.running = self.running, None
        self.status.turn_began_at = None
        key = f"ended-{event.turn_id or event.seq}"
        if key not in self._keys:
            self.status.count(event)
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

    def _opened(self, event: RequestOpened) -> Iterable[Change]:
        self.requests[event.request.id] = event.request
        self._asked_in[event.request.id] = event.turn_id
        yield Updated("requests")
        yield from self.tools.waits(event.request.tool_use_id, True, event.at)

    def _closed(self, event: RequestClosed) -> Iterable[Change]:
        request = self.requests.get(event.request_id)
        yield from self.void_request(event.request_id, event.at)
        if request is not None and event.decision == "deny":
            yield from self.tools.denied(request.tool_use_id)

    def void_request(self, request_id: str, at: str) -> Iterable[Change]:
        """The request is open no longer, whatever became of it."""
        request = self.requests.pop(request_id, None)
        if request is not None:
            yield Updated("requests")
            yield from self.tools.waits(request.tool_use_id, False, at)

    def _void_requests_of(self, turn_id: str | None, at: str) -> Iterable[Change]:
        """A turn that is over asks nothing, though a server that died could not say so."""
        for request_id in [name for name in self.requests if self._asked_in.get(name) == turn_id]:
            yield from self.void_request(request_id, at)

    def _todos(self, event: Todos) -> Iterable[Change]:
        self.todos = event.items
        yield Updated("todos")

    def _context(self, event: Context) -> Iterable[Change]:
        self.status.fill(event)
        yield Updated("status")

    def _rate_limit(self, event: RateLimit) -> Iterable[Change]:
        self.status.rate_limit = event
        yield Updated("status")

    def _notice(self, event: Notice) -> Iterable[Change]:
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
