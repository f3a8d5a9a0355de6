"""Keeps what is pasted from acting as keys."""

from collections.abc import Iterator
from typing import Any, cast

from textual._xterm_parser import XTermParser

START, END = "\x1b[200~", "\x1b[201~"
MARK = "␛"
"""What stands for an escape inside a paste."""


class PasteGuard:
    """Reads along what the terminal sends, in whatever pieces it comes.

    Textual takes an escape inside a paste for the beginning of a key, and what follows it for typed: an Enter among it
    would send the prompt. Who copies coloured output, or from a page that means ill, would send what they never saw.
    """

    def __init__(self) -> None:
        self._is_inside = False
        self._rest = ""
        """Outside of a paste: the last characters, already given. Inside: the beginning of an end, held back."""

    def clean(self, data: str) -> str:
        """The same, with no escape inside a paste but the one that ends it."""
        found: list[str] = []
        while data:
            data = self._inside(data, found) if self._is_inside else self._outside(data, found)
        return "".join(found)

    def _outside(self, data: str, found: list[str]) -> str:
        seen = self._rest + data
        at = seen.find(START)
        if at < 0:
            found.append(data)
            self._rest = seen[1 - len(START) :]
            return ""
        end = at + len(START) - len(self._rest)
        found.append(data[:end])
        self._is_inside, self._rest = True, ""
        return data[end:]

    def _inside(self, data: str, found: list[str]) -> str:
        data, self._rest = self._rest + data, ""
        text, end, rest = data.partition(END)
        if end:
            self._is_inside = False
        else:
            held = next((size for size in range(len(END) - 1, 0, -1) if text.endswith(END[:size])), 0)
            text, self._rest = text[: len(text) - held], text[len(text) - held :]
        found += [text.replace("\x1b", MARK), end]
        return rest


def guard_pastes() -> None:
    """Puts a guard before every parser of terminal input; a second call changes nothing."""
    feed = XTermParser.feed
    if getattr(feed, "is_guarded", False):
        return

    def guarded(self: XTermParser, data: str) -> Iterator[Any]:  # whatever tokens the parser makes
        guard: PasteGuard = self.__dict__.setdefault("_paste_guard", PasteGuard())
        cleaned = guard.clean(data)
        if cleaned or not data:  # nothing at all would be the end of the input
            yield from feed(self, cleaned)

    cast("Any", guarded).is_guarded = True
    XTermParser.feed = guarded  # type: ignore[method-assign]  # there is no other way in
