"""The api, as the real `python -m api` process on a unix socket, with Claude Code on the demo model."""

import asyncio
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest
import pytest_asyncio

from tests.support.demo import Demo
from tests.support.network import NO_TLS
from tests.support.pids import children_of, is_claude_code
from tests.support.process import Process, running

TIMEOUT = 30.0
LOCAL = "local"
"""Who speaks where nobody is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SseEvent:
    """A server-sent event."""

    event: str
    id: str | None
    data: Any  # the decoded JSON


async def sse_events(response: httpx2.Response) -> AsyncIterator[SseEvent]:
    """The events of a streamed answer, as they arrive; comments are left out."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            data = msgspec.json.decode(fields.get("data", "null"))
            yield SseEvent(event=fields.get("event", "message"), id=fields.get("id"), data=data)
            fields = {}


@dataclass(slots=True, kw_only=True)
class Api:
    """A running api; its data stay when it is stopped, killed and started again."""

    folder: Path
    environment: dict[str, str]
    client: httpx2.AsyncClient
    """Speaks as `user`."""
    user: str = LOCAL
    module: str = "api"
    """What is run."""
    pid: int = 0
    _process: Process | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "api.sock"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def calling(self, user: str | None = None) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
        """A client of its own, speaking as that user; without one as the user of `client`."""
        return api_client(self.socket, user)

    def cli_pids(self) -> list[int]:
        """The Claude Code processes that it started."""
        return [pid for pid in children_of(self.pid) if is_claude_code(pid)]

    async def start(self) -> None:
        """Starts the process and returns when it answers."""
        self._process = await self._running.enter_async_context(
            running(self.module, self.environment, ready=self._answers, log=self.log)
        )
        self.pid = self._process.pid

    async def stop(self) -> int | None:
        """Ends the process as a supervisor does: SIGTERM, then, if need be, SIGKILL; its exit code."""
        await self._running.aclose()
        return self._process.returncode if self._process else None

    async def ended(self) -> int:
        """Waits until the process, asked to end already, has ended by itself; its exit code."""
        assert self._process
        return await asyncio.wait_for(self._process.wait(), TIMEOUT)

    async def kill(self) -> None:
        """Ends the process as a crash does."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await self._running.aclose()

    async def _answers(self) -> bool:
        try:
            return (await self.client.get("/health")).status_code in (200, 503)
        except httpx2.HTTPError:
            return False


@asynccontextmanager
async def api_client(socket: Path, user: str | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A client on the socket, speaking as that user as the front door would; without one as `local`."""
    transport = httpx2.AsyncHTTPTransport(uds=str(socket), verify=NO_TLS)
    headers = {} if user is None else {"X-Forwarded-User": user}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://api", headers=headers, timeout=TIMEOUT
    ) as client:
        yield client


@asynccontextmanager
async def running_api(demo: Demo, *, module: str = "api", **settings: str) -> AsyncIterator[Api]:
    """An api of its own, with these settings on top; ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="api-"))
    for name in ("workspace", "home"):
        (folder / name).mkdir()
    environment = {
        "HOME": str(folder / "home"),
        "DATA_DIR": str(folder / "data"),
        "RUN_DIR": str(folder / "run"),
        "WORKSPACE_DIR": str(folder / "workspace"),
        "DEMO": "1",
        "DEMO_PORT": str(urlsplit(demo.url).port),
        **settings,
    }
    try:
        async with api_client(folder / "run" / "api.sock") as client:
            api = Api(folder=folder, environment=environment, client=client, module=module)
            await api.start()
            try:
                yield api
            finally:
                await api.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(api: Api) -> Iterator[sqlite3.Connection]:
    """Connects to the api's SQLite database, bypassing the api; every statement is its own transaction."""
    (file,) = api.data.rglob("sessions.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


@contextmanager
def locked(api: Api) -> Iterator[None]:
    """Blocks the api's writes to its database until the block ends; reads still work."""
    with database(api) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_api(demo: Demo) -> AsyncIterator[Api]:
    """One api for the whole run."""
    # Room for the idle sessions that earlier tests leave: who finds none is queued first, and told so. They go soon: a
    # Claude Code that does nothing still takes a hundredth of a core, and there would be 160 of them.
    async with running_api(demo, MAX_SESSIONS="40", IDLE_TIMEOUT="4") as api:
        yield api


@pytest.fixture
async def api(shared_api: Api) -> AsyncIterator[Api]:
    """The run's api, with a client of this test; for tests that neither restart nor configure it."""
    async with api_client(shared_api.socket) as client:
        yield Api(folder=shared_api.folder, environment=shared_api.environment, client=client, pid=shared_api.pid)


@pytest.fixture
async def ada(shared_api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The same api, for the person ada@example.com."""
    async with api_client(shared_api.socket, "ada@example.com") as client:
        yield client


@pytest.fixture
async def bob(shared_api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The same api, for the person bob@example.com."""
    async with api_client(shared_api.socket, "bob@example.com") as client:
        yield client
