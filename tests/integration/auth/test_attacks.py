"""Common attacks: forged requests to every unsafe route, unusual cookies, floods and slow requests."""

import asyncio
import re
import time
from contextlib import suppress

import h2.config
import h2.connection
import h2.exceptions
import pytest

from auth.routes import ROUTES, SAFE_METHODS
from tests.support.auth import GatewayProcess

FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"Origin": "https://evil.example"},
    "a sandboxed frame": {"Origin": "null"},
    "another site, by its own account": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site", "Origin": "{url}"},
    "a longer name": {"Origin": "{url}.evil.example"},
    "another port": {"Origin": "http://localhost"},
    "another scheme": {"Origin": "https://{host}"},
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_unsafe_routes_refuse_requests_of_other_sites(gateway: GatewayProcess, name: str) -> None:
    headers = {key: value.format(url=gateway.url, host=gateway.host) for key, value in FOREIGN[name].items()}
    unsafe = [(method, route) for route in ROUTES for method in route.methods if method not in SAFE_METHODS]
    assert len(unsafe) > 15
    async with gateway.signed_in() as client:
        for method, route in unsafe:
            answer = await client.request(method, re.sub(r"<[^>]*>", "x", route.rule), headers=headers)
            assert answer.status_code == 403, route.endpoint
            assert "set-cookie" not in answer.headers, route.endpoint
        assert (await client.get("/auth/user")).status_code == 200


COOKIES: dict[str, tuple[str, int]] = {
    "as it was given": ("sid={sid}", 200),
    "quoted": ('sid="{sid}"', 200),
    "among others": ("$Version=1; a=b; sid={sid}; =x; y", 200),
    "with an odd neighbour": ("\xe9=\xff; sid={sid}", 200),
    "twice the same": ("sid={sid}; sid={sid}", 401),
    "twice, with a blank": ("sid ={sid}; sid=x", 401),
    "in capitals": ("SID={sid}", 401),
    "under the name of https": ("__Host-sid={sid}", 401),
    "with an encoded name": ("s%69d={sid}", 401),
    "with a tail": ("sid={sid}a", 401),
    "with a comma": ("sid={sid},sid={sid}", 401),
    "without a name": ("={sid}", 401),
    "as a nonce": ("nonce={sid}", 401),
}


@pytest.mark.parametrize("name", COOKIES)
async def test_only_the_exact_session_cookie_is_accepted(gateway: GatewayProcess, name: str) -> None:
    text, status = COOKIES[name]
    async with gateway.signed_in() as client:
        sid = client.cookies["sid"]
    lines = ["GET /auth/user HTTP/1.1", f"Host: {gateway.host}", "Cookie: " + text.format(sid=sid), "", ""]
    answer = await gateway.raw("\r\n".join(lines).encode("latin1"))
    assert answer.startswith(b"HTTP/1.1 %d" % status)


async def test_two_cookie_headers_count_as_one(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        sid = client.cookies["sid"]
    for second, status in (("a=b", b"200"), ("sid=planted", b"401")):
        lines = [f"Host: {gateway.host}", f"Cookie: sid={sid}", f"Cookie: {second}"]
        answer = await gateway.raw("\r\n".join(["GET /auth/user HTTP/1.1", *lines, "", ""]).encode())
        assert answer.split()[1] == status, second


async def test_slow_requests_are_given_up(gateway: GatewayProcess) -> None:
    """300 missing bodies and a header sent byte by byte delay no other request, and time out."""
    lines = [f"Host: {gateway.host}", "Content-Type: application/json", "Content-Length: 9", "", ""]
    head = "\r\n".join(["POST /auth/start HTTP/1.1", *lines])
    slow = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(300)]
    for _, writer in slow:
        writer.write(head.encode() + b"{")
    async with gateway.browser() as client:
        assert (await client.get("/health/live")).status_code == 200

    async def drip() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        reading = asyncio.create_task(reader.read(1))
        with suppress(ConnectionError):
            while not reading.done():
                writer.write(b"G")
                await writer.drain()
                await asyncio.wait([reading], timeout=0.5)
        writer.close()

    async with asyncio.timeout(90):
        await drip()
        for reader, writer in slow:
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
            writer.close()


@pytest.mark.parametrize("how", ["rapid reset", "endless headers", "pings"])
async def test_floods_over_http2(gateway: GatewayProcess, how: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    flood = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    flood.initiate_connection()
    writer.write(flood.data_to_send())
    ends = time.monotonic() + 3
    headers = [(":method", "GET"), (":path", "/health/live"), (":scheme", "http"), (":authority", gateway.host)]
    if how == "endless headers":
        writer.write(b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82")
    with suppress(ConnectionError, TimeoutError, h2.exceptions.ProtocolError):
        while time.monotonic() < ends:
            if how == "endless headers":
                writer.write(b"\x00\x40\x00\x09\x00\x00\x00\x00\x01" + b"\x40\x01a\x01b" * 3276 + b"\x40\x01a\x00")
            elif how == "pings":
                flood.ping(b"12345678")
            else:
                stream = flood.get_next_available_stream_id()
                flood.send_headers(stream, headers, end_stream=True)
                flood.reset_stream(stream)
            writer.write(flood.data_to_send())
            async with asyncio.timeout(1):
                await writer.drain()
    async with gateway.browser() as client, asyncio.timeout(10):
        assert (await client.get("/health/live")).status_code == 200
    writer.close()
    del reader
