"""Passes a WebSocket through to the terminal's room, both ways, for as long as the login lives."""

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from functools import partial
from typing import Any

import httpx2
from httpx2.websockets import AsyncWebSocketSession, HTTPXWSException, WebSocketDisconnect
from hypercorn.typing import WebsocketScope
from quart import Quart, Websocket
from quart.asgi import ASGIWebsocketConnection
from wsproto.events import BytesMessage, TextMessage
from wsproto.utilities import LocalProtocolError

from auth.door import Door
from auth.errors import DatabaseAwayError
from auth.headers import inbound
from auth.open_streams import Ending
from auth.proxy import RoomDownError, identity
from auth.request_context import Visit
from auth.routes import Route

LARGEST = 256 * 1024
"""Bytes of one message from a browser."""
LARGEST_SCREEN = 16 * 1024 * 1024
"""Bytes of one message from the terminal."""
TOO_BIG = 1009
GOING_ON = frozenset({1000, 1001, 1003, 1008, 1009, 1011, 1012, 1013, *range(3000, 5000)})
"""Close codes that may be passed on; the others say only that something broke."""
BROKE = 1011
TOO_MANY_TABS = 4429
"""The page says it in words."""
OF_A_PERSON = ('["stdin"', '["prompt"', '["files"')
"""How messages begin that only somebody at the keyboard, the mouse or the glass can cause."""


WAITING = 32
"""Messages taken from a browser before the terminal wanted them."""


class PatientSocket(ASGIWebsocketConnection):
    """Quart's socket, which takes from the network only what the terminal keeps up with."""

    def __init__(self, app: Quart, scope: WebsocketScope) -> None:
        super().__init__(app, scope)
        self.queue = asyncio.Queue(WAITING)


async def relay(door: Door, websocket: Websocket, route: Route, visit: Visit) -> None:
    """Joins the browser's socket and the terminal's until one of them, or the login, ends.

    Raises:
        RoomDownError: the terminal is away; the browser's socket was not accepted.
    """
    login = visit.login
    ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as held:
        if held.enter_context(door.streams.tab(login.address)) > door.settings.max_tabs:
            # A page cannot read why a socket was refused, only the code of one that opened and closed.
            await websocket.accept()
            await websocket.close(TOO_MANY_TABS)
            return
        held.enter_context(door.streams.hold(login, partial(_settle, ending)))
        try:
            terminal = await held.enter_async_context(_reach(door, websocket, route, visit))
        except (httpx2.HTTPError, HTTPXWSException):
            raise RoomDownError(route.room) from None
        await websocket.accept()
        code = await _join(door, websocket, terminal, login.id, ending)
        with suppress(OSError, RuntimeError):
            await websocket.close(code)


def _settle(ending: asyncio.Future[Ending], why: Ending) -> None:
    if not ending.done():
        ending.set_result(why)


def _reach(
    door: Door, websocket: Websocket, route: Route, visit: Visit
) -> AbstractAsyncContextManager[AsyncWebSocketSession]:
    target = websocket.scope["raw_path"] + (b"?" + websocket.query_string if websocket.query_string else b"")
    return door.rooms.clients[route.room].websocket(
        f"ws://{route.room.value}/",
        headers=[*inbound(websocket.headers), *identity(door, visit, route)],
        max_message_size_bytes=LARGEST_SCREEN,
        keepalive_ping_interval_seconds=None,
        extensions={"target": target},
    )


async def _join(
    door: Door, websocket: Websocket, terminal: AsyncWebSocketSession, login: str, ending: asyncio.Future[Ending]
) -> int:
    """Runs both directions; returns the code with which to close the browser's socket."""
    tasks = [
        asyncio.create_task(_to_terminal(door, websocket, terminal, login)),
        asyncio.create_task(_to_browser(websocket, terminal)),
    ]
    try:
        waited: set[asyncio.Future[Any]] = {*tasks, ending}  # Any: codes and endings alike
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            return ending.result().value
        return next(task.result() for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _to_terminal(door: Door, websocket: Websocket, terminal: AsyncWebSocketSession, login: str) -> int:
    touched = door.now()
    while True:
        received = await websocket.receive()
        message = b"" if received is None else received  # so Quart hands on an empty binary message
        if len(message if isinstance(message, bytes) else message.encode()) > LARGEST:
            return TOO_BIG
        # The page speaks by itself too: pings, sizes, how much it has drawn of an answer that nobody reads.
        is_person = isinstance(message, str) and message.startswith(OF_A_PERSON)
        if is_person and door.now() - touched > door.logins.touch_every:
            touched = door.now()
            with suppress(DatabaseAwayError):  # a database that is away for a moment costs nobody their screen
                await door.logins.touch(login, now=touched)
        try:
            await (terminal.send_text(message) if isinstance(message, str) else terminal.send_bytes(message))
        except (HTTPXWSException, LocalProtocolError):
            return BROKE


async def _to_browser(websocket: Websocket, terminal: AsyncWebSocketSession) -> int:
    while True:
        try:
            event = await terminal.receive()
        except WebSocketDisconnect as end:
            return end.code if end.code in GOING_ON else BROKE
        except HTTPXWSException:
            return BROKE
        if isinstance(event, TextMessage | BytesMessage):
            await websocket.send(event.data if isinstance(event, TextMessage) else bytes(event.data))
