"""Reads the packets of `tui.serve` from standard input, without the ten wake-ups a second of Textual's reader."""

import os
import select
import signal
from collections.abc import Iterator

from textual.drivers._input_reader import InputReader

CHUNK = 64 * 1024
ESCAPE_SECONDS = 0.1
"""A lone escape character followed by silence for this long is the Esc key."""


class TabInput(InputReader):
    """Yields what arrives, then `b""` once so that the parser recognises a lone Esc, then waits for more."""

    def __init__(self) -> None:
        super().__init__(timeout=ESCAPE_SECONDS)
        self._closed_read, self._closed_write = os.pipe()

    def close(self) -> None:
        """Ends the iteration, from any thread."""
        super().close()
        os.write(self._closed_write, b"!")

    def __iter__(self) -> Iterator[bytes]:
        timeout: float | None = None
        while not self._exit_event.is_set():
            ready, _, _ = select.select([self._fileno, self._closed_read], [], [], timeout)
            if self._fileno in ready:
                data = os.read(self._fileno, CHUNK)
                if not data:
                    return
                timeout = self.timeout
                yield data
            else:
                timeout = None
                yield b""


def kill_own_process_group() -> None:
    """Kills this process, and its children if it leads its own process group."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
