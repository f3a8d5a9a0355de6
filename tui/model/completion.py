"""Finds the part of the text before the cursor that can be completed."""

import re
from dataclasses import dataclass
from typing import Literal

_COMMAND = re.compile(r"^/([\w:.-]*)$")
_FILE = re.compile(r"(?:^|(?<=\s))@(\S*)$")


@dataclass(frozen=True, slots=True)
class CompletionQuery:
    kind: Literal["command", "file"]
    text: str
    """The text typed so far, without `/` or `@`."""
    start: int
    """The offset of the part that a completion replaces; the part ends at the cursor."""


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    """The replacement for the typed text, with its `/` or `@`."""
    label: str
    detail: str = ""
    is_folder: bool = False


def completion_query(before_cursor: str) -> CompletionQuery | None:
    """The query in the text before the cursor; None if there is nothing to complete."""
    if match := _COMMAND.match(before_cursor):
        return CompletionQuery("command", match[1], 0)
    if match := _FILE.search(before_cursor):
        return CompletionQuery("file", match[1], match.start())
    return None
