"""The conversation with one browser: textual-serve's messages, and ours."""

import asyncio
import json
from contextlib import suppress

from quart import Websocket

from tui.serve.outbox import Closed, Outbox
from tui.serve.process import AppFailedError
from tui.serve.tab import Tab
from tui.serve.tabs import Tabs, TooManyTabsError
from tui.serve.visit import Size, Visit

FULL = {"user": 4429, "all": 4430}
APP_FAILED, SILENT = 4503, 4408
CLOSE_SECONDS = 2.0
MOST_FILES = 100


async def converse(websocket: Websocket, tabs: Tabs, visit: Visit, *, patience: float, ping_seconds: float) -> None:
    """Speaks with the browser until either side ends it; its tab lives on for `patience` seconds."""
    await websocket.accept()
    try:
        tab, is_new = tabs.open(visit)
    except TooManyTabsError as full:
        await websocket.close(FULL[full.scope], f"full_{full.scope}")
        return
    tab.arrive()
    conversation = Conversation(websocket, tab)
    try:
        await tab.ready()
        conversation.outbox.put_word(json.dumps(["attached", {"fresh": is_new}]))
        tab.attach(conversation.outbox, visit.size)
        await conversation.run(ping_seconds)
    except AppFailedError:
        await websocket.close(APP_FAILED, "app_failed")
    except Closed as closed:
        with suppress(TimeoutError):
            await asyncio.wait_for(websocket.close(closed.code, closed.reason), CLOSE_SECONDS)
    finally:
        tab.detach(conversation.outbox)
        tab.leave(patience=patience)


class Conversation:
    def __init__(self, websocket: Websocket, tab: Tab) -> None:
        self.outbox = Outbox()
        self._websocket = websocket
        self._tab = tab
        self._heard_at = asyncio.get_running_loop().time()

    async def run(self, ping_seconds: float) -> None:
        """Sends, receives, repaints and watches, all at once.

        Raises:
            Closed: the conversation is over and the browser should be told why.
        """
        work = [
            asyncio.create_task(each)
            for each in (
                self._send(),
                self._receive(),
                self._repaint(),
                self._watch(ping_seconds),
                self.outbox.closed(CLOSE_SECONDS),  # a reader that stands still takes no goodbye either
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
            await self._websocket.send(await self.outbox.get())

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
            await self.outbox.wants_repaint.wait()
            self.outbox.wants_repaint.clear()
            self._tab.repaint()

    async def _watch(self, ping_seconds: float) -> None:
        # A vanished phone sends no goodbye, and a socket without one may look alive for hours.
        while True:
            await asyncio.sleep(ping_seconds / 2)
            silence = asyncio.get_running_loop().time() - self._heard_at
            if silence > 2 * ping_seconds:
                raise Closed(SILENT, "silent")
            if silence > ping_seconds:
                self.outbox.put_word('["ping"]', instead_of="ping")

    def _hear(self, message: list[object]) -> None:
        """Acts on one message of the browser; what does not fit is ignored, never an error."""
        match message:
            case ["stdin", str(text)]:
                self._tab.type(text)
            case ["drawn", int(total)]:
                self.outbox.note_drawn(total)
            case ["resize", {"width": width, "height": height}]:
                self._tab.resize(self.outbox, Size.clamped(width, height))
            case ["ping", str() | int() as stamp]:
                self.outbox.put_word(json.dumps(["pong", stamp]), instead_of="pong")
            case ["focus" | "blur" as kind]:
                self._tab.tell(kind)
            case ["draft" | "prompt" as kind, str(text)]:
                self._tab.tell(kind, text=text)
            case ["files", [*paths]] if paths and all(isinstance(each, str) for each in paths[:MOST_FILES]):
                self._tab.tell("files", paths=paths[:MOST_FILES])
            case ["prefers", {"dark": bool(dark)}]:
                self._tab.tell("prefers", dark=dark)
