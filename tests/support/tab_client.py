"""A browser's end of the socket without a browser: reads the screen with pyte, speaks as the page does."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pyte
import wsproto.events
from httpx2.websockets import AsyncWebSocketSession, WebSocketDisconnect, WebSocketNetworkError

from tests.support.network import NO_TLS
from tests.support.tui_gateway import USER


class TabClient:
    """Follows one socket. `reads` may be cleared to be a reader that stalls, `draws` to be one that draws nothing."""

    def __init__(self, socket: AsyncWebSocketSession, width: int, height: int) -> None:
        self.socket = socket
        self.words: list[tuple[str, Any]] = []
        self.received = 0
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        self.reads.set()
        self.draws = True
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def said(self, kind: str) -> list[Any]:
        """The values of all words of one kind."""
        return [value for word, value in self.words if word == kind]

    async def send(self, *message: object) -> None:
        await self.socket.send_text(json.dumps(message))

    async def submit(self, line: str) -> None:
        """Types a line and Enter."""
        await self.send("stdin", line + "\r")

    async def sees(self, *texts: str, seconds: float = 20) -> None:
        """Waits until every text is on the screen.

        Raises:
            AssertionError: it is not within `seconds`; the message shows the screen.
        """
        try:
            await self._until(lambda: all(text in self.text for text in texts), seconds)
        except TimeoutError:
            raise AssertionError(f"never saw {texts!r} on\n{self.text}") from None

    async def pid(self, seconds: float = 20) -> int:
        """The process id of the small app, once it says so."""
        await self._until(lambda: bool(re.search(r"pid=\d+\n", self.text)), seconds)
        return int(self.text.partition("pid=")[2].split()[0])

    async def hears(self, kind: str, *, times: int = 1, seconds: float = 20) -> Any:
        """Waits for a word and returns its newest value."""
        await self._until(lambda: len(self.said(kind)) >= times, seconds)
        return self.said(kind)[-1]

    async def is_closed(self, seconds: float = 20) -> tuple[int, str]:
        """Waits for the close code and its reason."""
        await self._until(lambda: self.closed is not None, seconds)
        assert self.closed
        return self.closed

    async def follow(self) -> None:
        try:
            while True:
                await self.reads.wait()
                await self._take(await self.socket.receive())
                self._changed.set()
        except WebSocketDisconnect as ending:
            self.closed = (ending.code, ending.reason or "")
        except WebSocketNetworkError:
            self.closed = (1006, "the line broke")
        finally:
            self._changed.set()

    async def _take(self, event: wsproto.events.Event) -> None:
        if isinstance(event, wsproto.events.TextMessage):
            kind, *value = json.loads(event.data)
            self.words.append((kind, value[0] if value else None))
        elif isinstance(event, wsproto.events.BytesMessage):
            self.received += len(event.data)
            self._stream.feed(bytes(event.data))
            if self.draws:
                await self.send("drawn", self.received)

    async def _until(self, holds: Any, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def visiting(
    socket: Path,
    tab: str = "tab-00000001",
    *,
    user: str = USER,
    headers: Mapping[str, str] | None = None,
    width: int = 100,
    height: int = 30,
    **parameters: str,
) -> AsyncIterator[TabClient]:
    """A visit through serve's socket, as `user`."""
    sent = {"X-Forwarded-User": user, **(headers or {})}
    async with (
        httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(socket), verify=NO_TLS), headers=sent) as client,
        visiting_at("http://tui/ws", client, tab, width=width, height=height, **parameters) as visitor,
    ):
        yield visitor


@asynccontextmanager
async def visiting_at(
    url: str, client: httpx2.AsyncClient, tab: str, *, width: int = 100, height: int = 30, **parameters: str
) -> AsyncIterator[TabClient]:
    """A visit to any address, as the client."""
    query = {"tab": tab, "width": str(width), "height": str(height), **parameters}
    async with client.websocket(url, params=query, keepalive_ping_interval_seconds=None) as connection:
        visitor = TabClient(connection, width, height)
        following = asyncio.create_task(visitor.follow())
        try:
            yield visitor
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
