"""The demo model over plain HTTP, as a client of the Messages API sees it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.support.command import run
from tests.support.demo import Demo
from tests.support.network import NO_TLS


@pytest_asyncio.fixture
async def client(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=demo.url, timeout=20, verify=NO_TLS) as opened:
        yield opened


def body(prompt: str, *, stream: bool = False) -> dict[str, Any]:  # JSON
    return {"model": "a-model", "stream": stream, "messages": [{"role": "user", "content": prompt}], "max_tokens": 9}


def events(text: str) -> list[dict[str, Any]]:  # JSON
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


async def test_the_root_path_reports_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/")).json()["status"] == "ready"


async def test_a_message_without_streaming_echoes_the_model(client: httpx2.AsyncClient) -> None:
    message = (await client.post("/v1/messages?beta=true", json=body("demo:say hi"))).json()
    assert message["model"] == "a-model"
    assert message["content"] == [{"type": "text", "text": "hi"}]
    assert message["stop_reason"] == "end_turn"
    assert message["usage"]["input_tokens"] > 0


async def test_a_stream_has_anthropics_order_of_events(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/messages", json=body("demo:stream 3 1", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [event["type"] for event in events(response.text)] == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
    ],
)
async def test_refusals(client: httpx2.AsyncClient, status: int, kind: str) -> None:
    response = await client.post("/v1/messages", json=body(f"demo:fail {status}"))
    assert response.status_code == status
    assert response.json()["error"]["type"] == kind
    assert ("retry-after" in response.headers) == (status == 429)


@pytest.mark.parametrize("stream", [True, False])
async def test_cut_breaks_the_connection(client: httpx2.AsyncClient, stream: bool) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await client.post("/v1/messages", json=body("demo:cut 3", stream=stream))


async def test_hang_sends_headers_and_nothing_else(client: httpx2.AsyncClient) -> None:
    async with client.stream("POST", "/v1/messages", json=body("demo:hang", stream=True)) as response:
        assert response.status_code == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await response.aread()


async def test_tokens_are_counted_and_models_listed(client: httpx2.AsyncClient) -> None:
    short = (await client.post("/v1/messages/count_tokens", json=body("a"))).json()["input_tokens"]
    long = (await client.post("/v1/messages/count_tokens", json=body("a" * 400))).json()["input_tokens"]
    assert 90 < long - short < 110
    assert (await client.get("/v1/models")).json()["data"][0]["type"] == "model"


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"model":"m"}', b"[" * 100_000])
async def test_a_malformed_body_is_refused(client: httpx2.AsyncClient, raw: bytes) -> None:
    response = await client.post("/v1/messages", content=raw)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_fifty_streams_keep_their_pace(client: httpx2.AsyncClient) -> None:
    answers = [client.post("/v1/messages", json=body("demo:stream 20 20", stream=True)) for _ in range(50)]
    for response in await asyncio.gather(*answers):
        assert response.text.count("text_delta") == 20


async def test_a_wrong_port_prints_one_line() -> None:
    done = await run("demo", DEMO_PORT="many")
    assert done.code == 1
    assert done.err.startswith("DEMO_PORT must be a whole number from 0 to 65535")
    assert done.err.count("\n") == 1
