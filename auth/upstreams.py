"""The connections to the services behind the gateway, over their unix sockets."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from auth.errors import UpstreamFailedError, UpstreamUnavailableError
from auth.routes import Upstream

_TIMEOUT = httpx2.Timeout(connect=2.0, read=None, write=60.0, pool=None)
"""No limit on reading: a turn may run for an hour before its first output."""


class Upstreams:
    """The HTTP clients of the services."""

    def __init__(self, run_dir: Path) -> None:
        # One connection per request: no caller can affect the response of another, and none is stale.
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        # An empty trust store: loading the system's certificates takes 25 ms of every start.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        paths = {upstream: str(run_dir / f"{upstream.value}.sock") for upstream in Upstream}
        self._transports = {
            upstream: httpx2.AsyncHTTPTransport(uds=path, limits=limits, verify=no_tls)
            for upstream, path in paths.items()
        }
        self.clients = {
            upstream: httpx2.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False)
            for upstream, transport in self._transports.items()
        }

    async def send(self, upstream: Upstream, request: httpx2.Request) -> httpx2.Response:
        """Sends the request unchanged; the caller reads the body of the response and closes it.

        Raises:
            UpstreamUnavailableError: the service does not accept connections.
            UpstreamFailedError: the service closed the connection.
        """
        request.extensions.setdefault("timeout", _TIMEOUT.as_dict())
        try:
            return await self._transports[upstream].handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise UpstreamUnavailableError(upstream) from None
        except httpx2.TransportError:
            raise UpstreamFailedError(upstream) from None

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()


@asynccontextmanager
async def open_upstreams(run_dir: Path) -> AsyncIterator[Upstreams]:
    """The connections, closed at the end of the block.

    Args:
        run_dir: RUN_DIR, the folder of the sockets.
    """
    upstreams = Upstreams(run_dir)
    try:
        yield upstreams
    finally:
        await upstreams.close()
