"""A session as a person sees it: events in, items and changes out. Knows no screen."""

from tui.model.changes import Added, Change, Changed, Grew, Reset, Touched
from tui.model.conversation import Conversation
from tui.model.items import Ended, Item, Noticed, Prompted, Said, Thought, ToolCall

__all__ = [
    "Added",
    "Change",
    "Changed",
    "Conversation",
    "Ended",
    "Grew",
    "Item",
    "Noticed",
    "Prompted",
    "Reset",
    "Said",
    "Thought",
    "ToolCall",
    "Touched",
]
