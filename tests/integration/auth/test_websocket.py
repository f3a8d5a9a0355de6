"""The WebSocket through the gateway: refused before 101, or connected to the terminal while the login is live."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
import wsproto
from httpx2.websockets import AsyncWebSocketSession, WebSocketDisconnect, WebSocketUpgradeError
from wsproto.events import Ping, Pong

from tests.support.auth import KEY, NO_MAIL, GatewayProcess, fresh_address, running_auth
from tests.support.tab_socket import closed_with, socket

BIG = 256 * 1024


REFUSED: dict[str, tuple[dict[str, str], int]] = {
    "no login": ({"Cookie": ""}, 401),
    "a wrong login": ({"Cookie": "sid=x.y.z"}, 401),
    "an api key": ({"Cookie": "", "X-API-Key": KEY}, 401),
    "another origin": ({"Origin": "https://evil.example"}, 403),
    "a null origin": ({"Origin": "null"}, 403),
    "an empty origin": ({"Origin": ""}, 403),
    "another port": ({"Origin": "http://localhost:1"}, 403),
    "another scheme": ({"Origin": "https://{host}"}, 403),
    "a longer origin": ({"Origin": "http://{host}.evil.example"}, 403),
    "a path in the origin": ({"Origin": "http://{host}/"}, 403),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "same-site": ({"Sec-Fetch-Site": "same-site"}, 403),
    "a rebound host": ({"Host": "evil.example"}, 421),
    "a rebound host and its origin": ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_before_101(gateway: GatewayProcess, name: str) -> None:
    changes, status = REFUSED[name]
    async with gateway.signed_in() as client:
        headers = {"Origin": gateway.url, "Cookie": f"sid={client.cookies['sid']}"}
        headers |= {key: value.format(host=gateway.host) for key, value in changes.items()}
        client.cookies.clear()
        with pytest.raises(WebSocketUpgradeError) as refused:
            async with client.websocket(f"ws://{gateway.host}/ws", headers=headers):
                pass
    assert refused.value.response.status_code == status


async def test_refused_without_origin(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        with pytest.raises(WebSocketUpgradeError) as refused:
            async with client.websocket(f"ws://{gateway.host}/ws"):
                pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/ws/", "/ws/x", "//ws", "/WS", "/query", "/auth/verify", "/health", "/static/ws"]
)
async def test_no_socket_on_other_paths(gateway: GatewayProcess, path: str) -> None:
    async with gateway.signed_in() as client:
        with pytest.raises(WebSocketUpgradeError) as refused:
            async with socket(gateway, client, path):
                pass
    assert refused.value.response.status_code in (400, 404)


async def test_plain_request_to_the_socket_path(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        assert (await client.get("/ws")).status_code in (400, 404, 405, 426)


async def test_messages_pass_both_ways(gateway: GatewayProcess) -> None:
    async with gateway.signed_in("tab@example.com") as client, socket(gateway, client) as tab:
        received = json.loads(await tab.receive_text())
        assert received["x-forwarded-user"] == "tab@example.com"
        assert "cookie" not in received
        for text in ('["stdin","h\u00e9llo \u2713"]', "", "x" * BIG):
            await tab.send_text(text)
            assert await tab.receive_text() == text
        for data in (b"\x00\xff", b"y" * BIG):
            await tab.send_bytes(data)
            assert await tab.receive_bytes() == data


async def test_identity_cannot_be_forged(gateway: GatewayProcess) -> None:
    forged = {"X-Forwarded-User": "root@example.com", "X-Gateway-Notice": "fine", "Forwarded": "for=1.2.3.4"}
    async with gateway.signed_in("tab2@example.com") as client, socket(gateway, client, **forged) as tab:
        received = json.loads(await tab.receive_text())
    assert received["x-forwarded-user"] == "tab2@example.com"
    assert "x-gateway-notice" not in received
    assert "forwarded" not in received


async def test_close_code_is_forwarded(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client, socket(gateway, client) as tab:
        await tab.receive_text()
        await tab.send_text("please close")
        with pytest.raises(WebSocketDisconnect) as closed:
            await tab.receive_text()
    assert closed.value.code == 4321


@pytest.mark.parametrize("size", [BIG + 1, 4 * BIG])
async def test_message_too_large_closes_the_tab(gateway: GatewayProcess, size: int) -> None:
    async with gateway.signed_in() as client, socket(gateway, client) as tab:
        await tab.receive_text()
        await tab.send_text("x" * size)
        with pytest.raises(WebSocketDisconnect) as closed:
            await tab.receive_text()
    assert closed.value.code == 1009


class RawTab:
    """A tab that can violate the protocol."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.protocol = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)

    async def open(self, gateway: GatewayProcess, cookie: str, extra: str = "") -> bytes:
        key = base64.b64encode(b"0123456789abcdef").decode()
        head = (
            f"GET /ws HTTP/1.1\r\nHost: {gateway.host}\r\nOrigin: {gateway.url}\r\nCookie: sid={cookie}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        )
        self.writer.write(f"{head}{extra}\r\n".encode())
        return await self.reader.readuntil(b"\r\n\r\n")


@asynccontextmanager
async def raw_tab(gateway: GatewayProcess) -> AsyncIterator[RawTab]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        async with asyncio.timeout(20):
            yield RawTab(reader, writer)
    finally:
        writer.close()


async def test_endless_message_is_disconnected(gateway: GatewayProcess) -> None:
    """A message without an end is not read into memory; the connection is closed."""
    async with gateway.signed_in() as client, raw_tab(gateway) as tab:
        assert b" 101 " in await tab.open(gateway, client.cookies["sid"])
        frame = b"\x01\xff" + (60_000).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 60_000
        with pytest.raises(ConnectionError):  # noqa: PT012  any of the writes may fail
            for _ in range(400):
                tab.writer.write(frame)
                frame = b"\x00" + frame[1:]
                await tab.writer.drain()
            raise AssertionError("24 MB were taken")


SHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
ODD_HANDSHAKES = {
    "no key": ("/ws", SHAKE, ""),
    "no version": ("/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n", ""),
    "old version": ("/ws", SHAKE.replace("13", "8") + "Sec-WebSocket-Key: x\r\n", ""),
    "no login": ("/ws", SHAKE + "Sec-WebSocket-Key: x\r\n", ""),
    "elsewhere": ("/query", SHAKE + "Sec-WebSocket-Key: x\r\n", ""),
    "too early": ("/ws", SHAKE + "Sec-WebSocket-Key: x\r\nCookie: sid={sid}\r\nOrigin: {url}\r\n", "\x81\x80aaaa"),
    "two requests": ("/ws", SHAKE + "Sec-WebSocket-Key: x\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"),
    "with a body": ("/ws", SHAKE + "Sec-WebSocket-Key: x\r\nContent-Length: 5\r\n", "hello"),
}


@pytest.mark.parametrize("name", ODD_HANDSHAKES)
async def test_malformed_handshake_is_refused_and_disconnected(gateway: GatewayProcess, name: str) -> None:
    path, lines, more = ODD_HANDSHAKES[name]
    async with gateway.signed_in() as client:
        head = f"GET {path} HTTP/1.1\r\nHost: {gateway.host}\r\n" + lines.format(
            sid=client.cookies["sid"], url=gateway.url
        )
        text = await gateway.raw(f"{head}\r\n{more}".encode("latin1"), until_closed=True)
    assert text.startswith(b"HTTP/1.1 4")
    assert b" 101 " not in text
    assert b"healthy" not in text


async def test_connection_without_a_request_is_closed(gateway: GatewayProcess) -> None:
    """Half a request and an idle HTTP/2 connection time out."""
    starts = (b"GET /hea", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\xff\0")
    answers = await asyncio.gather(*(gateway.raw(start, until_closed=True) for start in starts))
    assert len(answers) == len(starts)


async def test_no_compression(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client, raw_tab(gateway) as tab:
        offered = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        answer = await tab.open(gateway, client.cookies["sid"], offered)
    assert b" 101 " in answer
    assert b"deflate" not in answer.lower()


async def test_pings_are_answered(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client, raw_tab(gateway) as tab:
        await tab.open(gateway, client.cookies["sid"])
        frames = wsproto.connection.Connection(wsproto.ConnectionType.CLIENT)
        tab.writer.write(frames.send(Ping(b"hello")))
        while True:
            frames.receive_data(await tab.reader.read(65536))
            if any(isinstance(event, Pong) and event.payload == b"hello" for event in frames.events()):
                break


@pytest.mark.parametrize("how", ["logout", "logout-all", "elsewhere"])
async def test_revoked_login_closes_its_sockets(gateway: GatewayProcess, how: str) -> None:
    address = fresh_address()
    async with (
        gateway.signed_in(address) as client,
        socket(gateway, client) as tab,
        gateway.signed_in(address) as other,
    ):
        await tab.receive_text()
        if how == "elsewhere":
            logins = (await other.get("/auth/sessions")).json()["sessions"]
            name = next(login["id"] for login in logins if not login["current"])
            assert (await other.delete(f"/auth/sessions/{name}")).status_code == 204
        else:
            await client.post(f"/auth/{how}")
        with pytest.raises(WebSocketDisconnect) as closed:
            async with asyncio.timeout(5):
                await tab.receive_text()
    assert closed.value.code == 4401


async def closed_while(tab: AsyncWebSocketSession, message: str) -> int:
    """Repeats the message until the socket is closed; returns the code."""
    try:
        while True:
            await tab.send_text(message)
            await tab.receive_text()
            await asyncio.sleep(0.2)
    except WebSocketDisconnect as closed:
        return closed.code
    except wsproto.utilities.LocalProtocolError:
        return (await closed_with(tab)).code


async def test_login_that_ends_in_the_database_closes_its_sockets() -> None:
    """The gateway finds out without a notification, as when the login idles out."""
    settings = {"SESSION_IDLE_MINUTES": "0.04", "ALLOWED_DOMAINS": "example.com"}
    async with running_auth(settings) as gateway, gateway.signed_in() as client, socket(gateway, client) as tab:
        await tab.receive_text()
        for _ in range(10):
            # Input keeps the login live; pings of the page do not.
            await tab.send_text('["stdin","x"]')
            await tab.receive_text()
            await asyncio.sleep(0.3)
        assert (await client.get("/auth/verify-ping")).status_code == 200
        async with asyncio.timeout(15):
            assert await closed_while(tab, '["ping","1"]') == 4401


async def test_stream_ends_with_its_login(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client, client.stream("GET", "/sessions/x/events?n=1000&gap=0.2") as stream:
        events = stream.aiter_bytes()
        assert await anext(events)
        await client.post("/auth/logout")
        with pytest.raises(httpx2.RemoteProtocolError):
            assert [event async for event in events] == []


async def test_limit_of_tabs(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client, AsyncExitStack() as tabs:
        for _ in range(3):
            tab = await tabs.enter_async_context(socket(gateway, client))
            await tab.receive_text()
        async with socket(gateway, client) as refused:
            with pytest.raises(WebSocketDisconnect) as closed:
                await refused.receive_text()
        assert closed.value.code == 4429
        async with gateway.signed_in() as other, socket(gateway, other) as tab:
            await tab.receive_text()
    async with gateway.signed_in() as client, socket(gateway, client) as tab:
        await tab.receive_text()


async def test_unavailable_terminal_is_refused_before_101() -> None:
    async with running_auth(NO_MAIL, has_upstreams=False) as gateway, gateway.browser() as client:
        link = await gateway.first_link()
        await client.post("/auth/verify", data={"t": link.partition("?t=")[2]})
        with pytest.raises(WebSocketUpgradeError) as refused:
            async with socket(gateway, client):
                pass
    assert refused.value.response.status_code == 503


async def test_gateway_stops_with_open_tabs() -> None:
    """SIGTERM with an open tab and stream ends the process at once; the close code makes the page reconnect."""
    stream = "/sessions/x/events?n=1000&gap=0.2"
    async with (
        running_auth(ALLOWED_DOMAINS="example.com") as gateway,
        gateway.signed_in() as client,
        client.stream("GET", stream) as events,
        socket(gateway, client) as tab,
    ):
        await tab.receive_text()
        chunks = events.aiter_bytes()
        assert await anext(chunks)
        assert gateway.process is not None
        gateway.process.terminate()
        assert (await closed_with(tab)).code == 1012
        async with asyncio.timeout(8):
            assert await gateway.process.wait() == 0
        assert "Traceback" not in gateway.log.read_text()
