"""The whole deployment as `make run` starts it: start.sh, supervisord, the door, api, tui and the demo model."""

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
"""A sign-in link, in a log or a mail."""


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
        """The sign-in links that it printed."""
        return LINK.findall(self.log.read_text())

    def sign_in_link(self) -> str:
        """The newest of them."""
        return self.printed_links()[-1]

    async def another_link(self) -> str:
        """Asks for a sign-in link; it is printed, as there is no mail."""
        used = self.sign_in_link()
        async with httpx2.AsyncClient(verify=NO_TLS) as client:
            (await client.post(f"{self.url}/auth/start", json={"email": OWNER})).raise_for_status()
        await until(lambda: self.sign_in_link() != used)
        return self.sign_in_link()

    def pid_of(self, program: str) -> int:
        """The process id of `auth`, `api`, `tui` or `demo` as supervisord knows it."""
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
        """Kills the program with -9, as a crash would."""
        self.signal(program, signal.SIGKILL)

    def signal(self, program: str, number: int) -> None:
        """Sends the program a signal."""
        os.kill(self.pid_of(program), number)

    def everything(self) -> list[int]:
        """The process ids of all of it, start.sh first."""
        found = [self.process.pid]
        for pid in found:  # grows meanwhile
            with suppress(OSError):
                found += children_of(pid)
        return found

    def cli_pids(self) -> list[int]:
        """Its Claude Code processes."""
        return [pid for pid in self.everything() if is_claude_code(pid)]

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """All of it is paused as long as the block lasts, as with its machine."""
        pids = self._pause()
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    async def vanish(self) -> None:
        """Kills all of it at once, as when its machine loses power."""
        for pid in self._pause():  # or what is killed first is still obeyed by the rest
            os.kill(pid, signal.SIGKILL)
        await self.process.wait()

    def _pause(self) -> list[int]:
        paused: set[int] = set()
        while new := set(self.everything()) - paused:
            for pid in new:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            paused |= new
        return sorted(paused & set(self.everything()))

    async def healthy(self) -> bool:
        async with httpx2.AsyncClient(verify=NO_TLS) as client:
            try:
                answer = await client.get(f"{self.url}/health", timeout=5)
            except httpx2.HTTPError:
                return False
            return answer.status_code == httpx2.codes.OK

    async def wait_healthy(self, seconds: float = 150) -> None:
        async with asyncio.timeout(seconds):
            while not await self.healthy():
                if self.process.returncode is not None:
                    raise RuntimeError(f"the deployment ended:\n{self.log.read_text()}")
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running_deployment(*, at: Path | None = None, **settings: str) -> AsyncIterator[Deployment]:
    """Starts a deployment on the demo model; ends all of it with the block.

    Args:
        at: the folder it lives in, which stays; one of its own, which goes with it, when absent.
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
