"""Runs the real `python -m api` process on a unix socket, with Claude Code on the demo model."""

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
"""The user of a request without a user header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SseEvent:
    """A server-sent event."""

    event: str
    id: str | None
    data: Any  # the decoded JSON


async def sse_events(response: httpx2.Response) -> AsyncIterator[SseEvent]:
    """Yields the events of a streamed answer as they arrive, without comments."""
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
    """A running api, whose data survive a stop, a kill and a restart."""

    folder: Path
    environment: dict[str, str]
    client: httpx2.AsyncClient
    """Sends its requests as `user`."""
    user: str = LOCAL
    module: str = "api"
    """The module that `python -m` runs."""
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

    def client_for(self, user: str | None = None) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
        """Opens a new client that sends its requests as that user, by default as `local`."""
        return api_client(self.socket, user)

    def claude_pids(self) -> list[int]:
        """Returns the ids of the Claude Code processes that the api started."""
        return [pid for pid in children_of(self.pid) if is_claude_code(pid)]

    async def start(self) -> None:
        """Starts the process and waits until it answers."""
        self._process = await self._running.enter_async_context(
            running(self.module, self.environment, ready=self._answers, log=self.log)
        )
        self.pid = self._process.pid

    async def stop(self) -> int | None:
        """Ends the process as a supervisor does, with SIGTERM and then SIGKILL; returns its exit code."""
        await self._running.aclose()
        return self._process.returncode if self._process else None

    async def wait_ended(self) -> int:
        """Waits until the process ends without being killed; returns its exit code."""
        assert self._process
        return await asyncio.wait_for(self._process.wait(), TIMEOUT)

    async def kill(self) -> None:
        """Kills the process, as a crash would."""
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
    """Opens a client on the socket that names the user as the gateway does; without a user it is `local`."""
    transport = httpx2.AsyncHTTPTransport(uds=str(socket), verify=NO_TLS)
    headers = {} if user is None else {"X-Forwarded-User": user}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://api", headers=headers, timeout=TIMEOUT
    ) as client:
        yield client


@asynccontextmanager
async def running_api(demo: Demo, *, module: str = "api", **settings: str) -> AsyncIterator[Api]:
    """Runs a new api with these additional settings until the block ends."""
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
    """Runs one api for the whole test run."""
    # Earlier tests leave idle sessions. With too few processes a later prompt is queued, which changes its events;
    # with a long timeout, 160 idle processes take a hundredth of a core each.
    async with running_api(demo, MAX_SESSIONS="40", IDLE_TIMEOUT="4") as api:
        yield api


@pytest.fixture
async def api(shared_api: Api) -> AsyncIterator[Api]:
    """The shared api with a client for this test; for tests that neither restart nor configure it."""
    async with api_client(shared_api.socket) as client:
        yield Api(folder=shared_api.folder, environment=shared_api.environment, client=client, pid=shared_api.pid)


@pytest.fixture
async def ada(shared_api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the shared api for the user ada@example.com."""
    async with api_client(shared_api.socket, "ada@example.com") as client:
        yield client


@pytest.fixture
async def bob(shared_api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the shared api for the user bob@example.com."""
    async with api_client(shared_api.socket, "bob@example.com") as client:
        yield client
