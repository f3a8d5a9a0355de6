"""One tab of one person: an app process, and the browser that looks at it now, if any."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from tui.serve.app_process import AppProcess
from tui.serve.downloads import Downloads
from tui.serve.handshake import Handshake, Size
from tui.serve.packets import META, PACKED, SCREEN
from tui.serve.send_queue import SendQueue

log = structlog.get_logger(__name__)

ENDED, CRASHED, TAKEN_OVER = 4410, 4500, 4409
REMEMBERED = frozenset({"page_state", "page_session", "page_appearance"})
"""Words of the app that a browser hears again when it comes back."""
REPLACED = REMEMBERED | {"page_draft"}
"""Words of which only the newest matters."""
LINKS = ("http://", "https://", "mailto:")


class Tab:
    """Outlives its sockets. Frames go to the newest browser; without one they are thrown away."""

    def __init__(self, handshake: Handshake, downloads: Downloads) -> None:
        self.user = handshake.user
        self.request_id = handshake.request_id
        self.detached_at: float | None = None
        """When the last browser went (loop time); None while there is one."""
        self.is_ending = False
        """The app was told to end, or did; whoever comes now needs a new tab."""
        self._handshake = handshake
        self._downloads = downloads
        self._app: AppProcess | None = None
        self._ready = asyncio.get_running_loop().create_future()
        self._queue: SendQueue | None = None
        self._visitors = 0
        self._remembered: dict[str, str] = {}
        self._said_goodbye = False
        self._farewell: asyncio.TimerHandle | None = None

    async def live(self, start: Callable[[Handshake], Awaitable[AppProcess]]) -> None:
        """Claims the app that `start` gives, and passes on what it says until it ends."""
        try:
            self._app = app = await start(self._handshake)
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                self._ready.exception()  # nobody may be waiting any more
            raise
        try:
            self._ready.set_result(None)
            if self.is_ending:
                return
            self._claim(app, self._handshake)
            async for kind, payload in app.packets():
                self._hear(kind, payload)
        finally:
            self.is_ending = True
            self._downloads.forget(self)
            if self._farewell:
                self._farewell.cancel()
            await app.end()
            if self._queue:
                code, reason = (ENDED, "ended") if self._said_goodbye else (CRASHED, "crashed")
                self._queue.close(code, reason)

    async def ready(self) -> None:
        """Waits until the app is claimed.

        Raises:
            AppFailedError: it could not be started.
        """
        await asyncio.shield(self._ready)

    def arrive(self) -> None:
        """A browser is at the door of this tab, and will leave it."""
        self._visitors += 1
        if self._farewell:
            self._farewell.cancel()
        self.detached_at, self._farewell = None, None

    def leave(self, *, patience: float) -> None:
        """A browser is gone, perhaps before the app was there; `patience` seconds after the last so is the app."""
        self._visitors -= 1
        if self._visitors == 0:
            loop = asyncio.get_running_loop()
            self.detached_at = loop.time()
            self._farewell = loop.call_later(patience, self.end)

    def attach(self, queue: SendQueue, size: Size) -> None:
        """From now on `queue` gets the screen; whoever had it is told that it moved."""
        if self._queue:
            self._queue.close(TAKEN_OVER, "taken_over")
        self._queue = queue
        for kind, word in self._remembered.items():
            queue.put_message(word, instead_of=kind)
        self._resize(size)
        self.repaint()

    def detach(self, queue: SendQueue) -> None:
        """Whoever had the screen is gone, unless another has it already."""
        if self._queue is queue:
            self._queue = None
            self._tell({"type": "blur"})

    def end(self) -> None:
        """Begins to end the app; `live` returns when it is gone."""
        self.is_ending = True
        if self._app:
            self._app.end_soon()

    def disconnect(self, code: int, reason: str) -> None:
        """Ends the connection with the browser, not the app."""
        if self._queue:
            self._queue.close(code, reason)

    def type(self, text: str) -> None:
        """Hands typed text to the app."""
        if self._app and not self._app.type(text):
            log.warning("input_dropped", user=self.user)

    def resize(self, queue: SendQueue, size: Size) -> None:
        """The browser's window changed; one that was taken over has no say any more."""
        if queue is self._queue:
            self._resize(size)

    def repaint(self) -> None:
        """Asks the app to draw its whole screen."""
        self._tell({"type": "repaint"})

    def tell(self, kind: str, **fields: object) -> None:
        """Passes a word of the page on to the app's driver."""
        self._tell({"type": kind, **fields})

    def ask_for_chunk(self, key: str, size: int) -> bool:
        """Asks the app for the next bytes of a file it offered."""
        return self._tell({"type": "deliver_chunk_request", "key": key, "size": size})

    def _claim(self, app: AppProcess, handshake: Handshake) -> None:
        app.configure(handshake.size, prefers_dark=handshake.prefers_dark)
        names = ("user", "session_id", "notice", "request_id")
        self._tell({"type": "claim", **{name: getattr(handshake, name) for name in names}})

    def _tell(self, meta: dict[str, object]) -> bool:
        return self._app is not None and self._app.tell(meta)

    def _resize(self, size: Size) -> None:
        self._tell({"type": "resize", "width": size.width, "height": size.height})

    def _hear(self, kind: bytes, payload: bytes) -> None:
        if kind == SCREEN:
            if self._queue:
                self._queue.put_frame(payload)
        elif kind == META:
            self._hear_word(json.loads(payload))
        elif kind == PACKED:
            self._downloads.receive(self, payload)

    def _hear_word(self, meta: dict[str, Any]) -> None:  # any app may add fields
        match meta:
            case {"type": "exit"}:
                self._said_goodbye = True
            case {"type": "repainting"} if self._queue:
                self._queue.begin_repaint()
            case {"type": "open_url", "url": str(url)} if url.startswith(LINKS):
                self._say("open_url", {"url": url, "new_tab": bool(meta.get("new_tab", True))})
            case {"type": "clipboard", "text": str(text)}:
                self._say("clipboard", text)
            case {"type": "deliver_file_start", "key": str(key)}:
                self._downloads.offer(self, key, meta)
                self._say("deliver_file_start", key)
            case {"type": str(kind)} if kind.startswith("page_"):
                self._say(kind, {name: value for name, value in meta.items() if name != "type"})

    def _say(self, kind: str, value: object) -> None:
        word = json.dumps([kind, value])
        if kind in REMEMBERED:
            self._remembered[kind] = word
        if self._queue:
            self._queue.put_message(word, instead_of=kind if kind in REPLACED else None)
