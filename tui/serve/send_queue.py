"""What waits to be sent to one browser: bounded, and in doubt thrown away for a fresh picture."""

import asyncio
from collections import deque

MAX_QUEUED_BYTES = 256 * 1024
"""Bytes of screen that may wait, besides the largest frame; beyond it they are dropped."""
MAX_UNDRAWN_BYTES = 256 * 1024
"""Bytes of screen sent but not yet drawn by the browser, which says how far it is."""
MAX_MERGED_BYTES = 64 * 1024
MAX_MESSAGES = 1000
MAX_MESSAGE_CHARS = 8 * 1024 * 1024
"""Characters of words that may wait; who reads none of so many is deaf."""
UNRESPONSIVE = 4408

CLEAR_MODES = b"\x1b[?2026l\x1b[0m"
PRELUDE = CLEAR_MODES + b"\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?25l\x1b[?2004h\x1b[?2026$p"
"""Puts a fresh terminal into the modes that the app set when it started."""


class ConnectionClosedError(Exception):  # an ending, not a fault
    """The connection is over; `code` is the WebSocket close code and `reason` a word for the page."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SendQueue:
    """Frames of the screen and words to the page. Words go first, and are dropped only for a newer one of their kind.

    It starts stale: nothing is sent before `begin_repaint`, which the app's repaint brings about. When too
    many bytes wait, they are dropped and it is stale again; once the browser has drawn most of
    what it was sent, `repaint_wanted` is set.
    """

    def __init__(self) -> None:
        self.repaint_wanted = asyncio.Event()
        self.is_closing = asyncio.Event()
        self._frames: deque[bytes] = deque()
        self._words: dict[object, str] = {}
        self._words_size = 0
        self._waiting = 0
        self._largest = 0
        self._sent = 0
        self._drawn = 0
        self._stale = True
        """Frames are dropped until the next repaint."""
        self._closed: ConnectionClosedError | None = None
        self._news = asyncio.Event()

    def begin_repaint(self) -> None:
        """What is put from now on belongs to a full repaint."""
        self._drop()
        self._stale = False
        self._largest = 0
        self.put_frame(PRELUDE)

    def put_frame(self, data: bytes) -> None:
        """Queues bytes for the screen, or drops all that wait."""
        if self._stale:
            return
        # A repaint of a huge screen is one frame: the limit must let it pass, or it would be asked for again and again.
        if self._waiting > MAX_QUEUED_BYTES + self._largest:
            self._drop()
            self._stale = True
            self._ask_when_drawn()
            return
        self._frames.append(data)
        self._waiting += len(data)
        self._largest = max(self._largest, len(data))
        self._news.set()

    def put_message(self, text: str, *, instead_of: str | None = None) -> None:
        """Queues a text message for the page, in place of a waiting one of the same kind when that is named."""
        kind = instead_of or object()
        self._words_size += len(text) - len(self._words.pop(kind, ""))
        self._words[kind] = text
        if len(self._words) > MAX_MESSAGES or self._words_size > max(MAX_MESSAGE_CHARS, len(text)):
            self._words.clear()
            self.close(UNRESPONSIVE, "silent")
        self._news.set()

    def close(self, code: int, reason: str) -> None:
        """Ends the connection once the words are out."""
        self._closed = self._closed or ConnectionClosedError(code, reason)
        self.is_closing.set()
        self._news.set()

    async def closed(self, patience: float) -> None:
        """Waits until the connection was ended and its words had `patience` seconds to go out.

        Raises:
            ConnectionClosedError: always, at last.
        """
        await self.is_closing.wait()
        await asyncio.sleep(patience)
        if self._closed:
            raise self._closed

    def acknowledge(self, total: int) -> None:
        """The browser has drawn `total` bytes since the connection began."""
        self._drawn = min(max(total, self._drawn), self._sent)
        self._ask_when_drawn()
        self._news.set()

    async def get(self) -> str | bytes:
        """The next message: a word, or the frames that wait, joined.

        Raises:
            ConnectionClosedError: the connection was ended.
        """
        while True:
            if self._words:
                word = self._words.pop(next(iter(self._words)))
                self._words_size -= len(word)
                return word
            if self._closed:
                raise self._closed
            if self._frames and self._sent - self._drawn < MAX_UNDRAWN_BYTES:
                return self._join()
            self._news.clear()
            await self._news.wait()

    def _join(self) -> bytes:
        parts = [self._frames.popleft()]
        size = len(parts[0])
        while self._frames and size + len(self._frames[0]) <= MAX_MERGED_BYTES:
            parts.append(self._frames.popleft())
            size += len(parts[-1])
        self._waiting -= size
        self._sent += size
        return b"".join(parts)

    def _drop(self) -> None:
        self._frames.clear()
        self._waiting = 0

    def _ask_when_drawn(self) -> None:
        if self._stale and self._sent - self._drawn < MAX_UNDRAWN_BYTES // 4:
            self.repaint_wanted.set()
