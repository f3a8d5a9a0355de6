"""Where the chaos test happens: a deployment on a small disk of its own, and all that belongs to it."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.deployment import Deployment, running_deployment
from tests.support.network import free_port
from tests.support.pids import children_of, is_alive

KEY = "a-key-for-the-chaos-test-0123456789"
DISK_MB = 96
PROGRAMS = ("auth", "api", "tui", "demo")


@dataclass(slots=True, kw_only=True)
class Place:
    """The deployment, whichever life of it runs, and its folders."""

    folder: Path
    settings: dict[str, str]
    has_small_disk: bool
    """Whether its data are on a file system that can be filled."""
    lives: int = 0
    _deployment: Deployment | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def deployment(self) -> Deployment:
        assert self._deployment is not None
        return self._deployment

    @property
    def url(self) -> str:
        return f"http://localhost:{self.settings['PORT']}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def start(self) -> None:
        """Begins a life of the deployment."""
        self.lives += 1
        self._deployment = await self._running.enter_async_context(running_deployment(at=self.folder, **self.settings))

    async def stop(self) -> None:
        """Ends it as a supervisor does: SIGTERM first."""
        await self._running.aclose()
        self._deployment = None

    def supervisor(self) -> int:
        """The process id of supervisord, which start.sh became."""
        return self.deployment.process.pid

    def pids_of(self, program: str) -> list[int]:
        """The process of a program; `cli`: every Claude Code."""
        if program == "cli":
            return children_of(self.deployment.pid_of("api"))
        return [self.supervisor() if program == "supervisord" else self.deployment.pid_of(program)]

    def processes(self) -> list[int]:
        """Everything that runs on behalf of the deployment: what has its folder in the environment."""
        mark = str(self.folder).encode()
        own = os.getpid()
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [pid for pid in pids if pid != own and _has(pid, mark)]


def files_of(pid: int) -> list[int]:
    """The numbers of the files and sockets that the process holds."""
    return [int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()]


def _has(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes() and is_alive(pid)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


@asynccontextmanager
async def place(*, log: Path | None = None, **settings: str) -> AsyncIterator[Place]:
    """A place for the chaos test; the deployment is not started yet. Its log is kept as the file `log`."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    for name in ("data", "tmp"):
        (folder / name).mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder / "data")]
    mounted = await _runs(mount)
    everything = {
        "PORT": str(free_port()),
        "TMPDIR": str(folder / "tmp"),
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY": f"chaos:{KEY}",
        "MAX_SESSIONS": "6",
        "IDLE_TIMEOUT": "20",
        "REATTACH_SECONDS": "5",
        "LOG_LEVEL": "warning",
        **settings,
    }
    made = Place(folder=folder, settings=everything, has_small_disk=mounted)
    try:
        yield made
    finally:
        await made.stop()
        if mounted:
            await _unmount(folder / "data")
        if log and (folder / "deployment.log").exists():
            shutil.copy(folder / "deployment.log", log)
        shutil.rmtree(folder, ignore_errors=True)


async def _unmount(folder: Path) -> None:
    for _ in range(50):
        if await _runs(["umount", str(folder)]):
            return
        await asyncio.sleep(0.2)
    await _runs(["umount", "--lazy", str(folder)])


async def _runs(command: list[str]) -> bool:
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    return done.returncode == 0
