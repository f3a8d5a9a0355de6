"""Corrects Textual where it offers no setting: pasted escape sequences, Alt+Enter, and the rate of screen updates.

Everything here replaces something inside Textual, so pyproject.toml limits the version of Textual.
"""

from collections.abc import Iterator
from typing import Any, cast

import textual.screen
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.keys import Keys

UPDATES_PER_SECOND = 120
"""The most screen updates a second. A typed letter waits for the next one, half as long as by default."""
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
ESCAPE_MARK = "␛"
"""Replaces an escape character inside a paste."""


def apply_patches() -> None:
    """Applies every patch; later calls have no effect."""
    textual.screen.UPDATE_PERIOD = 1 / UPDATES_PER_SECOND  # type: ignore[misc]  # a Final that is read when a screen starts
    # Alt+Enter sends ESC CR, which Textual takes for Enter; the prompt would be sent instead of getting a new line.
    cast("dict[str, Any]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)  # a Mapping by its annotation only
    _clean_pastes()


class PasteCleaner:
    """Replaces escape characters inside pastes, in terminal input that arrives in pieces of any size.

    Textual takes an escape inside a paste for the start of a key and what follows for typed text, so a line break after
    it would send the prompt. Pasting coloured output or text from a hostile page would send something unseen.
    """

    def __init__(self) -> None:
        self._is_inside = False
        self._rest = ""
        """Outside a paste: the last characters, already returned. Inside: the possible start of its end, held back."""

    def clean(self, data: str) -> str:
        """Returns the input with no escape inside a paste except the one that ends it."""
        found: list[str] = []
        while data:
            data = self._inside(data, found) if self._is_inside else self._outside(data, found)
        return "".join(found)

    def _outside(self, data: str, found: list[str]) -> str:
        seen = self._rest + data
        at = seen.find(PASTE_START)
        if at < 0:
            found.append(data)
            self._rest = seen[1 - len(PASTE_START) :]
            return ""
        end = at + len(PASTE_START) - len(self._rest)
        found.append(data[:end])
        self._is_inside, self._rest = True, ""
        return data[end:]

    def _inside(self, data: str, found: list[str]) -> str:
        data, self._rest = self._rest + data, ""
        text, end, rest = data.partition(PASTE_END)
        if end:
            self._is_inside = False
        else:
            held = next((size for size in range(len(PASTE_END) - 1, 0, -1) if text.endswith(PASTE_END[:size])), 0)
            text, self._rest = text[: len(text) - held], text[len(text) - held :]
        found += [text.replace("\x1b", ESCAPE_MARK), end]
        return rest


def _clean_pastes() -> None:
    feed = XTermParser.feed
    if getattr(feed, "cleans_pastes", False):
        return

    def clean_and_feed(self: XTermParser, data: str) -> Iterator[Any]:  # whatever tokens the parser makes
        cleaner: PasteCleaner = self.__dict__.setdefault("_paste_cleaner", PasteCleaner())
        cleaned = cleaner.clean(data)
        if cleaned or not data:  # empty data means the end of the input
            yield from feed(self, cleaned)

    cast("Any", clean_and_feed).cleans_pastes = True
    XTermParser.feed = clean_and_feed  # type: ignore[method-assign]  # the parser has no hook
