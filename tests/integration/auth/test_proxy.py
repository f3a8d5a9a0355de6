"""Forwarding to the services: streams, bodies, limits, and services that are unavailable."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.support.auth import KEY, NO_MAIL, GatewayProcess, running_auth, running_upstreams
from tests.support.network import free_port
from tests.support.waiting import until

PAGE = {"Accept": "text/html"}
MIB = 1024 * 1024


async def test_events_arrive_as_they_happen(gateway: GatewayProcess) -> None:
    async with (
        gateway.browser(X_API_Key=KEY) as client,
        client.stream("GET", "/sessions/s1/events?n=3&gap=0.4", headers={"Accept": "text/event-stream"}) as stream,
    ):
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["x-accel-buffering"] == "no"
        loop = asyncio.get_running_loop()
        times = []
        async for chunk in stream.aiter_bytes():
            assert chunk.count(b"data: ") == 1
            times.append(loop.time())
    assert len(times) == 3
    assert times[-1] - times[0] > 0.5


async def test_each_caller_has_its_own_stream(gateway: GatewayProcess) -> None:
    async def read(number: int) -> None:
        async with (
            gateway.browser(X_API_Key=KEY) as client,
            client.stream("GET", f"/sessions/s{number}/events?n=20&gap=0.01") as stream,
        ):
            text = (await stream.aread()).decode()
        assert text.count(f"data: s{number}\n") == 20
        assert text.count("data: ") == 20

    await asyncio.gather(*(read(number) for number in range(20)))


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1, 200), (MIB, 200), (MIB + 1, 413), (5 * MIB, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_body_up_to_one_mib(gateway: GatewayProcess, size: int, status: int, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    async with gateway.browser(X_API_Key=KEY) as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/query", content=chunks() if chunked else b"x" * size, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["length"] == size
    else:
        assert answer.json()["error"] == "Request body too large. Maximum 1 MiB"


@pytest.mark.parametrize(("size", "status"), [(0, 200), (2 * MIB, 200), (2 * MIB + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_upload_up_to_max_upload_mb(gateway: GatewayProcess, size: int, status: int, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    async with gateway.signed_in() as client:
        headers = {"Content-Type": "application/octet-stream", "Origin": gateway.url}
        content = chunks() if chunked else b"x" * size
        answer = await client.put("/files/up/load.bin", content=content, headers=headers)
    assert answer.status_code == status
    if status == 200:
        seen = answer.json()
        assert (seen["length"], seen["method"], seen["target"]) == (size, "PUT", "/files/up/load.bin")
        assert dict(seen["headers"])["content-type"] == "application/octet-stream"


async def test_upload_shorter_than_its_length(gateway: GatewayProcess) -> None:
    head = (
        f"PUT /files/x HTTP/1.1\r\nHost: {gateway.host}\r\nX-API-Key: {KEY}\r\nContent-Length: 100\r\n"
        "Connection: close\r\n\r\nonly this"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(head.encode())
    writer.write_eof()
    async with asyncio.timeout(20):
        text = await reader.read(-1)
    writer.close()
    assert b" 200 " not in text[:20]


async def test_disconnect_of_the_caller_ends_the_stream(gateway: GatewayProcess) -> None:
    """The service's side of a stream ends when the caller disconnects."""
    async with gateway.browser(X_API_Key=KEY) as client:

        async def listeners() -> int:
            count: int = (await client.get("/sessions/gone/requests")).json()["listeners"]
            return count

        for _ in range(3):
            async with client.stream("GET", "/sessions/gone/events?n=100000&gap=0.05") as stream:
                chunks = stream.aiter_bytes()
                await anext(chunks)
                assert await listeners() == 1

        async def nobody_listens() -> bool:
            return await listeners() == 0

        await until(nobody_listens)


async def test_health_covers_both_services(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        for method in ("GET", "HEAD"):
            assert (await client.request(method, "/health")).status_code == 200
        body = (await client.get("/health")).json()
        timestamp = body.pop("timestamp")
        assert body == {
            "status": "healthy",
            "hasToken": True,
            "sdkLoaded": True,
            "message": "Claude Code SDK API",
            "demo": True,
        }
        assert timestamp.endswith("Z")
        assert len(timestamp) == len("2026-11-23T12:00:00.000Z")
        assert (await client.get("/health/live")).status_code == 200


async def test_services_stop_and_start() -> None:
    async with (
        running_auth(has_upstreams=False, CLAUDE_CODE_SDK_CONTAINER_API_KEY=f"ci:{KEY}") as gateway,
        gateway.browser(X_API_Key=KEY) as client,
    ):

        async def health_is(status: int) -> bool:
            return (await client.get("/health")).status_code == status

        await until(lambda: health_is(503))
        assert (await client.get("/health")).json()["status"] == "unhealthy"
        assert (await client.get("/health/live")).status_code == 200
        away = await client.post("/query", json={"prompt": "x"})
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert away.json()["code"] == "api_unavailable"
        async with running_upstreams(gateway.folder, free_port()):
            await until(lambda: health_is(200))
            assert (await client.post("/query", json={"prompt": "x"})).status_code == 200
        await until(lambda: health_is(503))


async def test_service_with_a_malformed_health_response_is_unhealthy() -> None:
    body = b"[" * 200_000  # too deeply nested for the JSON parser

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with running_auth(NO_MAIL, has_upstreams=False) as gateway, gateway.browser() as client:

        async def health_is(status: int) -> bool:
            return (await client.get("/health")).status_code == status

        async with await asyncio.start_unix_server(nonsense, gateway.folder / "run" / "api.sock"):
            await until(lambda: "health_check_failed" in gateway.log.read_text())
            assert await health_is(503)
        (gateway.folder / "run" / "api.sock").unlink(missing_ok=True)
        async with running_upstreams(gateway.folder, free_port()):
            await until(lambda: health_is(200))


async def test_page_of_an_unavailable_service_reloads() -> None:
    async with running_auth(NO_MAIL, has_upstreams=False) as gateway, gateway.browser(**PAGE) as client:
        link = await gateway.first_link()
        await client.post("/auth/verify", data={"t": link.partition("?t=")[2]})
        page = await client.get("/")
        assert page.status_code == 503
        assert page.headers["retry-after"] == "2"
        assert '<meta http-equiv="refresh" content="2">' in page.text
        assert "The terminal is starting" in page.text


async def test_service_killed_during_a_response() -> None:
    async with (
        running_auth(has_upstreams=False, CLAUDE_CODE_SDK_CONTAINER_API_KEY=f"ci:{KEY}") as gateway,
        gateway.browser(X_API_Key=KEY) as client,
        running_upstreams(gateway.folder, free_port()) as upstreams_pid,
    ):
        async with client.stream("GET", "/sessions/x/events?n=1000&gap=0.05") as stream:
            chunks = stream.aiter_bytes()
            assert await anext(chunks)
            os.kill(upstreams_pid, signal.SIGKILL)
            # The caller must be able to tell this from a complete stream.
            with pytest.raises(httpx2.RemoteProtocolError):
                [chunk async for chunk in chunks]
        assert (await client.get("/version")).status_code == 503
        assert "Traceback" not in gateway.log.read_text()


async def test_query_string_and_body_arrive_unchanged(gateway: GatewayProcess) -> None:
    async with gateway.browser(X_API_Key=KEY) as client:
        answer = await client.get("/sessions?q=a%20b%26c+d&limit=5&cursor=%3D%3D&q=2")
        assert answer.json()["target"] == "/sessions?q=a%20b%26c+d&limit=5&cursor=%3D%3D&q=2"
        sent = {"prompt": "h\u00e9 \u2713 \U0001f600"}
        posted = await client.post("/query", content=json.dumps(sent).encode(), headers={"Idempotency-Key": "k1"})
        assert dict(posted.json()["headers"])["idempotency-key"] == "k1"


async def test_health_answers_while_the_gateway_is_busy(gateway: GatewayProcess) -> None:
    """Asserts no time, because other programs share the machine; only that health never waits for a service."""
    async with gateway.browser(X_API_Key=KEY) as client:
        streams = [asyncio.create_task(client.get(f"/sessions/{n}/events?n=50&gap=0.01")) for n in range(20)]
        statuses = [(await client.get("/health")).status_code for _ in range(50)]
        await asyncio.gather(*streams)
    assert statuses == [200] * 50
