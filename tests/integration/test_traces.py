"""One trace from the gateway through the api into Claude Code, received by a real collector."""

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
    """The received spans of each service."""

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
    """Runs a collector on that port until the block ends."""
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
    """Returns the completely written lines of the log that contain the words."""
    return [json.loads(line) for line in log.read_text().splitlines() if words in line and line[-1] == "}"]


def writers(lines: list[dict[str, Any]]) -> set[str]:
    return {line["service"] for line in lines}


async def test_a_request_is_one_trace_through_gateway_api_and_claude_code() -> None:
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
        (gateway,), (api,) = collector.named("auth", "POST /query"), collector.named("api", "POST /query")
        (turn,) = collector.named("api", "turn")
        assert gateway.trace_id == api.trace_id == turn.trace_id
        assert api.parent_span_id == gateway.span_id
        assert turn.parent_span_id == api.span_id
        assert gateway.trace_id.hex() in answer.json()["response"]
        attributes = {pair.key: pair.value for pair in api.attributes}
        assert attributes["request.id"].string_value == "the-one"
        assert attributes["http.response.status_code"].int_value == 200


def test_the_opentelemetry_sdk_is_not_imported_without_its_setting() -> None:
    imports = "import sys, api.http.app, api.claude.process, auth.server"
    program = f"{imports}; print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
