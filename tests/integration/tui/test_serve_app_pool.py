"""The spare app: it is laid out like the last browser's screen and sends no request before it is claimed."""

import asyncio
from pathlib import Path

from tests.support.process import ROOT, clean_environment
from tests.support.serve import small_settings
from tests.support.waiting import until
from tui.serve.app_pool import AppPool
from tui.serve.app_process import AppProcess
from tui.serve.handshake import Handshake, Size
from tui.serve.packets import META, SCREEN
from tui.serve.settings import Settings

PROMPT = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}".encode()


async def test_a_spare_app_has_the_size_and_colours_of_the_last_browser(socket_folder: Path) -> None:
    handshake = Handshake(user="ann@example.com", tab_id="tab-00000001", size=Size.clamped(101, 31), prefers_dark=False)
    async with AppPool(small_settings(socket_folder / "tui.sock")) as pool:
        first = await pool.take(handshake)
        await until(lambda: pool._next is not None and pool._next.done())
        second = await pool.take(handshake)
        try:
            second.tell({"type": "repaint"})
            assert b"prefers light" in await repainted(second, b"prefers light")
        finally:
            await asyncio.gather(first.end(), second.end())


async def test_a_spare_app_draws_its_screen_and_sends_no_request_until_it_is_claimed(
    socket_folder: Path,
) -> None:
    asked: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    environment = clean_environment({"RUN_DIR": str(socket_folder), "DATA_DIR": str(socket_folder), "HOME": "/"})
    settings = Settings(socket=socket_folder / "tui.sock", environment=environment, directory=ROOT)
    async with await asyncio.start_unix_server(answer, socket_folder / "api.sock"):
        app = await AppProcess.start(settings)
        try:
            app.configure(Size.clamped(100, 30), prefers_dark=False)
            app.tell({"type": "repaint"})
            assert PROMPT in await repainted(app, PROMPT)
            assert asked.empty()
            app.tell({"type": "claim", "user": "ann@example.com", "session_id": None, "notice": None})
            async with asyncio.timeout(30):
                first = await asked.get()
            assert b"x-forwarded-user: ann@example.com" in first.lower()
        finally:
            await app.end()


async def repainted(app: AppProcess, wanted: bytes) -> bytes:
    """The first frame with these bytes after the app announces a repaint."""
    is_new = False
    async with asyncio.timeout(30):
        async for kind, payload in app.packets():
            if kind == META and b'"repainting"' in payload:
                is_new = True
            elif kind == SCREEN and is_new and wanted in payload:
                return payload
    raise AssertionError("the app ended")
