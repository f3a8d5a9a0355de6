"""A session as data: turns events into items and changes. Independent of Textual."""

from tui.model.changes import Added, Appended, Change, Changed, Reset, Updated
from tui.model.conversation import Conversation
from tui.model.items import AssistantText, Item, NoticeItem, Thinking, ToolCall, TurnSummary, UserPrompt

__all__ = [
    "Added",
    "Appended",
    "AssistantText",
    "Change",
    "Changed",
    "Conversation",
    "Item",
    "NoticeItem",
    "Reset",
    "Thinking",
    "ToolCall",
    "TurnSummary",
    "Updated",
    "UserPrompt",
]
