"""One app process: started in a group of its own, spoken to over its pipes, never left behind."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import structlog

from tui.serve.handshake import Size
from tui.serve.packets import GREETING, META, encode_input, encode_meta, read_packets
from tui.serve.settings import Settings

log = structlog.get_logger(__name__)

START_SECONDS = 30.0
END_SECONDS = 3.0
READ_AHEAD = 1024 * 1024
MOST_UNREAD_INPUT = 8 * 1024 * 1024
MOST_STDERR = 16 * 1024
LOCALS_OF_A_TRACEBACK = ("│ ╭", "│ │", "│ ╰")  # they hold what a person typed; the log must not


class AppFailedError(RuntimeError):
    """The app ended before it was ready."""


class AppProcess:
    """A running `python -m tui --spare`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if not (process.stdin and process.stdout and process.stderr):
            raise AppFailedError
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._stderr = bytearray()
        self._complaints = asyncio.create_task(self._keep_end_of(process.stderr))
        self._ending: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, settings: Settings) -> "AppProcess":
        """Starts an app and waits until it is on its screen, waiting for a claim.

        Raises:
            AppFailedError: it ended, or said nothing for 30 s; the log says what it wrote.
        """
        app = cls(
            await asyncio.create_subprocess_exec(
                *settings.command,
                cwd=settings.directory,
                env=app_environment(settings.environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=READ_AHEAD,
            )
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                if await app._is_ready():
                    return app
        except (TimeoutError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            app._kill()
            await app.end()
            raise
        await app.end()
        raise AppFailedError

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def packets(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """What the app says, until it ends."""
        return read_packets(self._stdout)

    def type(self, text: str) -> bool:
        """Hands typed text to the app; False when it is gone or has stopped reading."""
        return not text or self._send(encode_input(text))

    def tell(self, meta: Mapping[str, object]) -> bool:
        """Tells the app's driver something; False when it is gone or has stopped reading."""
        return self._send(encode_meta(meta))

    def configure(self, size: Size, *, prefers_dark: bool | None) -> None:
        """Gives the app the size and the colours of a browser."""
        self.tell({"type": "resize", "width": size.width, "height": size.height})
        if prefers_dark is not None:
            self.tell({"type": "prefers", "dark": prefers_dark})

    async def end(self) -> None:
        """Asks the app to quit, kills its group after 3 s, and waits until it is gone."""
        await asyncio.shield(self.end_soon())

    def end_soon(self) -> asyncio.Task[None]:
        """Begins `end` in the background, once."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        return self._ending

    async def _is_ready(self) -> bool:
        if await self._stdout.readexactly(len(GREETING)) != GREETING:
            return False
        async for kind, payload in self.packets():
            if kind == META and json.loads(payload).get("type") == "ready":
                return True
        return False

    async def _end(self) -> None:
        self.tell({"type": "quit"})
        try:
            await asyncio.wait_for(self._process.wait(), END_SECONDS)
        except TimeoutError:
            log.warning("app_does_not_quit", pid=self.pid)
        self._kill()
        status = await self._process.wait()
        self._stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._complaints, 1)
        if status not in (0, -signal.SIGKILL) or self._stderr:
            log.warning("app_ended_badly", status=status, said=self._complaint())

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _send(self, packet: bytes) -> bool:
        stdin = self._stdin
        if stdin.is_closing() or self.has_ended or stdin.transport.get_write_buffer_size() > MOST_UNREAD_INPUT:
            return False
        stdin.write(packet)
        return True

    async def _keep_end_of(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(4096):
            self._stderr += chunk
            del self._stderr[:-MOST_STDERR]

    def _complaint(self) -> str:
        lines = self._stderr.decode("utf-8", "replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith(LOCALS_OF_A_TRACEBACK))


def app_environment(handed_on: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of an app: the allow-listed variables, and what Textual's web driver reads."""
    return {
        **handed_on,
        "TEXTUAL_DRIVER": "tui.web_driver:TabDriver",
        "TEXTUAL_FPS": "60",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": "80",
        "ROWS": "24",
    }
