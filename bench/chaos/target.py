"""The deployment under test, on a small separate disk."""

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
from tests.support.pids import all_pids, children_of, is_alive

KEY = "a-key-for-the-chaos-test-0123456789"
DISK_MB = 96
PROGRAMS = ("auth", "api", "tui", "demo")


@dataclass(slots=True, kw_only=True)
class Target:
    """A deployment that can be stopped and started again, and its folders."""

    folder: Path
    settings: dict[str, str]
    has_small_disk: bool
    """Whether its data is on a file system that can be filled."""
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
        """Starts the deployment with its old data."""
        self._deployment = await self._running.enter_async_context(running_deployment(at=self.folder, **self.settings))

    async def stop(self) -> None:
        """Ends the deployment as a supervisor does, with SIGTERM first."""
        await self._running.aclose()
        self._deployment = None

    def supervisor(self) -> int:
        """Returns the process id of supervisord, which replaced start.sh."""
        return self.deployment.process.pid

    def pids_of(self, program: str) -> list[int]:
        """Returns the process of a program, or for `cli` every Claude Code process."""
        if program == "cli":
            return children_of(self.deployment.pid_of("api"))
        return [self.supervisor() if program == "supervisord" else self.deployment.pid_of(program)]

    def processes(self) -> list[int]:
        """Returns every process of the deployment: those with its folder in their environment."""
        folder = str(self.folder).encode()
        return [pid for pid in all_pids() if pid != os.getpid() and _has_in_environment(pid, folder)]


def files_of(pid: int) -> list[int]:
    """Returns the numbers of the process's open files and sockets."""
    return [int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()]


def _has_in_environment(pid: int, text: bytes) -> bool:
    try:
        return text in Path(f"/proc/{pid}/environ").read_bytes() and is_alive(pid)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


@asynccontextmanager
async def prepared_target(*, log: Path | None = None, **settings: str) -> AsyncIterator[Target]:
    """Prepares a deployment without starting it, and removes it after the block.

    Args:
        log: the file to which the deployment's log is copied at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    for name in ("data", "tmp"):
        (folder / name).mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder / "data")]
    is_mounted = await _succeeds(mount)
    all_settings = {
        "PORT": str(free_port()),
        "TMPDIR": str(folder / "tmp"),
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY": f"chaos:{KEY}",
        "MAX_SESSIONS": "6",
        "IDLE_TIMEOUT": "20",
        "REATTACH_SECONDS": "5",
        "LOG_LEVEL": "warning",
        **settings,
    }
    target = Target(folder=folder, settings=all_settings, has_small_disk=is_mounted)
    try:
        yield target
    finally:
        await target.stop()
        if is_mounted:
            await _unmount(folder / "data")
        if log and (folder / "deployment.log").exists():
            shutil.copy(folder / "deployment.log", log)
        shutil.rmtree(folder, ignore_errors=True)


async def _unmount(folder: Path) -> None:
    for _ in range(50):
        if await _succeeds(["umount", str(folder)]):
            return
        await asyncio.sleep(0.2)
    await _succeeds(["umount", "--lazy", str(folder)])


async def _succeeds(command: list[str]) -> bool:
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    return done.returncode == 0
