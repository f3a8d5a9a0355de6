"""The items of a conversation. Only the conversation changes them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from api.schema import Attachment

ToolState = Literal["running", "done", "failed", "denied"]


@dataclass(slots=True, kw_only=True, eq=False)
class ItemBase:
    key: str
    """Unique in its conversation."""
    parent: str | None = None
    """The call that started the subagent it belongs to."""


@dataclass(slots=True, kw_only=True, eq=False)
class UserPrompt(ItemBase):
    text: str
    attachments: tuple[Attachment, ...] = ()
    turn_id: str | None = None
    message_id: str | None = None
    """Its id in the transcript, which a rewind needs; set when the transcript has it."""


@dataclass(slots=True, kw_only=True, eq=False)
class AssistantText(ItemBase):
    text: str
    """Markdown."""
    message_id: str
    is_done: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Thinking(ItemBase):
    text: str
    message_id: str
    began_at: str | None = None
    ended_at: str | None = None
    is_done: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class ToolCall(ItemBase):
    name: str
    input: dict[str, Any]  # each tool has its own
    title: str
    state: ToolState = "running"
    output: str = ""
    diff: str | None = None
    began_at: str | None = None
    ended_at: str | None = None
    is_waiting: bool = False
    """Whether a request about this call is open."""
    progress: str = ""
    """What a subagent reports about its work."""


@dataclass(slots=True, kw_only=True, eq=False)
class NoticeItem(ItemBase):
    """A notice of the server or the app."""

    text: str
    level: Literal["info", "warning", "error"] = "info"


@dataclass(slots=True, kw_only=True, eq=False)
class TurnSummary(ItemBase):
    """The end of a turn."""

    reason: str
    error: str | None = None
    code: str | None = None
    duration_ms: int = 0
    cost_usd: float = 0
    prompt: str | None = None
    """The turn's prompt, for sending it again."""
    attachments: tuple[Attachment, ...] = field(default=())


Item = UserPrompt | AssistantText | Thinking | ToolCall | NoticeItem | TurnSummary
