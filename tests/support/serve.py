"""Runs serve with the small app, in this process or in a separate one."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypercorn.asyncio import serve as serve_asgi
from quart import Quart

from tests.support.network import NO_TLS
from tests.support.process import ROOT, Process, clean_environment, running
from tests.support.waiting import until
from tui.serve.__main__ import listening_config
from tui.serve.app import create_app
from tui.serve.settings import Settings

SMALL_APP = (sys.executable, "-m", "tests.support.small_app")


def small_settings(socket: Path, **changes: Any) -> Settings:  # whatever Settings takes
    """Settings of a serve that starts small apps."""
    values = {"command": SMALL_APP, "directory": ROOT, "environment": clean_environment({}), **changes}
    return Settings(socket=socket, **values)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Quart]:
    """Runs serve in this process, on its unix socket, whether or not its app starts."""
    app = create_app(settings)
    stop = asyncio.Event()
    server = asyncio.create_task(serve_asgi(app, listening_config(settings), shutdown_trigger=stop.wait))
    try:
        await until(lambda: answers(settings.socket))
        yield app
    finally:
        app.extensions["tabs"].disconnect_all()
        stop.set()
        await server


async def answers(socket: Path) -> bool:
    """Whether serve answers on its socket."""
    try:
        async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(socket), verify=NO_TLS)) as client:
            return (await client.get("http://tui/favicon.ico")).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


@pytest.fixture
def socket_folder() -> Any:
    """A folder with a short name, because the path of a unix socket has at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="tui-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def small_serve(socket_folder: Path) -> AsyncIterator[Quart]:
    """Runs serve with small apps in this process."""
    async with serving(small_settings(socket_folder / "tui.sock")) as app:
        yield app


def serve_process(folder: Path) -> AbstractAsyncContextManager[Process]:
    """Runs serve in a separate process that a test may kill; its output goes to `folder/serve.log`."""
    socket = folder / "tui.sock"
    return running(
        f"tests.support.small_serve {socket}",
        {"HOME": str(folder)},
        ready=lambda: answers(socket),
        log=folder / "serve.log",
    )


__all__ = ["small_serve", "socket_folder"]
