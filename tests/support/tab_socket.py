"""The WebSocket of a tab, without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from httpx2.websockets import AsyncWebSocketSession, WebSocketDisconnect

from tests.support.auth import GatewayProcess


@asynccontextmanager
async def socket(
    gateway: GatewayProcess, client: httpx2.AsyncClient, path: str = "/ws?width=80", **headers: str
) -> AsyncIterator[AsyncWebSocketSession]:
    """Opens the socket of a tab."""
    sent = {"Origin": gateway.url, **headers}
    async with client.websocket(f"ws://{gateway.host}{path}", headers=sent, max_message_size_bytes=2**24) as tab:
        yield tab


async def closed_with(tab: AsyncWebSocketSession) -> WebSocketDisconnect:
    """The close frame of the socket, after the messages before it."""
    while True:
        try:
            await tab.receive()
        except WebSocketDisconnect as closed:
            return closed
