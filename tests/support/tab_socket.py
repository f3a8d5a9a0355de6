"""A tab at the gateway without a browser: its socket, and how that ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from httpx2.websockets import AsyncWebSocketSession, WebSocketDisconnect

from tests.support.auth import GatewayProcess


@asynccontextmanager
async def socket(
    gateway: GatewayProcess, client: httpx2.AsyncClient, path: str = "/ws?width=80", **headers: str
) -> AsyncIterator[AsyncWebSocketSession]:
    """A tab's socket."""
    sent = {"Origin": gateway.url, **headers}
    async with client.websocket(f"ws://{gateway.host}{path}", headers=sent, max_message_size_bytes=2**24) as tab:
        yield tab


async def closed_with(tab: AsyncWebSocketSession) -> WebSocketDisconnect:
    """How the tab is closed, after what still came."""
    while True:
        try:
            await tab.receive()
        except WebSocketDisconnect as closed:
            return closed
