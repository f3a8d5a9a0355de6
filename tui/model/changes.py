"""What an event changed in a conversation."""

from dataclasses import dataclass
from typing import Literal

from tui.model.items import AssistantText, Item, Thinking


@dataclass(frozen=True, slots=True)
class Added:
    """An item is new, at the end of the conversation or of its subagent."""

    item: Item


@dataclass(frozen=True, slots=True)
class Appended:
    """A streamed text has grown."""

    item: AssistantText | Thinking
    fragment: str
    """What was appended."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An item has changed in another way."""

    item: Item


@dataclass(frozen=True, slots=True)
class Updated:
    """Something other than an item has changed."""

    part: Literal["status", "requests", "queue", "todos", "turn"]


@dataclass(frozen=True, slots=True)
class Reset:
    """The conversation was emptied and continues under another id."""

    session_id: str


Change = Added | Appended | Changed | Updated | Reset
