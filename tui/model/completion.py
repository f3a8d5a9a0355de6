"""What the text before the cursor asks to be completed."""

import re
from dataclasses import dataclass
from typing import Literal

_COMMAND = re.compile(r"^/([\w:.-]*)$")
_FILE = re.compile(r"(?:^|(?<=\s))@(\S*)$")


@dataclass(frozen=True, slots=True)
class CompletionQuery:
    kind: Literal["command", "file"]
    query: str
    start: int
    """Where the completed text goes, as an offset into the text; it ends at the cursor."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion."""

    text: str
    """What replaces the query, with its `/` or `@`."""
    label: str
    detail: str = ""
    is_folder: bool = False


def completion_query(before: str) -> CompletionQuery | None:
    """What the text before the cursor asks for, or None."""
    if match := _COMMAND.match(before):
        return CompletionQuery("command", match[1], 0)
    if match := _FILE.search(before):
        return CompletionQuery("file", match[1], match.start())
    return None
