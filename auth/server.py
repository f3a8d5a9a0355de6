"""Listens on PORT and serves the door until told to stop."""

import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from functools import partial

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config
from structlog.typing import FilteringBoundLogger

from auth.app import create_app
from auth.compose import open_door
from auth.door import Door
from auth.errors import DatabaseAwayError
from auth.hypercorn_patches import LARGEST_MESSAGE, harden
from auth.login.send_login_link import link_url, show_link
from auth.settings import Settings
from runtime.connection_close import hanging_up_politely
from runtime.logging_setup import configure_logging
from runtime.open_files import raise_open_files
from runtime.settings import SettingsError
from runtime.tracing import traced
from runtime.watchdog import watch

LAST_MOMENT = 4.0
"""Seconds after a stop signal at which the process ends whatever is still open."""


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        SettingsError: a setting cannot be used, or the port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    watch(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    harden()
    raise_open_files()
    sockets = listen(settings)
    configure_logging("auth", settings.log_format, settings.log_level)
    log: FilteringBoundLogger = structlog.get_logger("auth")
    # What strangers send may break their connection inside the server: worth a line, not a traceback.
    loop.set_exception_handler(partial(_note_failure, log))
    async with open_door(settings, log) as door:
        log.info("listening", url=settings.site.url, addresses=list(settings.listen_on), port=settings.port)
        for sentence in (door.notice and [door.notice]) or []:
            log.warning("open_mode", notice=sentence)

        async def until_stopped() -> None:
            with suppress(DatabaseAwayError):  # a link less; the door itself goes on
                await print_first_link(door)
            await stop.wait()
            # A server that waits for its last connection would wait for every open tab.
            loop.call_later(LAST_MOMENT, os._exit, 0)
            door.streams.close()

        app = traced(create_app(door), "auth", endpoint=settings.otel_exporter_otlp_endpoint)
        served = hanging_up_politely(app)
        await serve(served, _config(sockets), shutdown_trigger=until_stopped, mode="asgi")


def _note_failure(log: FilteringBoundLogger, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    log.warning("connection_failed", what=context.get("message"), kind=type(context.get("exception")).__name__)


def _config(sockets: list[socket.socket]) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in sockets]
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    config.websocket_max_message_size = LARGEST_MESSAGE
    # No pings of its own: the page and the terminal ping each other, and a ping task holds a closed socket open.
    config.keep_alive_timeout = 15.0
    config.graceful_timeout = 2.0
    config.backlog = 512
    return config


def listen(settings: Settings) -> list[socket.socket]:
    """Sockets on every address that this machine has of those asked for.

    Raises:
        SettingsError: none can be had.
    """
    found, problem = [], ""
    for address in settings.listen_on:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, settings.port))
        except OSError as error:
            problem = error.strerror or str(error)
            continue
        found.append(listener)
    if not found:
        raise SettingsError(f"PORT: cannot listen on {settings.port} ({problem}); choose another, such as PORT=8090")
    return found


async def print_first_link(door: Door) -> None:
    """Prints one sign-in link at the start of the house, where that is how its owner gets in."""
    settings = door.settings
    owner = door.allowlist.owner
    if settings.sends_mail or not settings.site.is_loopback or door.allowlist.is_empty:
        return
    if owner is None:
        print("To sign in, make a link: python -m auth login-link ADDRESS", file=sys.stderr, flush=True)
        return
    # The door alone may crash and come back: one start of the house prints one link.
    marker = settings.run_dir / "sign-in-link"
    if settings.start_id and marker.exists() and marker.read_text() == settings.start_id:
        return
    link = await door.links.make(owner, nonce=None, now=door.now(), limited=False)
    show_link(link_url(door, link.token), owner)
    if settings.start_id:
        marker.write_text(settings.start_id)
