"""The connection with one browser: textual-serve's messages, and ours."""

import asyncio
import json
from contextlib import suppress

from quart import Websocket

from tui.serve.app_process import AppFailedError
from tui.serve.handshake import Handshake, Size
from tui.serve.send_queue import ConnectionClosedError, SendQueue
from tui.serve.tab import Tab
from tui.serve.tabs import Tabs, TooManyTabsError

FULL = {"user": 4429, "all": 4430}
APP_FAILED, UNRESPONSIVE = 4503, 4408
CLOSE_SECONDS = 2.0
MOST_FILES = 100


async def serve_browser(
    websocket: Websocket, tabs: Tabs, handshake: Handshake, *, patience: float, ping_seconds: float
) -> None:
    """Speaks with the browser until either side ends it; its tab lives on for `patience` seconds."""
    await websocket.accept()
    try:
        tab, is_new = tabs.open(handshake)
    except TooManyTabsError as full:
        await websocket.close(FULL[full.scope], f"full_{full.scope}")
        return
    tab.arrive()
    connection = BrowserConnection(websocket, tab)
    try:
        await tab.ready()
        connection.queue.put_message(json.dumps(["attached", {"fresh": is_new}]))
        tab.attach(connection.queue, handshake.size)
        await connection.run(ping_seconds)
    except AppFailedError:
        await websocket.close(APP_FAILED, "app_failed")
    except ConnectionClosedError as closed:
        with suppress(TimeoutError):
            await asyncio.wait_for(websocket.close(closed.code, closed.reason), CLOSE_SECONDS)
    finally:
        tab.detach(connection.queue)
        tab.leave(patience=patience)


class BrowserConnection:
    def __init__(self, websocket: Websocket, tab: Tab) -> None:
        self.queue = SendQueue()
        self._websocket = websocket
        self._tab = tab
        self._heard_at = asyncio.get_running_loop().time()

    async def run(self, ping_seconds: float) -> None:
        """Sends, receives, repaints and watches, all at once.

        Raises:
            ConnectionClosedError: the connection is over and the browser should be told why.
        """
        work = [
            asyncio.create_task(each)
            for each in (
                self._send(),
                self._receive(),
                self._repaint(),
                self._watch(ping_seconds),
                self.queue.closed(CLOSE_SECONDS),  # a reader that stands still takes no goodbye either
            )
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            await self._websocket.send(await self.queue.get())

    async def _receive(self) -> None:
        while True:
            raw = await self._websocket.receive()
            self._heard_at = asyncio.get_running_loop().time()
            try:
                message = json.loads(raw)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, list) and message:
                self._hear(message)

    async def _repaint(self) -> None:
        while True:
            await self.queue.repaint_wanted.wait()
            self.queue.repaint_wanted.clear()
            self._tab.repaint()

    async def _watch(self, ping_seconds: float) -> None:
        # A vanished phone sends no goodbye, and a socket without one may look alive for hours.
        while True:
            await asyncio.sleep(ping_seconds / 2)
            silence = asyncio.get_running_loop().time() - self._heard_at
            if silence > 2 * ping_seconds:
                raise ConnectionClosedError(UNRESPONSIVE, "silent")
            if silence > ping_seconds:
                self.queue.put_message('["ping"]', instead_of="ping")

    def _hear(self, message: list[object]) -> None:
        """Acts on one message of the browser; what does not fit is ignored, never an error."""
        match message:
            case ["stdin", str(text)]:
                self._tab.type(text)
            case ["drawn", int(total)]:
                self.queue.acknowledge(total)
            case ["resize", {"width": width, "height": height}]:
                self._tab.resize(self.queue, Size.clamped(width, height))
            case ["ping", str() | int() as stamp]:
                self.queue.put_message(json.dumps(["pong", stamp]), instead_of="pong")
            case ["focus" | "blur" as kind]:
                self._tab.tell(kind)
            case ["draft" | "prompt" as kind, str(text)]:
                self._tab.tell(kind, text=text)
            case ["files", [*paths]] if paths and all(isinstance(each, str) for each in paths[:MOST_FILES]):
                self._tab.tell("files", paths=paths[:MOST_FILES])
            case ["prefers", {"dark": bool(dark)}]:
                self._tab.tell("prefers", dark=dark)
