"""Connects a browser's WebSocket with the terminal's, in both directions, until one of them or the login ends."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
from httpx2.websockets import AsyncWebSocketSession, HTTPXWSException, WebSocketDisconnect
from hypercorn.typing import WebsocketScope
from quart import Quart, Websocket
from quart.asgi import ASGIWebsocketConnection
from wsproto.events import BytesMessage, TextMessage
from wsproto.utilities import LocalProtocolError

from auth.errors import UpstreamUnavailableError
from auth.headers import gateway_headers, request_headers
from auth.hypercorn_patches import MAX_MESSAGE_BYTES
from auth.login.sessions import Logins
from auth.open_streams import EndReason, OpenStreams
from auth.request_context import RequestContext
from auth.routes import Route, Upstream
from auth.upstreams import Upstreams
from runtime.database.errors import DatabaseUnavailableError

MAX_TERMINAL_MESSAGE_BYTES = 16 * 1024 * 1024
"""Bytes of one message from the terminal app."""
MAX_WAITING_MESSAGES = 32
"""Messages from a browser that the terminal app has not yet read."""
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011
FULL_USER = 4429
"""The user has as many tabs as allowed; the page explains this code. `tui/serve/close_code.py` has it too."""
FORWARDED_CODES = frozenset({1000, 1001, 1003, 1008, 1009, 1011, 1012, 1013, *range(3000, 5000)})
"""Close codes that may be sent; the others become INTERNAL_ERROR."""
INPUT_MESSAGES = ('["stdin"', '["prompt"', '["files"')
"""Prefixes of messages caused by user input, not by pings or resizes."""


class BufferedWebsocket(ASGIWebsocketConnection):
    """Quart's WebSocket with a limit on the messages it receives before the handler reads them."""

    def __init__(self, app: Quart, scope: WebsocketScope) -> None:
        super().__init__(app, scope)
        self.queue = asyncio.Queue(MAX_WAITING_MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketProxy:
    """Proxies the sockets of browser tabs."""

    upstreams: Upstreams
    open_streams: OpenStreams
    logins: Logins
    max_tabs: int
    """Most sockets that one user may have open."""
    security_notice: str
    now: Callable[[], float]

    async def forward(self, browser: Websocket, context: RequestContext, route: Route, upstream: Upstream) -> None:
        """Proxies one socket until it is closed.

        Raises:
            UpstreamUnavailableError: the service does not answer; the browser's socket was not accepted.
        """
        login = context.login
        end_reason: asyncio.Future[EndReason] = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            if stack.enter_context(self.open_streams.count_tab(login.address)) > self.max_tabs:
                # Accepted first: a page sees the close code of an open socket, but not why one was refused.
                await browser.accept()
                await browser.close(FULL_USER)
                return
            stack.enter_context(self.open_streams.track(login, partial(_resolve, end_reason)))
            try:
                terminal = await stack.enter_async_context(self._connect(browser, context, route, upstream))
            except (httpx2.HTTPError, HTTPXWSException):
                raise UpstreamUnavailableError(upstream) from None
            await browser.accept()
            code = await self._forward_both_ways(browser, terminal, login.id, end_reason)
            with suppress(OSError, RuntimeError):
                await browser.close(code)

    def _connect(
        self, browser: Websocket, context: RequestContext, route: Route, upstream: Upstream
    ) -> AbstractAsyncContextManager[AsyncWebSocketSession]:
        target = browser.scope["raw_path"] + (b"?" + browser.query_string if browser.query_string else b"")
        return self.upstreams.clients[upstream].websocket(
            f"ws://{upstream.value}/",
            headers=[*request_headers(browser.headers), *gateway_headers(context, route, self.security_notice)],
            max_message_size_bytes=MAX_TERMINAL_MESSAGE_BYTES,
            keepalive_ping_interval_seconds=None,
            extensions={"target": target},
        )

    async def _forward_both_ways(
        self,
        browser: Websocket,
        terminal: AsyncWebSocketSession,
        login_id: str,
        end_reason: asyncio.Future[EndReason],
    ) -> int:
        """Returns the code with which to close the browser's socket."""
        async with asyncio.TaskGroup() as group:
            directions = [
                group.create_task(self._forward_input(browser, terminal, login_id)),
                group.create_task(_forward_screen(terminal, browser)),
            ]
            waited: set[asyncio.Future[Any]] = {*directions, end_reason}  # Any: close codes and reasons
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for direction in directions:
                direction.cancel()
        if end_reason.done():
            return end_reason.result().value
        return next(direction.result() for direction in directions if not direction.cancelled())

    async def _forward_input(self, browser: Websocket, terminal: AsyncWebSocketSession, login_id: str) -> int:
        touched = self.now()
        while True:
            received = await browser.receive()
            message = b"" if received is None else received  # Quart's form of an empty binary message
            if len(message if isinstance(message, bytes) else message.encode()) > MAX_MESSAGE_BYTES:
                return MESSAGE_TOO_BIG
            is_input = isinstance(message, str) and message.startswith(INPUT_MESSAGES)
            if is_input and self.now() - touched > self.logins.touch_seconds:
                touched = self.now()
                with suppress(DatabaseUnavailableError):  # an open terminal survives a short outage
                    await self.logins.touch(login_id, now=touched)
            try:
                await (terminal.send_text(message) if isinstance(message, str) else terminal.send_bytes(message))
            except (HTTPXWSException, LocalProtocolError):
                return INTERNAL_ERROR


async def _forward_screen(terminal: AsyncWebSocketSession, browser: Websocket) -> int:
    while True:
        try:
            event = await terminal.receive()
        except WebSocketDisconnect as end:
            return end.code if end.code in FORWARDED_CODES else INTERNAL_ERROR
        except HTTPXWSException:
            return INTERNAL_ERROR
        if isinstance(event, TextMessage | BytesMessage):
            await browser.send(event.data if isinstance(event, TextMessage) else bytes(event.data))


def _resolve(end_reason: asyncio.Future[EndReason], reason: EndReason) -> None:
    if not end_reason.done():
        end_reason.set_result(reason)
