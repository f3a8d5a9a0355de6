"""Passes a request on to a room over its unix socket, and the answer back as it comes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from quart import Request, Response

from auth.errors import RefusedError
from auth.headers import Pairs, inbound, outbound
from auth.request_body import read_body, stream_body
from auth.request_context import Visit
from auth.routes import Room, Route
from runtime.tracing import trace_headers

if TYPE_CHECKING:
    from auth.door import Door

_TIMEOUT = httpx2.Timeout(connect=2.0, read=None, write=60.0, pool=None)
"""A turn may think for an hour before it says a word, so reading has no limit."""
NAMES = {Room.API: "The agent", Room.TUI: "The terminal"}


class RoomDownError(RefusedError):
    """A room does not answer: it is starting, or was killed and comes back."""

    def __init__(self, room: Room) -> None:
        super().__init__(
            503, f"{room.value}_unavailable", f"{NAMES[room]} is starting. Try again in a moment", retry_after=2
        )


class RoomBrokeError(RefusedError):
    """A room hung up in the middle of an answer."""

    def __init__(self, room: Room) -> None:
        super().__init__(502, f"{room.value}_failed", f"{NAMES[room]} broke off. Try again in a moment", retry_after=2)


class Rooms:
    """The way to api and tui."""

    def __init__(self, run_dir: Path) -> None:
        # A connection for each request: nothing one caller sends can meet what another gets, and none is stale.
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        # A context that trusts nobody: loading the certificates of the world takes 25 ms of every start.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.transports = {
            room: httpx2.AsyncHTTPTransport(uds=str(run_dir / f"{room.value}.sock"), limits=limits, verify=no_tls)
            for room in (Room.API, Room.TUI)
        }
        self.clients = {
            room: httpx2.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False)
            for room, transport in self.transports.items()
        }

    async def send(self, room: Room, request: httpx2.Request) -> httpx2.Response:
        """Sends the request exactly as it is; the answer's body is still to be read.

        Raises:
            RoomDownError: nobody listens.
            RoomBrokeError: the room hung up.
        """
        request.extensions.setdefault("timeout", _TIMEOUT.as_dict())
        try:
            return await self.transports[room].handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise RoomDownError(room) from None
        except httpx2.TransportError:
            raise RoomBrokeError(room) from None

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()


@asynccontextmanager
async def open_rooms(run_dir: Path) -> AsyncIterator[Rooms]:
    """The rooms, for as long as the door is open."""
    rooms = Rooms(run_dir)
    try:
        yield rooms
    finally:
        await rooms.close()


def identity(door: "Door", visit: Visit, route: Route) -> Pairs:
    """What the door itself tells a room about a request."""
    told = [("x-forwarded-user", visit.user or ""), ("x-request-id", visit.request_id), *trace_headers().items()]
    if door.notice and (route.room is Room.TUI or route.look == "plain"):
        told.append(("x-door-notice", door.notice))
    return told if visit.user else told[1:]


async def forward(door: "Door", request: Request, route: Route, visit: Visit) -> Response:
    """Asks the room and streams its answer."""
    headers = [("host", route.room.value), *inbound(request.headers), *identity(door, visit, route)]
    most = route.most or door.settings.max_upload_mb * 1024 * 1024
    content: bytes | AsyncIterator[bytes] = b""
    if route.most:
        content = await read_body(request, most)
        if content or request.method not in ("GET", "HEAD", "DELETE"):
            headers.append(("content-length", str(len(content))))
    else:
        content = stream_body(request, most)
        length = request.content_length
        headers.append(("transfer-encoding", "chunked") if length is None else ("content-length", str(length)))
    target = request.scope["raw_path"] + (b"?" + request.query_string if request.query_string else b"")
    asked = httpx2.Request(
        request.method, f"http://{route.room.value}/", headers=headers, content=content, extensions={"target": target}
    )
    with _ends_with_its_login(door, visit):
        answer = await door.rooms.send(route.room, asked)
    response = Response(_relay(door, answer, route, visit))
    response.status_code = answer.status_code
    response.headers.clear()
    for name, value in outbound(answer.headers.multi_items(), is_static=route.is_static):
        response.headers.add(name, value)
    response.timeout = None
    return response


def _ends_with_its_login(door: "Door", visit: Visit) -> AbstractContextManager[None]:
    login = visit.caller.login if visit.caller else None
    task = asyncio.current_task()
    return door.streams.hold(login, lambda _: task and task.cancel())


async def _relay(door: "Door", answer: httpx2.Response, route: Route, visit: Visit) -> AsyncIterator[bytes]:
    try:
        with _ends_with_its_login(door, visit):
            async for chunk in answer.aiter_raw():
                yield chunk
    except httpx2.TransportError:
        # Headers are out already: breaking the connection is the only honest end.
        door.log.warning("room_broke_off", room=route.room.value, request_id=visit.request_id)
        raise asyncio.CancelledError from None
    finally:
        await answer.aclose()
