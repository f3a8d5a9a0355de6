"""Serves the app on its unix socket, and on the network for other replicas, until a signal stops the process."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config

from api.http.quart_patches import ApiApp, ApiConnection
from runtime.connection_close import announce_connection_close
from runtime.process_setup import raise_open_file_limit, watch_children_without_threads
from runtime.tracing import trace_requests
from runtime.watchdog import start_watchdog

log = structlog.get_logger("api.http.server")

GRACE_SECONDS = 1.0
"""How long answers may continue after the signal to stop. Then streams are cut off and their turns are interrupted."""
LAST_ANSWERS_SECONDS = 0.3
"""How long answers may take whose turns ended just before the end of the drain."""
KILL_SECONDS = 8.0
"""How long after DRAIN_SECONDS the process ends, even if something still runs."""
KEEP_ALIVE_SECONDS = 10.0
"""How long a connection stays open without a request. Hypercorn keeps it that long even if its client has closed it,
and the gateway opens one for each request. Clients keep theirs for 5 s, so none is closed just as it is used again."""
SOCKET_MODE = 0o660
LOOPBACK = ("127.0.0.1", "localhost")


async def serve_on(
    socket: Path, app: ApiApp, *, drain_seconds: float, replica_url: str | None = None, traces: str | None = None
) -> None:
    """Serves the app until SIGTERM or SIGINT. Replaces the socket of a process that was killed.

    Args:
        drain_seconds: how long turns may continue after the signal.
        replica_url: where other replicas reach this process; it listens there too.
        traces: the endpoint that receives traces.
    """
    config = Config()
    config.bind = [f"unix:{socket}", *listen_for(replica_url)]
    config.umask = 0o777 & ~SOCKET_MODE
    config.accesslog = None
    config.errorlog = None
    config.graceful_timeout = GRACE_SECONDS + 2  # ApiConnection.end_all ends requests first; this is for the rest
    config.shutdown_timeout = KILL_SECONDS
    config.include_server_header = False
    config.backlog = 1024
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    raise_open_file_limit()
    shutdown = Shutdown(app, drain_seconds)
    loop = asyncio.get_running_loop()
    start_watchdog(loop)
    watch_children_without_threads()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, shutdown.request)
    served = announce_connection_close(trace_requests(app, "api", endpoint=traces))
    await serve(served, config, shutdown_trigger=shutdown.drained.wait, mode="asgi")


def listen_for(url: str | None) -> list[str]:
    """The address to bind for other replicas: loopback if the URL names it, otherwise every interface.

    The host of the URL may be a name, or an address that only the other replicas know.
    """
    if url is None:
        return []
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        return [f"127.0.0.1:{parts.port}"]
    return [f"[::]:{parts.port}" if ":" in (parts.hostname or "") else f"0.0.0.0:{parts.port}"]


class Shutdown:
    """The steps from the first signal to the end: refuse new turns, wait for running ones, close connections."""

    def __init__(self, app: ApiApp, drain_seconds: float) -> None:
        self.drained = asyncio.Event()
        """Set when the server stops accepting connections."""
        self._app = app
        self._drain_seconds = drain_seconds
        self._draining: asyncio.Task[None] | None = None

    def request(self) -> None:
        """Handles a signal. The first one starts the drain, the second one ends it."""
        if self._draining is None:
            asyncio.get_running_loop().call_later(self._drain_seconds + KILL_SECONDS, _kill)
            self._draining = asyncio.create_task(self._drain())
        else:
            self._draining.cancel()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        since = loop.time()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._drain_seconds):
                    await self._app.drain()
        finally:
            # Since Python 3.12 a server first waits for its connections, so Hypercorn would never cancel a stream.
            delay = max(LAST_ANSWERS_SECONDS, GRACE_SECONDS - (loop.time() - since))
            loop.call_later(delay, ApiConnection.end_all)
            self.drained.set()


def _kill() -> None:
    log.error("still_running")
    os._exit(1)
