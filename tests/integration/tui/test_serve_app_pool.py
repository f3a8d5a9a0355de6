"""The spare app: it is laid out like the last browser's screen and sends no request before it is claimed."""

import asyncio
from pathlib import Path
from typing import Any

from runtime.background_tasks import BackgroundTasks
from tests.support.process import ROOT, clean_environment
from tests.support.serve import small_settings
from tests.support.waiting import until
from tui.serve.app_pool import AppPool
from tui.serve.app_process import AppProcess
from tui.serve.handshake import Handshake, Size
from tui.serve.settings import Settings

PROMPT = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}".encode()


async def test_a_spare_app_has_the_size_and_colours_of_the_last_browser(socket_folder: Path) -> None:
    handshake = Handshake(user="ann@example.com", tab_id="tab-00000001", size=Size.clamped(101, 31), prefers_dark=False)
    async with BackgroundTasks() as tasks, AppPool(small_settings(socket_folder / "tui.sock"), tasks) as pool:
        first = await pool.take(handshake)
        await until(lambda: pool._spare is not None and pool._spare.done())
        second = await pool.take(handshake)
        try:
            assert b"prefers light" in await repainted(second, b"prefers light")
        finally:
            await asyncio.gather(first.stop(), second.stop())


async def test_a_spare_app_draws_its_screen_and_sends_no_request_until_it_is_claimed(socket_folder: Path) -> None:
    requests: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    environment = clean_environment({"RUN_DIR": str(socket_folder), "DATA_DIR": str(socket_folder), "HOME": "/"})
    settings = Settings(socket=socket_folder / "tui.sock", environment=environment, directory=ROOT)
    async with await asyncio.start_unix_server(answer, socket_folder / "api.sock"), BackgroundTasks() as tasks:
        app = AppProcess(settings, tasks)
        await app.start()
        try:
            await app.configure(Size.clamped(100, 30), prefers_dark=False)
            assert PROMPT in await repainted(app, PROMPT)
            assert requests.empty()
            await app.send_meta({"type": "claim", "user": "ann@example.com", "session_id": None, "notice": None})
            async with asyncio.timeout(30):
                first = await requests.get()
            assert b"x-forwarded-user: ann@example.com" in first.lower()
        finally:
            await app.stop()


class ScreenRecorder:
    """Keeps the frames that follow the app's announcement of a repaint."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self._is_repainted = False

    async def write_frame(self, data: bytes) -> None:
        if self._is_repainted:
            self.frames.append(data)

    async def write_message(self, text: str) -> None: ...

    async def receive(self, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002  # AppListener defines it
        self._is_repainted |= kind == "repainting"

    async def note_exit(self) -> None: ...


async def repainted(app: AppProcess, wanted: bytes) -> bytes:
    """The first frame with these bytes after the app announces a repaint."""
    recorder = ScreenRecorder()
    app.connect(recorder)
    await app.send_meta({"type": "repaint"})
    frame: bytes = await until(lambda: next((frame for frame in recorder.frames if wanted in frame), None))
    return frame
