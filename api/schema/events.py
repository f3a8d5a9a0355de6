"""The events of a session. Every event has `type`, `seq`, `sessionId` and `at`; most have `turnId`."""

from typing import Any, Literal, get_args

import msgspec

from api.schema.base import Record
from api.schema.blocks import Message
from api.schema.requests import Decision, Request
from api.schema.sessions import Attachment, SessionInfo, SessionState


class EventBase(Record, tag_field="type", kw_only=True):
    seq: int = 0
    """Increases with every event of a session, with gaps; the value for `after` and `Last-Event-ID`. Set by the log."""
    session_id: str = ""
    """Set by the log."""
    at: str = ""
    """ISO 8601 UTC with milliseconds and Z. Set by the log."""
    turn_id: str | None = None


class SessionStateChanged(EventBase, tag="session_state", kw_only=True):
    state: SessionState


class SessionChanged(EventBase, tag="session_changed", kw_only=True):
    """The title, model, permission mode, effort, cost or number of turns changed."""

    session: SessionInfo


class TurnQueued(EventBase, tag="turn_queued", kw_only=True):
    prompt: str
    attachments: tuple[Attachment, ...] = ()


class TurnWithdrawn(EventBase, tag="turn_withdrawn", kw_only=True):
    """A queued prompt was withdrawn, or dropped because its session ended."""


class TurnStarted(EventBase, tag="turn_started", kw_only=True):
    prompt: str
    attachments: tuple[Attachment, ...] = ()


class TextDelta(EventBase, tag="text_delta", kw_only=True):
    message_id: str
    index: int
    """The position of the content block in the message."""
    text: str
    parent_tool_use_id: str | None = None


class ThinkingDelta(EventBase, tag="thinking_delta", kw_only=True):
    message_id: str
    index: int
    text: str
    parent_tool_use_id: str | None = None


class MessageAdded(EventBase, tag="message", kw_only=True):
    """A message with the blocks that are complete so far. It replaces the deltas, and earlier versions, with its id."""

    message: Message


class ToolStarted(EventBase, tag="tool_started", kw_only=True):
    tool_use_id: str
    name: str
    input: dict[str, Any]  # each tool has its own
    title: str
    """One line for display, such as `Bash: ls -la`."""
    parent_tool_use_id: str | None = None


class ToolOutput(EventBase, tag="tool_output", kw_only=True):
    tool_use_id: str
    text: str
    """The last lines of the output so far. The next `tool_output`, or `tool_finished`, replaces it."""


class ToolFinished(EventBase, tag="tool_finished", kw_only=True):
    tool_use_id: str
    is_error: bool
    content: str
    diff: str | None = None
    """The change as a unified diff, for edits and writes."""
    parent_tool_use_id: str | None = None


class RequestOpened(EventBase, tag="request_opened", kw_only=True):
    request: Request


class RequestClosed(EventBase, tag="request_closed", kw_only=True):
    request_id: str
    decision: Decision
    by: str
    """The user who answered, or `server` if no user did."""


TodoStatus = Literal["pending", "in_progress", "completed"]


class TodoItem(Record):
    text: str
    status: TodoStatus


class Todos(EventBase, tag="todos", kw_only=True):
    items: tuple[TodoItem, ...]


class Task(EventBase, tag="task", kw_only=True):
    """A subagent or a background task of Claude Code."""

    task_id: str
    status: str
    """`started`, `progress`, `completed`, `failed`, `stopped`, or another status of Claude Code."""
    description: str = ""
    usage: dict[str, Any] | None = None  # Claude Code's own fields
    tool_use_id: str | None = None


class Context(EventBase, tag="context", kw_only=True):
    used_tokens: int
    max_tokens: int
    percent: float
    """0 to 100."""


class RateLimit(EventBase, tag="rate_limit", kw_only=True):
    status: str
    """`allowed`, `allowed_warning` or `rejected`."""
    resets_at: str | None = None
    kind: str | None = None
    """The limit, such as `five_hour`."""


class Notice(EventBase, tag="notice", kw_only=True):
    level: Literal["info", "warning", "error"]
    text: str


class SessionReset(EventBase, tag="session_reset", kw_only=True):
    """The conversation was cleared: Claude no longer sees earlier messages."""

    new_session_id: str
    """The session that continues: this one, unless a client cleared by opening a new one."""


class Usage(Record, omit_defaults=False):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class TurnFinished(EventBase, tag="turn_finished", kw_only=True):
    """The end of a turn: exactly one for each started turn, after errors and interrupts too."""

    stop_reason: str
    """`end_turn`, `max_turns`, `interrupted`, `error`, or another reason of the model."""
    is_error: bool
    num_turns: int
    duration_ms: int
    cost_usd: float
    usage: Usage
    error: str | None = None
    """A sentence for a person."""
    code: str | None = None
    """A name for a program, in snake_case, such as `model_overloaded`."""


Event = (
    SessionStateChanged
    | SessionChanged
    | TurnQueued
    | TurnWithdrawn
    | TurnStarted
    | TextDelta
    | ThinkingDelta
    | MessageAdded
    | ToolStarted
    | ToolOutput
    | ToolFinished
    | RequestOpened
    | RequestClosed
    | Todos
    | Task
    | Context
    | RateLimit
    | Notice
    | SessionReset
    | TurnFinished
)

_EVENT_TYPES = {kind.__struct_config__.tag: kind for kind in get_args(Event)}
_DECODER = msgspec.json.Decoder(Event)


def parse_event(event_type: str, raw: bytes | str) -> Event | None:
    """The event in an SSE frame; None for a type that this version does not know.

    Raises:
        msgspec.ValidationError: the body does not fit the type.
    """
    return _DECODER.decode(raw) if event_type in _EVENT_TYPES else None
