"""The server's packets on stdin, read without waking up ten times a second."""

import os
import select
import signal
from collections.abc import Iterator

from textual.drivers._input_reader import InputReader

CHUNK = 64 * 1024
ESCAPE_SECONDS = 0.1


class TabInput(InputReader):
    """Yields what arrives, then `b""` once so that a lone Esc is noticed, then sleeps until there is more."""

    def __init__(self) -> None:
        super().__init__(timeout=ESCAPE_SECONDS)
        self._woken, self._waker = os.pipe()

    def close(self) -> None:
        super().close()
        os.write(self._waker, b"!")

    def __iter__(self) -> Iterator[bytes]:
        timeout: float | None = None
        while not self._exit_event.is_set():
            ready, _, _ = select.select([self._fileno, self._woken], [], [], timeout)
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
    """Kills this process and what it started; only a leader of its own group may take others along."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
