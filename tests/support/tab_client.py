"""A client for serve's WebSocket that behaves like the page and reads the screen with pyte."""

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
    """One WebSocket connection.

    Clear `reads` to stop reading; set `acknowledges` to False to leave the received frames unacknowledged.
    """

    def __init__(self, socket: AsyncWebSocketSession, width: int, height: int) -> None:
        self.socket = socket
        self.messages: list[tuple[str, Any]] = []
        self.received = 0
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        self.reads.set()
        self.acknowledges = True
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def messages_of(self, kind: str) -> list[Any]:
        """The values of all messages of one kind."""
        return [value for received, value in self.messages if received == kind]

    async def send(self, *message: object) -> None:
        await self.socket.send_text(json.dumps(message))

    async def submit(self, line: str) -> None:
        """Types a line and Enter."""
        await self.send("stdin", line + "\r")

    async def wait_for(self, *texts: str, seconds: float = 20) -> None:
        """Waits until every text is on the screen.

        Raises:
            AssertionError: it is not within `seconds`; the message shows the screen.
        """
        try:
            await self._until(lambda: all(text in self.text for text in texts), seconds)
        except TimeoutError:
            raise AssertionError(f"never saw {texts!r} on\n{self.text}") from None

    async def pid(self, seconds: float = 20) -> int:
        """Waits for the process id that the small app shows."""
        await self._until(lambda: bool(re.search(r"pid=\d+\n", self.text)), seconds)
        return int(self.text.partition("pid=")[2].split()[0])

    async def wait_for_message(self, kind: str, *, times: int = 1, seconds: float = 20) -> Any:
        """Waits for a message of this kind and returns the value of the newest."""
        await self._until(lambda: len(self.messages_of(kind)) >= times, seconds)
        return self.messages_of(kind)[-1]

    async def wait_closed(self, seconds: float = 20) -> tuple[int, str]:
        """Waits for the close code and the reason."""
        await self._until(lambda: self.closed is not None, seconds)
        assert self.closed
        return self.closed

    async def follow(self) -> None:
        """Reads until the connection is closed."""
        try:
            while True:
                await self.reads.wait()
                await self._receive(await self.socket.receive())
                self._changed.set()
        except WebSocketDisconnect as ending:
            self.closed = (ending.code, ending.reason or "")
        except WebSocketNetworkError:
            self.closed = (1006, "the connection broke")
        finally:
            self._changed.set()

    async def _receive(self, event: wsproto.events.Event) -> None:
        if isinstance(event, wsproto.events.TextMessage):
            kind, *value = json.loads(event.data)
            self.messages.append((kind, value[0] if value else None))
        elif isinstance(event, wsproto.events.BytesMessage):
            self.received += len(event.data)
            self._stream.feed(bytes(event.data))
            if self.acknowledges:
                await self.send("drawn", self.received)

    async def _until(self, holds: Any, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def connect_tab(
    socket: Path,
    tab: str = "tab-00000001",
    *,
    user: str = USER,
    headers: Mapping[str, str] | None = None,
    width: int = 100,
    height: int = 30,
    **parameters: str,
) -> AsyncIterator[TabClient]:
    """Connects to serve's socket as a tab of `user`."""
    sent = {"X-Forwarded-User": user, **(headers or {})}
    async with (
        httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(socket), verify=NO_TLS), headers=sent) as client,
        connect_tab_to("http://tui/ws", client, tab, width=width, height=height, **parameters) as tab_client,
    ):
        yield tab_client


@asynccontextmanager
async def connect_tab_to(
    url: str, client: httpx2.AsyncClient, tab: str, *, width: int = 100, height: int = 30, **parameters: str
) -> AsyncIterator[TabClient]:
    """Connects to this address as a tab, with the headers and cookies of `client`."""
    query = {"tab": tab, "width": str(width), "height": str(height), **parameters}
    async with client.websocket(url, params=query, keepalive_ping_interval_seconds=None) as connection:
        tab_client = TabClient(connection, width, height)
        following = asyncio.create_task(tab_client.follow())
        try:
            yield tab_client
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
