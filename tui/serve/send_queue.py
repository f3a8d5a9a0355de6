"""The data waiting to be sent to one browser. A browser that falls behind gets a repaint instead of the old frames."""

import asyncio
from collections import deque

from tui.serve.close_code import CloseCode

MAX_QUEUED_BYTES = 256 * 1024
"""Bytes of frames that may wait, besides the largest frame; more are dropped."""
MAX_UNDRAWN_BYTES = 256 * 1024
"""Bytes of frames that are sent but not yet acknowledged as drawn."""
MAX_MERGED_BYTES = 64 * 1024
"""Small frames are merged into one WebSocket message of at most this size."""
MAX_MESSAGES = 1000
MAX_MESSAGE_CHARS = 8 * 1024 * 1024
"""Characters of all waiting messages; if more wait, the browser is disconnected."""

_RESET = b"\x1b[?2026l\x1b[0m"
TERMINAL_SETUP = _RESET + b"\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?25l\x1b[?2004h\x1b[?2026$p"
"""Puts a new terminal into the modes that the app set when it started."""


class ConnectionClosedError(Exception):
    """The connection to the browser is closed, or must be closed."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.reason)
        self.code = code

    @property
    def reason(self) -> str:
        """The text that is sent with the code."""
        return self.code.reason


class SendQueue:
    """Frames of the screen, and text messages to the page.

    Messages go first; they are dropped only when a newer one of the same kind replaces them. A new queue drops frames
    until the first repaint (`begin_repaint`). When too many bytes wait, it drops again and sets `repaint_wanted` once
    the browser has drawn most of what it was sent.
    """

    def __init__(self) -> None:
        self.repaint_wanted = asyncio.Event()
        self._is_closing = asyncio.Event()
        self._frames: deque[bytes] = deque()
        self._messages: dict[object, str] = {}
        self._message_chars = 0
        self._queued_bytes = 0
        self._largest_frame = 0
        self._sent = 0
        self._drawn = 0
        self._is_stale = True
        """Frames are dropped until the next repaint."""
        self._closed: ConnectionClosedError | None = None
        self._changed = asyncio.Event()

    def begin_repaint(self) -> None:
        """Drops the waiting frames, because the ones that follow draw the whole screen."""
        self._drop_frames()
        self._is_stale = False
        self._largest_frame = 0
        self.put_frame(TERMINAL_SETUP)

    def put_frame(self, data: bytes) -> None:
        """Queues a frame, or drops all frames when too many wait."""
        if self._is_stale:
            return
        # A repaint of a huge screen is one frame: without room for it, repaints would be requested endlessly.
        if self._queued_bytes > MAX_QUEUED_BYTES + self._largest_frame:
            self._drop_frames()
            self._is_stale = True
            self._request_repaint_when_drawn()
            return
        self._frames.append(data)
        self._queued_bytes += len(data)
        self._largest_frame = max(self._largest_frame, len(data))
        self._changed.set()

    def put_message(self, text: str, *, replaces: str | None = None) -> None:
        """Queues a text message; with `replaces` it takes the place of a waiting message of that kind."""
        kind = replaces or object()
        self._message_chars += len(text) - len(self._messages.pop(kind, ""))
        self._messages[kind] = text
        if len(self._messages) > MAX_MESSAGES or self._message_chars > max(MAX_MESSAGE_CHARS, len(text)):
            self._messages.clear()
            self.close(CloseCode.UNRESPONSIVE)
        self._changed.set()

    def close(self, code: CloseCode) -> None:
        """Ends the connection once the waiting messages are sent."""
        self._closed = self._closed or ConnectionClosedError(code)
        self._is_closing.set()
        self._changed.set()

    async def wait_closed(self, grace_seconds: float) -> None:
        """Waits until the queue is closed and its messages had `grace_seconds` to be sent.

        Raises:
            ConnectionClosedError: always, in the end.
        """
        await self._is_closing.wait()
        await asyncio.sleep(grace_seconds)
        if self._closed:
            raise self._closed

    def acknowledge(self, total: int) -> None:
        """Notes that the browser has drawn `total` bytes since it connected."""
        self._drawn = min(max(total, self._drawn), self._sent)
        self._request_repaint_when_drawn()
        self._changed.set()

    async def get(self) -> str | bytes:
        """Waits for the next WebSocket message: a text message, or frames merged into one.

        Raises:
            ConnectionClosedError: the queue is closed and no text message waits.
        """
        while True:
            if self._messages:
                message = self._messages.pop(next(iter(self._messages)))
                self._message_chars -= len(message)
                return message
            if self._closed:
                raise self._closed
            if self._frames and self._sent - self._drawn < MAX_UNDRAWN_BYTES:
                return self._take_frames()
            self._changed.clear()
            await self._changed.wait()

    def _take_frames(self) -> bytes:
        parts = [self._frames.popleft()]
        size = len(parts[0])
        while self._frames and size + len(self._frames[0]) <= MAX_MERGED_BYTES:
            parts.append(self._frames.popleft())
            size += len(parts[-1])
        self._queued_bytes -= size
        self._sent += size
        return b"".join(parts)

    def _drop_frames(self) -> None:
        self._frames.clear()
        self._queued_bytes = 0

    def _request_repaint_when_drawn(self) -> None:
        if self._is_stale and self._sent - self._drawn < MAX_UNDRAWN_BYTES // 4:
            self.repaint_wanted.set()
