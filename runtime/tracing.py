"""Sends traces of requests through the gateway, the API and Claude Code over OTLP, if an endpoint is configured.

Otherwise OpenTelemetry is not imported, because importing it takes a third of a second.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runtime.asgi import App, Message, Receive, Scope, Send

TRACER = "claude-code"


def trace_requests(app: Any, service: str, *, endpoint: str | None) -> Any:  # an ASGI application, however it is typed
    """The app with a span around each request; the app itself if there is no endpoint.

    Args:
        service: the name of the service in the traces.
        endpoint: OTEL_EXPORTER_OTLP_ENDPOINT; the exporter reads it and OpenTelemetry's other variables itself.
    """
    if not endpoint:
        return app
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": TRACER}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return _TracingMiddleware(app, provider)


class _TracingMiddleware:
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

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        # Only the first part of the path: the others name sessions and files, and span names must be few.
        name = f"{scope.get('method', 'GET')} /{scope['path'].split('/')[1] if '/' in scope['path'] else ''}"
        tracer = self._provider.get_tracer(TRACER)
        with tracer.start_as_current_span(name, context=extract(headers), kind=SpanKind.SERVER) as span:
            span.set_attribute("http.request.method", scope.get("method", "GET"))

            async def send_and_record(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                    for header, value in message.get("headers", ()):
                        if header.lower() == b"x-request-id":
                            span.set_attribute("request.id", value.decode("latin-1"))
                await send(message)

            await self._app(scope, receive, send_and_record)


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """A span around a piece of work; does nothing if traces are off."""
    if not _is_on():
        yield
        return
    from opentelemetry import trace

    with trace.get_tracer(TRACER).start_as_current_span(name, attributes=attributes):
        yield


def trace_headers() -> dict[str, str]:
    """The headers that make the next service continue this trace, such as `traceparent`; empty if traces are off."""
    headers: dict[str, str] = {}
    if _is_on():
        from opentelemetry.propagate import inject

        inject(headers)
    return headers


def _is_on() -> bool:
    return "opentelemetry.sdk.trace" in sys.modules
