"""`python -m demo`: serves the demo model on 127.0.0.1 until SIGTERM or Ctrl+C."""

import asyncio
import signal
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config

from demo.app import create_app
from demo.settings import read_settings
from runtime.settings import SettingsError


async def main(port: int) -> None:
    """Serves until SIGTERM or SIGINT arrives."""
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    listener.setblocking(False)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = 0.5
    config.errorlog = None
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    print(f"demo model on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await serve(create_app(), config, shutdown_trigger=stop.wait)


if __name__ == "__main__":
    try:
        asyncio.run(main(read_settings().port))
    except SettingsError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"DEMO_PORT cannot be used ({error.strerror}): choose another port, or 0 for any free one")
