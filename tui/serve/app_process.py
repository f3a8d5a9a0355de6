"""Runs one app process, on textual-serve's `AppService` and `DownloadManager`.

Inherited from `AppService`: the packet format, the loop that reads the app's packets (`run`), the messages to the app
(`set_terminal_size`, `focus`, `blur`), and the answers to `exit`, `open_url` and `deliver_file_start`. Overridden in
`AppProcess`:

- `_open_app_process`: the base starts the command through a shell, in the server's process group, and `run` keeps all
  of its stderr in memory and prints it, with tracebacks that show what a user typed. Here the app is executed directly
  in a process group of its own, which can be killed with its children, and only the last lines of stderr are kept.
- `_build_environment`: the base passes on the server's whole environment, secrets included. Here only listed variables.
- `start`: the base returns before the app runs. Here it waits until the app is ready, or fails.
- `send_bytes`, `send_meta`: the base waits until the app has read its input, so that an app that hangs blocks all
  writers. Here the waiting input is limited, and further input is refused.
- `on_meta`: the base opens links of every scheme and knows only three messages. Here `javascript:` links are dropped,
  and our messages (`tui.web_driver` lists them) are passed to the tab.
- `stop`: the base waits forever for an app that does not quit. Here the process group is killed after three seconds.

Inherited from `DownloadManager`: the register of files and the delivery of chunks. Keys are unguessable, because
Textual makes them from 122 random bits. Changed in `Downloads`:

- Each app has a manager of its own: with a shared one, an app can write into the files of another.
- `take`: the base gives a file to every caller with the key, any number of times. Here only the user of the app gets
  it, and only once.
- `download`: the base ends a file without an error when the app dies or pauses for four seconds, so that half a file
  looks complete, and keeps the entry when the browser disconnects. Here the download fails, and the entry is removed.
"""

import asyncio
import json
import os
import shlex
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, Protocol

import structlog
from textual_serve.app_service import AppService

from runtime.background_tasks import BackgroundTasks
from tui.serve.downloads import Downloads
from tui.serve.handshake import Size
from tui.serve.settings import Settings

log = structlog.get_logger(__name__)

START_SECONDS = 30.0
STOP_SECONDS = 3.0
READ_AHEAD_BYTES = 1024 * 1024
MAX_UNREAD_INPUT_BYTES = 8 * 1024 * 1024
MAX_STDERR_BYTES = 16 * 1024
LINK_SCHEMES = ("http://", "https://", "mailto:")
TRACEBACK_LOCALS = ("│ ╭", "│ │", "│ ╰")
"""Prefixes of traceback lines that show local variables, which may contain typed text and must not be logged."""


class AppStartError(RuntimeError):
    """The app ended before it was ready, or took too long."""


class AppListener(Protocol):
    """Receives what an app sends."""

    async def write_frame(self, data: bytes) -> None:
        """Draws on the screen."""

    async def write_message(self, text: str) -> None:
        """Sends one of textual-serve's messages to the page."""

    async def receive(self, kind: str, fields: dict[str, Any]) -> None:
        """Handles one of our own messages."""

    async def note_exit(self) -> None:
        """The app is about to quit."""


class AppProcess(AppService):
    """A running app, which waits for a tab to claim it; the module's docstring says how it differs from its base."""

    def __init__(self, settings: Settings, tasks: BackgroundTasks) -> None:
        self.downloads = Downloads()
        super().__init__(
            shlex.join(settings.command),
            write_bytes=_discard,
            write_str=_discard,
            close=_do_nothing,
            download_manager=self.downloads,
        )
        self._settings = settings
        self._tasks = tasks
        self._listener: AppListener | None = None
        self._ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._stderr = bytearray()
        self._stderr_task: asyncio.Task[None] | None = None
        self._stop_task: asyncio.Task[None] | None = None

    async def start(self, width: int = 80, height: int = 24) -> None:
        """Starts the app and waits until it shows its first screen.

        Raises:
            AppStartError: the app ended or was not ready within 30 s; its stderr is in the log.
        """
        await self._open_app_process(width, height)
        self._task = self._tasks.start(self.run())
        self._task.add_done_callback(lambda _: self._set_ready(is_ready=False))
        try:
            async with asyncio.timeout(START_SECONDS):
                if await self._ready:
                    return
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._kill()
            await self.stop()
            raise
        await self.stop()
        raise AppStartError

    @property
    def pid(self) -> int:
        """The process id, which is also the id of the process group."""
        return self._started_process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._started_process.returncode is not None

    async def wait_ended(self) -> None:
        """Waits until the app has closed its output."""
        if self._task:
            await asyncio.wait({self._task})

    def connect(self, listener: AppListener) -> None:
        """Passes everything that the app sends from now on to `listener`; earlier output is dropped."""
        self._listener = listener
        self.remote_write_bytes = listener.write_frame
        self.remote_write_str = listener.write_message
        self.remote_close = listener.note_exit

    async def configure(self, size: Size, *, prefers_dark: bool | None) -> None:
        """Sends the size and the colour scheme of a browser to the app."""
        await self.set_terminal_size(size.width, size.height)
        if prefers_dark is not None:
            await self.send_meta({"type": "prefers", "dark": prefers_dark})

    async def send_bytes(self, data: bytes) -> bool:
        """Sends typed text without waiting; False if the app has ended or reads no input."""
        return self._write(b"D", data)

    async def send_meta(self, data: Mapping[str, object]) -> bool:
        """Sends a message to the app's driver without waiting; False if the app has ended or reads no input."""
        return self._write(b"M", json.dumps(data).encode())

    async def on_meta(self, data: bytes) -> None:
        """Handles a message of the app."""
        meta: dict[str, Any] = json.loads(data)
        match meta:
            case {"type": "ready"}:
                self._set_ready(is_ready=True)
            case {"type": "open_url", "url": str(url)} if not url.startswith(LINK_SCHEMES):
                pass
            case {"type": "exit" | "open_url" | "deliver_file_start"}:
                await super().on_meta(data)
            case {"type": str(kind)} if self._listener:
                await self._listener.receive(kind, {name: value for name, value in meta.items() if name != "type"})

    async def stop(self) -> None:
        """Asks the app to quit, kills its process group after 3 s, and waits until it has ended."""
        await asyncio.shield(self.begin_stop())

    def begin_stop(self) -> "asyncio.Task[None]":
        """Starts `stop` in the background."""
        if self._stop_task is None:
            self._stop_task = self._tasks.start(self._stop())
        return self._stop_task

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return app_environment(self._settings.environment, width=width, height=height)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._settings.command,
            cwd=self._settings.directory,
            env=self._build_environment(width, height),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            limit=READ_AHEAD_BYTES,
        )
        self._stdin = process.stdin
        if process.stderr:
            self._stderr_task = self._tasks.start(self._keep_last_stderr(process.stderr))
        process.stderr = _empty_stream()  # for `run`, which would keep and print what the app writes
        return process

    @property
    def _started_process(self) -> Process:
        if self._process is None:
            raise AppStartError
        return self._process

    def _set_ready(self, *, is_ready: bool) -> None:
        if not self._ready.done():
            self._ready.set_result(is_ready)

    def _write(self, packet_type: Literal[b"D", b"M"], payload: bytes) -> bool:
        stdin = self.stdin
        unread = stdin.transport.get_write_buffer_size()
        if stdin.is_closing() or self.has_ended or unread > MAX_UNREAD_INPUT_BYTES:
            return False
        stdin.write(self.encode_packet(packet_type, payload))
        return True

    async def _stop(self) -> None:
        process = self._started_process
        await self.downloads.cancel_app_downloads(self.app_service_id)
        await self.send_meta({"type": "quit"})
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            log.warning("app_ignores_quit", pid=self.pid)
        self._kill()
        status = await process.wait()
        self.stdin.close()
        outputs = [task for task in (self._task, self._stderr_task) if task]
        await asyncio.wait(outputs, timeout=1)
        if status not in (0, -signal.SIGKILL) or self._stderr:
            log.warning("app_ended_with_errors", status=status, stderr=self._stderr_text())

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _keep_last_stderr(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(4096):
            self._stderr += chunk
            del self._stderr[:-MAX_STDERR_BYTES]

    def _stderr_text(self) -> str:
        lines = self._stderr.decode("utf-8", "replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith(TRACEBACK_LOCALS))


def app_environment(allowed: Mapping[str, str], *, width: int = 80, height: int = 24) -> dict[str, str]:
    """The whole environment of an app: the allowed variables, and those that Textual's web driver reads."""
    return {
        **allowed,
        "TEXTUAL_DRIVER": "tui.web_driver:TabDriver",
        "TEXTUAL_FPS": "60",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": str(width),
        "ROWS": str(height),
    }


def _empty_stream() -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    stream.feed_eof()
    return stream


async def _discard(_: bytes | str) -> None:
    """Discards what an app sends before a tab has claimed it."""


async def _do_nothing() -> None:
    """Ignores the exit of an app that no tab has claimed."""
