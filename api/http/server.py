"""Serves the app on its unix socket until the process is asked to end."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from api.http.quart_patches import ApiConnection
from runtime.child_watcher import watch_children
from runtime.connection_close import hanging_up_politely
from runtime.open_files import raise_open_files
from runtime.tracing import traced
from runtime.watchdog import watch

log = structlog.get_logger("api.http.server")

GRACE = 1.0
"""Seconds for answers under way once the process is asked to end; streams are cut then, their turns interrupted."""
LAST_WORDS = 0.3
"""Seconds for the answers of turns that ended just in time."""
LAST_CALL = 8.0
"""Seconds from the end of DRAIN_SECONDS on after which the process ends, whatever still hangs."""
DRAIN = "drain"
"""What the app calls the wait for what runs, among its extensions."""
KEEP_ALIVE = 10.0
"""Seconds without a request. Hypercorn holds a connection so long though its client has closed it, and the door makes
one for each request; longer than clients keep theirs (5 s), so that none is closed just as it is used again."""
SOCKET_MODE = 0o660
LOOPBACK = ("127.0.0.1", "localhost")


async def serve_on(
    socket: Path, app: Quart, *, drain_seconds: float, replica_url: str | None = None, traces: str | None = None
) -> None:
    """Serves the app; returns after SIGTERM or SIGINT. A socket that a killed process left is replaced.

    Args:
        drain_seconds: how long turns may go on once the process is asked to end.
        replica_url: where other replicas reach this process; it listens there too.
        traces: where they go.
    """
    config = Config()
    config.bind = [f"unix:{socket}", *listen_for(replica_url)]
    config.umask = 0o777 & ~SOCKET_MODE
    config.accesslog = None
    config.errorlog = None
    config.graceful_timeout = GRACE + 2  # what GRACE ends closes its connection; this is for the rest
    config.shutdown_timeout = LAST_CALL
    config.include_server_header = False
    config.backlog = 1024
    config.keep_alive_timeout = KEEP_ALIVE
    raise_open_files()
    ending = Ending(app, drain_seconds)
    loop = asyncio.get_running_loop()
    watch(loop)
    watch_children()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ending.ask)
    served = hanging_up_politely(traced(app, "api", endpoint=traces))
    await serve(served, config, shutdown_trigger=ending.begun.wait, mode="asgi")


def listen_for(url: str | None) -> list[str]:
    """What to bind for replicas: all addresses, since ours may be a name or another one than theirs; or loopback."""
    if url is None:
        return []
    place = urlsplit(url)
    if place.hostname in LOOPBACK:
        return [f"127.0.0.1:{place.port}"]
    return [f"[::]:{place.port}" if ":" in (place.hostname or "") else f"0.0.0.0:{place.port}"]


class Ending:
    """The way from the first signal to the end: nothing new, then a while for what runs, then no more connections."""

    def __init__(self, app: Quart, drain_seconds: float) -> None:
        self.begun = asyncio.Event()
        """Set when connections are not taken any more."""
        self._app = app
        self._drain_seconds = drain_seconds
        self._draining: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Takes a signal; a second one ends the wait for what runs."""
        if self._draining is None:
            asyncio.get_running_loop().call_later(self._drain_seconds + LAST_CALL, _give_up)
            self._draining = asyncio.create_task(self._drain())
        else:
            self._draining.cancel()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        since = loop.time()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._drain_seconds):
                    await self._app.extensions[DRAIN]()
        finally:
            # Since Python 3.12 a server waits for its connections before Hypercorn cancels them: a stream would hang.
            loop.call_later(max(LAST_WORDS, GRACE - (loop.time() - since)), ApiConnection.end_all)
            self.begun.set()


def _give_up() -> None:
    log.error("still_running")
    os._exit(1)
