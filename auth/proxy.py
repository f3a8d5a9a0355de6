"""Forwards a request to the service that answers it, and streams the response back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx2
import structlog
from quart import Request, Response

from auth.headers import gateway_headers, request_headers, response_headers
from auth.open_streams import OpenStreams
from auth.request_body import read_body, stream_body
from auth.request_context import RequestContext
from auth.routes import Route, Upstream
from auth.upstreams import Upstreams

_WITHOUT_BODY = ("GET", "HEAD", "DELETE")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Forwards requests to the services."""

    upstreams: Upstreams
    open_streams: OpenStreams
    max_upload_bytes: int
    security_notice: str

    async def forward(self, request: Request, context: RequestContext, route: Route, upstream: Upstream) -> Response:
        """Forwards the request and returns the service's response.

        Raises:
            RefusedError: the body is too large or stalls, or the service does not answer.
        """
        headers = [
            ("host", upstream.value),
            *request_headers(request.headers),
            *gateway_headers(context, route, self.security_notice),
        ]
        content: bytes | AsyncIterator[bytes]
        if route.max_body_bytes:
            content = await read_body(request, route.max_body_bytes)
            if content or request.method not in _WITHOUT_BODY:
                headers.append(("content-length", str(len(content))))
        else:
            content = stream_body(request, self.max_upload_bytes)
            length = request.content_length
            headers.append(("transfer-encoding", "chunked") if length is None else ("content-length", str(length)))
        target = request.scope["raw_path"] + (b"?" + request.query_string if request.query_string else b"")
        forwarded = httpx2.Request(
            request.method, f"http://{upstream.value}/", headers=headers, content=content, extensions={"target": target}
        )
        with self._cancelled_with_login(context):
            answer = await self.upstreams.send(upstream, forwarded)
        response = Response(self._stream(answer, context, upstream))
        response.status_code = answer.status_code
        response.headers.clear()
        for name, value in response_headers(answer.headers.multi_items(), is_static=route.is_static):
            response.headers.add(name, value)
        response.timeout = None
        return response

    async def _stream(
        self, answer: httpx2.Response, context: RequestContext, upstream: Upstream
    ) -> AsyncIterator[bytes]:
        try:
            with self._cancelled_with_login(context):
                async for chunk in answer.aiter_raw():
                    yield chunk
        except httpx2.TransportError:
            # The headers are sent, so the caller can only learn of the failure from a broken connection.
            log.warning("upstream_disconnected", upstream=upstream.value, request_id=context.request_id)
            raise asyncio.CancelledError from None
        finally:
            await answer.aclose()

    def _cancelled_with_login(self, context: RequestContext) -> AbstractContextManager[None]:
        login = context.caller.login if context.caller else None
        task = asyncio.current_task()
        return self.open_streams.track(login, lambda _: task and task.cancel())
