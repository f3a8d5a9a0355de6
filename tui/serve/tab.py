"""A tab of one user: an app process, and the browser that shows it at the moment, if any."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from tui.serve.app_process import AppProcess
from tui.serve.close_code import CloseCode
from tui.serve.downloads import DownloadedFile
from tui.serve.handshake import Handshake, Size
from tui.serve.send_queue import SendQueue

log = structlog.get_logger(__name__)

REMEMBERED = frozenset({"page_state", "page_session", "page_appearance"})
"""Messages of the app that a browser gets again when it reconnects."""
REPLACED = REMEMBERED | {"page_draft"}
"""Messages of which only the newest matters."""


class Tab:
    """Outlives its connections: the newest browser gets the screen; without a browser, frames are dropped."""

    def __init__(self, handshake: Handshake) -> None:
        self.user = handshake.user
        self.request_id = handshake.request_id
        self.detached_at: float | None = None
        """When the last browser disconnected (loop time); None while there is one."""
        self.is_ending = False
        """The app is ending or has ended; a browser needs a new tab."""
        self._handshake = handshake
        self._app: AppProcess | None = None
        self._ready = asyncio.get_running_loop().create_future()
        self._queue: SendQueue | None = None
        self._browsers = 0
        self._remembered: dict[str, str] = {}
        self._has_quit = False
        self._end_timer: asyncio.TimerHandle | None = None

    async def run(self, take_app: Callable[[Handshake], Awaitable[AppProcess]]) -> None:
        """Claims an app, and returns when it has ended."""
        try:
            self._app = app = await take_app(self._handshake)
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                self._ready.exception()  # marks it as retrieved: there may be no browser that waits
            raise
        try:
            self._ready.set_result(None)
            if self.is_ending:
                return
            await self._claim(app)
            await app.wait_ended()
        finally:
            self.is_ending = True
            if self._end_timer:
                self._end_timer.cancel()
            await app.stop()
            if self._queue:
                self._queue.close(CloseCode.ENDED if self._has_quit else CloseCode.CRASHED)

    async def wait_ready(self) -> None:
        """Waits until the app is claimed.

        Raises:
            AppStartError: it could not be started.
        """
        await asyncio.shield(self._ready)

    def add_browser(self) -> None:
        """Keeps the app alive for a browser that connects, until `remove_browser`."""
        self._browsers += 1
        if self._end_timer:
            self._end_timer.cancel()
        self.detached_at, self._end_timer = None, None

    def remove_browser(self, *, keep_seconds: float) -> None:
        """Notes that a browser disconnected; after the last one the app is kept for `keep_seconds`."""
        self._browsers -= 1
        if self._browsers == 0:
            loop = asyncio.get_running_loop()
            self.detached_at = loop.time()
            self._end_timer = loop.call_later(keep_seconds, self.end)

    async def attach(self, queue: SendQueue, size: Size) -> None:
        """Sends the screen to `queue` from now on, and closes the queue that had it before."""
        if self._queue:
            self._queue.close(CloseCode.TAKEN_OVER)
        self._queue = queue
        for kind, message in self._remembered.items():
            queue.put_message(message, replaces=kind)
        await self.resize(queue, size)
        await self.repaint()

    async def detach(self, queue: SendQueue) -> None:
        """Stops sending to `queue`, if it is the one that has the screen."""
        if self._queue is queue:
            self._queue = None
            await self.send_meta("blur")

    def end(self) -> None:
        """Begins to end the app; `run` returns when it has ended."""
        self.is_ending = True
        if self._app:
            self._app.begin_stop()

    def disconnect(self, code: CloseCode) -> None:
        """Closes the connection to the browser; the app keeps running."""
        if self._queue:
            self._queue.close(code)

    def take_download(self, key: str, user: str) -> DownloadedFile | None:
        """A file that the app offers, once and only for its owner; otherwise None."""
        return self._app.downloads.take(key, user) if self._app else None

    async def send_input(self, text: str) -> None:
        """Sends typed text to the app; half a character (a lone surrogate) becomes `?`."""
        if text and self._app and not await self._app.send_bytes(text.encode("utf-8", "replace")):
            log.warning("input_dropped", user=self.user)

    async def send_meta(self, kind: str, **fields: object) -> None:
        """Sends a message to the app's driver."""
        if self._app:
            await self._app.send_meta({"type": kind, **fields})

    async def resize(self, queue: SendQueue, size: Size) -> None:
        """Applies the size of the browser's terminal, unless another browser has the screen."""
        if queue is self._queue and self._app:
            await self._app.set_terminal_size(size.width, size.height)

    async def repaint(self) -> None:
        """Asks the app to draw its whole screen."""
        await self.send_meta("repaint")

    async def write_frame(self, data: bytes) -> None:
        """Passes a frame of the app on to the browser."""
        if self._queue:
            self._queue.put_frame(data)

    async def write_message(self, text: str) -> None:
        """Passes one of textual-serve's messages on to the browser."""
        if self._queue:
            self._queue.put_message(text)

    async def receive(self, kind: str, fields: dict[str, Any]) -> None:  # any app may add fields
        """Handles a message of the app."""
        if kind == "repainting" and self._queue:
            self._queue.begin_repaint()
        elif kind == "clipboard":
            self._send_to_page(kind, str(fields.get("text", "")))
        elif kind.startswith("page_"):
            self._send_to_page(kind, fields)

    async def note_exit(self) -> None:
        """Notes that the app quit and did not crash."""
        self._has_quit = True

    async def _claim(self, app: AppProcess) -> None:
        handshake = self._handshake
        app.downloads.owner = handshake.user
        app.connect(self)
        await app.configure(handshake.size, prefers_dark=handshake.prefers_dark)
        names = ("user", "session_id", "notice", "request_id")
        await self.send_meta("claim", **{name: getattr(handshake, name) for name in names})

    def _send_to_page(self, kind: str, value: object) -> None:
        message = json.dumps([kind, value])
        if kind in REMEMBERED:
            self._remembered[kind] = message
        if self._queue:
            self._queue.put_message(message, replaces=kind if kind in REPLACED else None)
