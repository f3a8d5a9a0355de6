"""`python -m tui.serve`: serves the terminal app to browsers, on the unix socket RUN_DIR/tui.sock."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress

from hypercorn.asyncio import serve
from hypercorn.config import Config

from runtime.logging_setup import configure_logging
from runtime.process_setup import watch_children_without_threads
from runtime.settings import SettingsError
from runtime.watchdog import start_watchdog
from tui.serve.app import create_app
from tui.serve.settings import Settings, read_settings
from tui.serve.tabs import Tabs

STOP_SECONDS = 6.0
"""Two for the connections, three for the apps, one in reserve."""


def main() -> int:
    """Runs until SIGTERM or SIGINT; returns the exit status."""
    try:
        settings = read_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    configure_logging("tui", settings.log_format, settings.log_level)
    os.umask(0o007)
    asyncio.run(run(settings))
    return 0


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then closes every connection with a reason and ends every app."""
    stop = asyncio.Event()
    start_watchdog(asyncio.get_running_loop())
    watch_children_without_threads()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = create_app(settings)
    tabs: Tabs = app.extensions["tabs"]

    async def wait_for_signal() -> None:
        await stop.wait()
        tabs.disconnect_all()
        # Hypercorn can wait forever for an open connection (its issue 308). The apps end when their pipes close.
        asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, 0)

    await serve(app, listening_config(settings), shutdown_trigger=wait_for_signal)


def listening_config(settings: Settings) -> Config:
    """The configuration of Hypercorn on the unix socket; removes a socket left by a killed process."""
    settings.socket.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        settings.socket.unlink()
    config = Config()
    config.bind = [f"unix:{settings.socket}"]
    config.umask = 0o117
    config.graceful_timeout = 2
    config.websocket_max_message_size = 1024 * 1024
    config.websocket_ping_interval = None
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    return config


if __name__ == "__main__":
    sys.exit(main())
