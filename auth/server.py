"""Listens on PORT and serves the gateway until it receives SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from contextlib import suppress

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config

from auth.app import open_gateway
from auth.hypercorn_patches import MAX_MESSAGE_BYTES, patch_hypercorn
from auth.login.links import Links, link_url
from auth.login.send_login_link import print_link
from auth.settings import Settings
from runtime.connection_close import announce_connection_close
from runtime.database.errors import DatabaseUnavailableError
from runtime.logging_setup import configure_logging
from runtime.process_setup import raise_open_file_limit
from runtime.settings import SettingsError
from runtime.tracing import trace_requests
from runtime.watchdog import start_watchdog

EXIT_SECONDS = 4.0
"""The process exits at the latest this long after a stop signal, even if connections are still open."""

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        SettingsError: a setting cannot be used, or the port is in use.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    start_watchdog(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    patch_hypercorn()
    raise_open_file_limit()
    sockets = listen(settings)
    configure_logging("auth", settings.log_format, settings.log_level)
    # Malformed requests can raise inside the server; they are logged in one line without a traceback.
    loop.set_exception_handler(_log_connection_failure)
    async with open_gateway(settings) as gateway:
        log.info("listening", url=settings.origin.url, addresses=list(settings.listen_on), port=settings.port)
        if gateway.security_notice:
            log.warning("open_mode", notice=gateway.security_notice)

        async def wait_for_stop() -> None:
            with suppress(DatabaseUnavailableError):  # the gateway can serve without this link
                await print_first_link(settings, gateway.links)
            await stop.wait()
            # Hypercorn waits for open connections, and every open tab is one.
            loop.call_later(EXIT_SECONDS, os._exit, 0)
            gateway.open_streams.end_all()

        app = announce_connection_close(
            trace_requests(gateway.app, "auth", endpoint=settings.otel_exporter_otlp_endpoint)
        )
        await serve(app, _hypercorn_config(sockets), shutdown_trigger=wait_for_stop, mode="asgi")


def _log_connection_failure(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    log.warning("connection_failed", what=context.get("message"), kind=type(context.get("exception")).__name__)


def _hypercorn_config(sockets: list[socket.socket]) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in sockets]
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    # No pings from Hypercorn: the page and the terminal ping each other, and its ping task keeps a closed socket open.
    config.websocket_max_message_size = MAX_MESSAGE_BYTES
    config.keep_alive_timeout = 15.0
    config.graceful_timeout = 2.0
    config.backlog = 512
    return config


def listen(settings: Settings) -> list[socket.socket]:
    """Opens sockets on those of the configured addresses that this machine has.

    Raises:
        SettingsError: it has none of them, or the port is in use.
    """
    listeners, problem = [], ""
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
        listeners.append(listener)
    if not listeners:
        raise SettingsError(f"PORT: cannot listen on {settings.port} ({problem}); choose another, such as PORT=8090")
    return listeners


async def print_first_link(settings: Settings, links: Links) -> None:
    """Prints a sign-in link for the owner at the start of a deployment that has no mail and a loopback PUBLIC_URL."""
    if settings.sends_mail or not settings.origin.is_loopback or settings.allowlist.is_empty:
        return
    owner = settings.allowlist.owner
    if owner is None:
        print("To sign in, make a link: python -m auth login-link ADDRESS", file=sys.stderr, flush=True)
        return
    # START_ID stays the same when only the gateway restarts, so no second link is printed.
    marker = settings.run_dir / "sign-in-link"
    if settings.start_id and marker.exists() and marker.read_text() == settings.start_id:
        return
    link = await links.create(owner, nonce=None, now=time.time(), is_limited=False)
    print_link(link_url(settings.origin.url, link.token), owner)
    if settings.start_id:
        marker.write_text(settings.start_id)
