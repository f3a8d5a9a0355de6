"""The WebSocket connection to one browser: textual-serve's messages and our own."""

import asyncio
import json
from contextlib import suppress

from quart import Websocket

from tui.serve.app_process import AppStartError
from tui.serve.close_code import CloseCode
from tui.serve.handshake import Handshake, Size
from tui.serve.send_queue import ConnectionClosedError, SendQueue
from tui.serve.tab import Tab
from tui.serve.tabs import Tabs, TooManyTabsError

CLOSE_SECONDS = 2.0
MAX_FILES = 100


async def serve_browser(
    websocket: Websocket, tabs: Tabs, handshake: Handshake, *, keep_seconds: float, ping_seconds: float
) -> None:
    """Connects a browser to its tab until either side closes; then the tab's app is kept for `keep_seconds`."""
    await websocket.accept()
    try:
        tab, is_new = tabs.open(handshake)
    except TooManyTabsError as error:
        await websocket.close(error.code, error.code.reason)
        return
    tab.add_browser()
    connection = BrowserConnection(websocket, tab)
    try:
        await tab.wait_ready()
        connection.queue.put_message(json.dumps(["attached", {"fresh": is_new}]))
        await tab.attach(connection.queue, handshake.size)
        await connection.run(ping_seconds)
    except AppStartError:
        await websocket.close(CloseCode.APP_FAILED, CloseCode.APP_FAILED.reason)
    except ConnectionClosedError as closed:
        with suppress(TimeoutError):
            await asyncio.wait_for(websocket.close(closed.code, closed.reason), CLOSE_SECONDS)
    finally:
        await tab.detach(connection.queue)
        tab.remove_browser(keep_seconds=keep_seconds)


class BrowserConnection:
    """Carries messages between one browser and its tab."""

    def __init__(self, websocket: Websocket, tab: Tab) -> None:
        self.queue = SendQueue()
        self._websocket = websocket
        self._tab = tab
        self._received_at = asyncio.get_running_loop().time()

    async def run(self, ping_seconds: float) -> None:
        """Sends, receives, repaints and pings until the connection has to be closed.

        Raises:
            ConnectionClosedError: the browser should be told why.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send())
                group.create_task(self._receive())
                group.create_task(self._repaint())
                group.create_task(self._ping(ping_seconds))
                # A browser that reads nothing does not read a close frame either, so `_send` may never return.
                group.create_task(self.queue.wait_closed(CLOSE_SECONDS))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _send(self) -> None:
        while True:
            await self._websocket.send(await self.queue.get())

    async def _receive(self) -> None:
        while True:
            raw = await self._websocket.receive()
            self._received_at = asyncio.get_running_loop().time()
            try:
                message = json.loads(raw)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, list) and message:
                await self._handle(message)

    async def _repaint(self) -> None:
        while True:
            await self.queue.repaint_wanted.wait()
            self.queue.repaint_wanted.clear()
            await self._tab.repaint()

    async def _ping(self, ping_seconds: float) -> None:
        # A phone that lost its network closes nothing, and its socket may look open for hours.
        while True:
            await asyncio.sleep(ping_seconds / 2)
            silence = asyncio.get_running_loop().time() - self._received_at
            if silence > 2 * ping_seconds:
                raise ConnectionClosedError(CloseCode.UNRESPONSIVE)
            if silence > ping_seconds:
                self.queue.put_message('["ping"]', replaces="ping")

    async def _handle(self, message: list[object]) -> None:
        """Acts on a message of the browser; malformed messages are ignored."""
        match message:
            case ["stdin", str(text)]:
                await self._tab.send_input(text)
            case ["drawn", int(total)]:
                self.queue.acknowledge(total)
            case ["resize", {"width": width, "height": height}]:
                await self._tab.resize(self.queue, Size.clamped(width, height))
            case ["ping", str() | int() as stamp]:
                self.queue.put_message(json.dumps(["pong", stamp]), replaces="pong")
            case ["focus" | "blur" as kind]:
                await self._tab.send_meta(kind)
            case ["draft" | "prompt" as kind, str(text)]:
                await self._tab.send_meta(kind, text=text)
            case ["files", [*paths]] if paths and all(isinstance(each, str) for each in paths[:MAX_FILES]):
                await self._tab.send_meta("files", paths=paths[:MAX_FILES])
            case ["prefers", {"dark": bool(dark)}]:
                await self._tab.send_meta("prefers", dark=dark)
