"""Forwards the requests of a session that another replica runs to that replica, and streams its answers back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from math import ceil

import httpx2
import structlog
from quart import Quart, Response, g, request
from quart.typing import ResponseTypes

from api.cluster.leases import Lease, SessionElsewhereError
from api.cluster.replica_auth import ReplicaAuth
from api.cluster.replica_liveness import ReplicaGoneError, ReplicaLiveness
from api.cluster.sql_leases import SqlLeases
from api.errors import ApiError, ReplicaNotReachableError, ReplicaSilentError, SessionMovingError
from api.storage import LeaseLostError
from runtime.tracing import trace_headers

TIMEOUT = httpx2.Timeout(connect=2.0, read=None, write=60.0, pool=None)
"""No limit for the answer: a turn may think for an hour before its first event."""
KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""Probes the other machine after 10 seconds without data: a network that is cut sends no error."""
HOP_HEADERS = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    *("host", "content-length", "x-request-id", "traceparent", "tracestate", "date", "server"),
}
"""Headers that are not forwarded, in either direction."""

log = structlog.get_logger(__name__)


def forward_requests(app: Quart, auth: ReplicaAuth, leases: SqlLeases) -> None:
    """Makes the app forward each request that failed because another replica runs its session."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    transport = httpx2.AsyncHTTPTransport(limits=limits, socket_options=KEEP_ALIVE, trust_env=False)

    async def refuse(error: ApiError) -> ResponseTypes:
        return await app.make_response(await app.handle_user_exception(error))

    @app.errorhandler(SessionElsewhereError)
    async def _forward(error: SessionElsewhereError) -> ResponseTypes:
        lease = error.lease
        if auth.came_from_replica():
            return await refuse(SessionMovingError())  # a request that was forwarded twice could go in a circle
        if lease.address is None:
            return await refuse(_not_reachable(lease))
        liveness = ReplicaLiveness(leases, lease)
        try:
            forwarded = await _forwarded_request(lease.address, auth.secret)
            answer = await liveness.wait(transport.handle_async_request(forwarded))
        except (httpx2.TransportError, ReplicaGoneError) as broken:
            log.warning("replica_silent", replica=lease.replica, error=type(broken).__name__)
            return await refuse(ReplicaSilentError(retry_after=ceil(lease.seconds_left) + 1))
        return _response(answer, liveness)

    @app.errorhandler(LeaseLostError)
    async def _lost(_: LeaseLostError) -> ResponseTypes:
        return await refuse(SessionMovingError())

    @app.after_serving
    async def _close() -> None:
        await transport.aclose()


def _not_reachable(lease: Lease) -> ReplicaNotReachableError:
    message = f"The session runs on replica {lease.replica}, which has no REPLICA_URL to reach it by"
    return ReplicaNotReachableError(message, replica=lease.replica, retry_after=ceil(lease.seconds_left))


async def _forwarded_request(address: str, secret: str) -> httpx2.Request:
    content = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    headers = [(name, value) for name, value in request.headers if name.lower() not in HOP_HEADERS]
    headers += ReplicaAuth.headers(secret, request_id=g.request_id)
    headers += trace_headers().items()
    headers += [("host", address.partition("://")[2]), ("content-length", str(len(content)))]
    target = request.scope["raw_path"] + (b"?" + request.query_string if request.query_string else b"")
    extensions = {"target": target, "timeout": TIMEOUT.as_dict()}
    return httpx2.Request(request.method, address, headers=headers, content=content, extensions=extensions)


def _response(answer: httpx2.Response, liveness: ReplicaLiveness) -> Response:
    response = Response(_body(answer, liveness), answer.status_code)
    response.headers.clear()
    for name, value in answer.headers.multi_items():
        if name.lower() not in HOP_HEADERS or name.lower() == "content-length":
            response.headers.add(name, value)
    response.timeout = None
    return response


async def _body(answer: httpx2.Response, liveness: ReplicaLiveness) -> AsyncIterator[bytes]:
    try:
        async for chunk in liveness.each(answer.aiter_raw()):
            yield chunk
    except (httpx2.TransportError, ReplicaGoneError):
        # The status is sent already: a broken connection is the only way left to report the failure. A client that
        # follows events reconnects.
        raise asyncio.CancelledError from None
    finally:
        await answer.aclose()
