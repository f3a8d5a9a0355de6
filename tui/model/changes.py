"""What an event did to the conversation, in words a screen can act on."""

from dataclasses import dataclass
from typing import Literal

from tui.model.items import AssistantText, Item, Thinking


@dataclass(frozen=True, slots=True)
class Added:
    """The item is new, at the end of its parent."""

    item: Item


@dataclass(frozen=True, slots=True)
class Appended:
    """A streamed text got longer by `fragment`."""

    item: AssistantText | Thinking
    fragment: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Something of the item is different."""

    item: Item


@dataclass(frozen=True, slots=True)
class Updated:
    """A part beside the conversation is different."""

    part: Literal["status", "requests", "queue", "todos", "turn"]


@dataclass(frozen=True, slots=True)
class Reset:
    """The conversation is empty and goes on under this id."""

    session_id: str


Change = Added | Appended | Changed | Updated | Reset
