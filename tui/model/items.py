"""What a conversation is made of. The conversation alone changes items; everyone else reads them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from api.schema import Attachment

ToolState = Literal["running", "done", "failed", "denied"]


@dataclass(slots=True, kw_only=True, eq=False)
class ItemBase:
    key: str
    """Unique in its conversation."""
    parent: str | None = None
    """The subagent's call under which it stands."""


@dataclass(slots=True, kw_only=True, eq=False)
class UserPrompt(ItemBase):
    """What the person said."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    turn_id: str | None = None
    message_id: str | None = None
    """Known once the transcript has it; what a rewind names."""


@dataclass(slots=True, kw_only=True, eq=False)
class AssistantText(ItemBase):
    """A text of Claude's, Markdown."""

    text: str
    message_id: str
    is_done: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Thinking(ItemBase):
    """Thinking."""

    text: str
    message_id: str
    began_at: str | None = None
    ended_at: str | None = None
    is_done: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class ToolCall(ItemBase):
    """One call of a tool and what came of it."""

    name: str
    input: dict[str, Any]  # each tool has its own
    title: str
    state: ToolState = "running"
    output: str = ""
    diff: str | None = None
    began_at: str | None = None
    ended_at: str | None = None
    is_waiting: bool = False
    """A request about this call is open."""
    progress: str = ""
    """What a subagent says it is doing."""


@dataclass(slots=True, kw_only=True, eq=False)
class NoticeItem(ItemBase):
    """A line of the server's or the app's."""

    text: str
    level: Literal["info", "warning", "error"] = "info"


@dataclass(slots=True, kw_only=True, eq=False)
class TurnSummary(ItemBase):
    """How a turn ended."""

    reason: str
    error: str | None = None
    code: str | None = None
    duration_ms: int = 0
    cost_usd: float = 0
    prompt: str | None = None
    """For trying again."""
    attachments: tuple[Attachment, ...] = field(default=())


Item = UserPrompt | AssistantText | Thinking | ToolCall | NoticeItem | TurnSummary
