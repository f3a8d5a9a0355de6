"""The possible replies of the demo model as plain data; the scripts create them and `stream` encodes them."""

import re
from dataclasses import dataclass
from typing import Any

_PIECE = re.compile(r"(?:\S+\s*){1,4}|\s+")  # matches every character exactly once


@dataclass(frozen=True, slots=True)
class Text:
    pieces: tuple[str, ...]
    """The deltas in which the text is sent."""

    @classmethod
    def of(cls, text: str) -> "Text":
        """Splits the text into pieces of a few words, as a model sends it."""
        return cls(tuple(_PIECE.findall(text)))


@dataclass(frozen=True, slots=True)
class Thinking:
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call."""

    name: str
    input: dict[str, Any]  # each tool has its own


Part = Text | Thinking | Call


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model."""

    parts: tuple[Part, ...]
    delay: float = 0.0
    """Seconds between two deltas."""
    is_cut: bool = False
    """Whether the connection breaks after the last delta."""

    @property
    def stop_reason(self) -> str:
        return "tool_use" if any(isinstance(part, Call) for part in self.parts) else "end_turn"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP error instead of an answer."""

    status: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Headers and then nothing, as long as the client waits."""


Reply = Answer | Refusal | Silence


def say(text: str) -> Answer:
    """Returns an answer that only contains text."""
    return Answer((Text.of(text),))
