"""Passes the requests of a session that runs elsewhere on to its replica, and the answers back as they come."""

import asyncio
import socket
from collections.abc import AsyncIterator
from math import ceil

import httpx2
import structlog
from quart import Quart, Response, g, request
from quart.typing import ResponseTypes

from api.cluster.errors import NotReachableError, ReplicaSilentError, SessionElsewhereError, SessionMovingError
from api.cluster.replica_auth import ReplicaAuth
from api.cluster.replica_liveness import ReplicaGoneError, ReplicaLiveness
from api.cluster.sql_leases import SqlLeases
from api.errors import ApiError
from api.http.caller import caller
from api.storage import LeaseLostError
from runtime.tracing import trace_headers

TIMEOUT = httpx2.Timeout(connect=2.0, read=None, write=60.0, pool=None)
"""A turn may think for an hour before it says a word."""
PROBING = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""A network that is cut says nothing: whether the other machine is still there is asked after 10 silent seconds."""
OF_THE_CONNECTION = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    *("host", "content-length", "x-request-id", "x-forwarded-user", "traceparent", "tracestate", "date", "server"),
}
"""Headers that are not passed on, in either direction."""

log = structlog.get_logger(__name__)


def forward_requests(app: Quart, gate: ReplicaAuth, leases: SqlLeases) -> None:
    """Makes the app pass on what it cannot answer because the session is elsewhere."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    transport = httpx2.AsyncHTTPTransport(limits=limits, socket_options=PROBING, trust_env=False)

    async def refuse(error: ApiError) -> ResponseTypes:
        return await app.make_response(await app.handle_user_exception(error))

    @app.errorhandler(SessionElsewhereError)
    async def _elsewhere(error: SessionElsewhereError) -> ResponseTypes:
        lease = error.lease
        if gate.came_from_replica():
            return await refuse(SessionMovingError())  # one hop is enough, and two may be a circle
        if lease.address is None:
            return await refuse(NotReachableError(lease))
        patience = ReplicaLiveness(leases, lease)
        try:
            asked = await _passed_on(lease.address, gate.secret)
            answer = await patience.wait(transport.handle_async_request(asked))
        except (httpx2.TransportError, ReplicaGoneError) as broken:
            log.warning("replica_silent", replica=lease.replica, error=type(broken).__name__)
            return await refuse(ReplicaSilentError(retry_after=ceil(lease.seconds_left) + 1))
        return _answered(answer, patience)

    @app.errorhandler(LeaseLostError)
    async def _lost(_: LeaseLostError) -> ResponseTypes:
        return await refuse(SessionMovingError())

    @app.after_serving
    async def _close() -> None:
        await transport.aclose()


async def _passed_on(address: str, secret: str) -> httpx2.Request:
    content = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    headers = [(name, value) for name, value in request.headers if name.lower() not in OF_THE_CONNECTION]
    headers += ReplicaAuth.headers(secret, user=caller(), request_id=g.request_id)
    headers += trace_headers().items()
    headers += [("host", address.partition("://")[2]), ("content-length", str(len(content)))]
    target = request.scope["raw_path"] + (b"?" + request.query_string if request.query_string else b"")
    extensions = {"target": target, "timeout": TIMEOUT.as_dict()}
    return httpx2.Request(request.method, address, headers=headers, content=content, extensions=extensions)


def _answered(answer: httpx2.Response, patience: ReplicaLiveness) -> Response:
    response = Response(_body(answer, patience), answer.status_code)
    response.headers.clear()
    for name, value in answer.headers.multi_items():
        if name.lower() not in OF_THE_CONNECTION or name.lower() == "content-length":
            response.headers.add(name, value)
    response.timeout = None
    return response


async def _body(answer: httpx2.Response, patience: ReplicaLiveness) -> AsyncIterator[bytes]:
    try:
        async for chunk in patience.each(answer.aiter_raw()):
            yield chunk
    except (httpx2.TransportError, ReplicaGoneError):
        # The headers are out: breaking off is the only honest end. A client that follows events comes back.
        raise asyncio.CancelledError from None
    finally:
        await answer.aclose()
