"""One trace from the door through the agent into Claude Code, at a collector that really listens."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
from hypercorn.asyncio import serve
from hypercorn.config import Config
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from quart import Quart, Response, request

from tests.support.deployment import running_deployment
from tests.support.network import NO_TLS, free_port
from tests.support.process import ROOT
from tests.support.waiting import until

KEY = "a-key-for-the-tests-0123456789"


class Collector:
    """What was sent to it, by service."""

    def __init__(self) -> None:
        self.spans: dict[str, list[Span]] = {}

    def named(self, service: str, name: str) -> list[Span]:
        return [span for span in self.spans.get(service, ()) if span.name == name]

    def take(self, body: bytes) -> None:
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(pair.value.string_value for pair in part.resource.attributes if pair.key == "service.name")
            for scope in part.scope_spans:
                self.spans.setdefault(service, []).extend(scope.spans)


@asynccontextmanager
async def collecting(port: int) -> AsyncIterator[Collector]:
    """Listens for traces as long as the block lasts."""
    collector = Collector()
    app = Quart("collector", static_folder=None)

    @app.post("/v1/traces")
    async def take() -> Response:
        collector.take(cast(bytes, await request.get_data(as_text=False)))
        return Response(b"", content_type="application/x-protobuf")

    stop = asyncio.Event()
    config = Config.from_mapping(bind=[f"127.0.0.1:{port}"], accesslog=None, errorlog=None)
    serving = asyncio.create_task(serve(app, config, shutdown_trigger=stop.wait))
    try:
        yield collector
    finally:
        stop.set()
        await serving


def lines_with(words: str, log: Path) -> list[dict[str, Any]]:
    """The lines that are whole already."""
    return [json.loads(line) for line in log.read_text().splitlines() if words in line and line[-1] == "}"]


def writers(lines: list[dict[str, Any]]) -> set[str]:
    return {line["service"] for line in lines}


async def test_a_request_is_one_trace_through_door_agent_and_claude_code() -> None:
    port = free_port()
    async with collecting(port) as collector:
        endpoint = f"http://127.0.0.1:{port}"
        async with running_deployment(
            CLAUDE_CODE_SDK_CONTAINER_API_KEY=KEY,
            WARM_WORKERS="0",
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            LOG_FORMAT="json",
            LOG_LEVEL="debug",
        ) as deployment:
            question = {"prompt": "demo:run printenv TRACEPARENT", "options": {"allowedTools": ["Bash"]}}
            headers = {"X-API-Key": KEY, "X-Request-ID": "the-one"}
            async with httpx2.AsyncClient(timeout=60, verify=NO_TLS) as client:
                answer = await client.post(f"{deployment.url}/query", json=question, headers=headers)
            assert answer.status_code == 200, answer.text
            both = {"auth", "api"}
            await until(lambda: writers(lines_with('"the-one"', deployment.log)) >= both, seconds=20)
            assert {line["request_id"] for line in lines_with('"the-one"', deployment.log)} == {"the-one"}
        (at_door,), (at_agent,) = collector.named("auth", "POST /query"), collector.named("api", "POST /query")
        (turn,) = collector.named("api", "turn")
        assert at_door.trace_id == at_agent.trace_id == turn.trace_id
        assert at_agent.parent_span_id == at_door.span_id
        assert turn.parent_span_id == at_agent.span_id
        assert at_door.trace_id.hex() in answer.json()["response"]
        told = {pair.key: pair.value for pair in at_agent.attributes}
        assert told["request.id"].string_value == "the-one"
        assert told["http.response.status_code"].int_value == 200


def test_nothing_of_it_is_imported_where_nobody_asked() -> None:
    imports = "import sys, api.http.app, api.claude.process, auth.server"
    found = f"{imports}; print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    said = subprocess.run([sys.executable, "-c", found], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
