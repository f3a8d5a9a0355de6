"""Serves the app on its unix socket until the process is asked to end."""

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from api.connection import ApiConnection
from container.watchdog import watch

log = structlog.get_logger("api.server")

GRACE = 1.0
"""Seconds for answers under way once the process is asked to end; streams are cut then, their turns interrupted."""
LAST_CALL = 9.0
"""Seconds after which the process ends, whatever still hangs: its supervisor waits no longer than 10."""
SOCKET_MODE = 0o660
LOOPBACK = ("127.0.0.1", "localhost")


async def serve_on(socket: Path, app: Quart, *, replica_url: str | None = None) -> None:
    """Serves the app; returns after SIGTERM or SIGINT. A socket that a killed process left is replaced.

    Args:
        replica_url: where other replicas reach this process; it listens there too.
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
    config.keep_alive_timeout = 75
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    watch(loop)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _end, asked)
    await serve(app, config, shutdown_trigger=asked.wait, mode="asgi")


def listen_for(url: str | None) -> list[str]:
    """What to bind for replicas: all addresses, since ours may be a name or another one than theirs; or loopback."""
    if url is None:
        return []
    place = urlsplit(url)
    if place.hostname in LOOPBACK:
        return [f"127.0.0.1:{place.port}"]
    return [f"[::]:{place.port}" if ":" in (place.hostname or "") else f"0.0.0.0:{place.port}"]


def _end(asked: asyncio.Event) -> None:
    if not asked.is_set():
        asked.set()
        loop = asyncio.get_running_loop()
        # Since Python 3.12 a server waits for its connections before Hypercorn cancels them, so a stream would hang.
        loop.call_later(GRACE, ApiConnection.end_all)
        loop.call_later(LAST_CALL, _give_up)


def _give_up() -> None:
    log.error("still_running", seconds=LAST_CALL)
    os._exit(1)
