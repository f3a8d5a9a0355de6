"""What the demo model is going to say: plain data, made by the scripts and written out by `stream`."""

import re
from dataclasses import dataclass
from typing import Any

_PIECE = re.compile(r"(?:\S+\s*){1,4}|\s+")  # every character is in exactly one piece


@dataclass(frozen=True, slots=True)
class Text:
    pieces: tuple[str, ...]
    """One delta each."""

    @classmethod
    def of(cls, text: str) -> "Text":
        """The text in pieces of a few words, as a model sends it."""
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
    """The connection breaks after the last delta."""

    @property
    def stop_reason(self) -> str:
        return "tool_use" if any(isinstance(part, Call) for part in self.parts) else "end_turn"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP error in place of an answer."""

    status: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Headers, then nothing, for as long as the client waits."""


Reply = Answer | Refusal | Silence


def say(text: str) -> Answer:
    """An answer of nothing but text."""
    return Answer((Text.of(text),))
