"""Traces from the door through the agent into Claude Code, as OpenTelemetry's own variables ask for them.

Nothing of OpenTelemetry is imported while they do not: it takes a third of a second.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runtime.asgi import App, Message, Receive, Scope, Send


def traced(app: Any, room: str, *, endpoint: str | None) -> Any:  # an ASGI application, in whichever words it is typed
    """The app with a span around each of its requests; the app as it is when traces have nowhere to go.

    Args:
        room: what the service is called.
        endpoint: OTEL_EXPORTER_OTLP_ENDPOINT; where exactly, and all else, the library reads from its variables.
    """
    if not endpoint:
        return app
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": room, "service.namespace": "claude-code"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return _Traced(app, provider)


class _Traced:
    def __init__(self, app: App, provider: Any) -> None:
        self._app = app
        self._provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._provider.shutdown()
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, StatusCode

        given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        # The rest of a path names sessions and files: a name must be one of few.
        name = f"{scope.get('method', 'GET')} /{scope['path'].split('/')[1] if '/' in scope['path'] else ''}"
        tracer = self._provider.get_tracer("claude-code")
        with tracer.start_as_current_span(name, context=extract(given), kind=SpanKind.SERVER) as span:
            span.set_attribute("http.request.method", scope.get("method", "GET"))

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                    for header, value in message.get("headers", ()):
                        if header.lower() == b"x-request-id":
                            span.set_attribute("request.id", value.decode("latin-1"))
                await send(message)

            await self._app(scope, receive, sending)


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """A span of our own around a piece of work; nothing where traces are off."""
    if not _is_on():
        yield
        return
    from opentelemetry import trace

    with trace.get_tracer("claude-code").start_as_current_span(name, attributes=attributes):
        yield


def trace_headers() -> dict[str, str]:
    """What tells whoever is asked next which trace this belongs to: `traceparent`, or nothing where traces are off."""
    found: dict[str, str] = {}
    if _is_on():
        from opentelemetry.propagate import inject

        inject(found)
    return found


def _is_on() -> bool:
    return "opentelemetry.sdk.trace" in sys.modules
