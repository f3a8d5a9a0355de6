"""Runs the whole deployment as `make run` does: start.sh, supervisord, auth, api, tui and the demo model."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.support.network import NO_TLS, free_port
from tests.support.pids import children_of, is_claude_code
from tests.support.process import ROOT, clean_environment, end
from tests.support.waiting import until

OWNER = "owner@localhost"
LINK = re.compile(r"https?://[^\s\"<]+/auth/verify\?t=[^\s\"<]+")
"""A sign-in link in a log or a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A running deployment."""

    folder: Path
    url: str
    log: Path
    process: asyncio.subprocess.Process

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def run_dir(self) -> Path:
        return self.folder / "run"

    def printed_links(self) -> list[str]:
        """Returns the sign-in links in its log, oldest first."""
        return LINK.findall(self.log.read_text())

    def sign_in_link(self) -> str:
        """Returns the newest sign-in link."""
        return self.printed_links()[-1]

    async def request_sign_in_link(self) -> str:
        """Requests a new sign-in link and reads it from the log."""
        used = self.sign_in_link()
        async with httpx2.AsyncClient(verify=NO_TLS) as client:
            (await client.post(f"{self.url}/auth/start", json={"email": OWNER})).raise_for_status()
        await until(lambda: self.sign_in_link() != used)
        return self.sign_in_link()

    def pid_of(self, program: str) -> int:
        """Asks supervisord for the process id of `auth`, `api`, `tui` or `demo`."""
        control = Path(sys.executable).with_name("supervisorctl")
        answer = subprocess.run(
            [control, "-c", ROOT / "supervisord.conf", "pid", f"deployment:{program}"],
            env=clean_environment({"RUN_DIR": str(self.run_dir), "DEMO": "1"}),
            capture_output=True,
            text=True,
            check=True,
        )
        return int(answer.stdout)

    def kill(self, program: str) -> None:
        """Kills the program with SIGKILL, as a crash would."""
        self.signal(program, signal.SIGKILL)

    def signal(self, program: str, number: int) -> None:
        """Sends a signal to the program."""
        os.kill(self.pid_of(program), number)

    def all_pids(self) -> list[int]:
        """Returns the ids of all its processes, start.sh first."""
        found = [self.process.pid]
        for pid in found:  # the loop also visits what it appends
            with suppress(OSError):
                found += children_of(pid)
        return found

    def claude_pids(self) -> list[int]:
        """Returns the ids of its Claude Code processes."""
        return [pid for pid in self.all_pids() if is_claude_code(pid)]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pauses all its processes until the block ends, like a suspended machine."""
        pids = self._pause()
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    async def kill_all(self) -> None:
        """Kills all its processes at once, as when the machine loses power."""
        for pid in self._pause():  # a running process would react to the end of one that was killed before it
            os.kill(pid, signal.SIGKILL)
        await self.process.wait()

    def _pause(self) -> list[int]:
        paused: set[int] = set()
        while new := set(self.all_pids()) - paused:
            for pid in new:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            paused |= new
        return sorted(paused & set(self.all_pids()))

    async def is_healthy(self) -> bool:
        async with httpx2.AsyncClient(verify=NO_TLS) as client:
            try:
                answer = await client.get(f"{self.url}/health", timeout=5)
            except httpx2.HTTPError:
                return False
            return answer.status_code == httpx2.codes.OK

    async def wait_healthy(self, seconds: float = 150) -> None:
        async with asyncio.timeout(seconds):
            while not await self.is_healthy():
                if self.process.returncode is not None:
                    raise RuntimeError(f"the deployment ended:\n{self.log.read_text()}")
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running_deployment(*, at: Path | None = None, **settings: str) -> AsyncIterator[Deployment]:
    """Runs a deployment with the demo model until the block ends.

    Args:
        at: the folder for its data, which is kept; by default a temporary folder, which is deleted.
    """
    folder = at or Path(tempfile.mkdtemp(prefix="deployment-"))
    port = int(settings.get("PORT") or free_port())
    environment = clean_environment(
        {
            "PYTHON": sys.executable,
            "START_ID": folder.name,  # also keeps start.sh from reading the developer's .env
            "HOME": str(folder),
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
            "RUN_DIR": str(folder / "run"),
            "WORKSPACE_DIR": str(folder / "workspace"),
            "DEMO": "1",
            "DEMO_PORT": str(free_port()),
            **settings,
        }
    )
    log = folder / "deployment.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            ROOT / "start.sh",
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deployment = Deployment(folder=folder, url=f"http://localhost:{port}", log=log, process=process)
    try:
        await deployment.wait_healthy()
        yield deployment
    finally:
        await end(process, patience=12)
        if at is None:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    async with running_deployment() as running:
        yield running
