"""The baseline for the page's benchmark: the same app under unchanged textual-serve."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.deployment import Deployment
from tests.support.network import free_port
from tests.support.process import ROOT, clean_environment, end

SERVE = "import sys; from textual_serve.server import Server; Server(sys.argv[1], port=int(sys.argv[2])).serve()"


@asynccontextmanager
async def bare_textual_serve(deployment: Deployment) -> AsyncIterator[str]:
    """Serves `python -m tui`, which uses the deployment's api; yields the address."""
    port = free_port()
    environment = {
        "RUN_DIR": str(deployment.run_dir),
        "DATA_DIR": str(deployment.folder / "peer"),
        "HOME": str(deployment.folder),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        f"{sys.executable} -m tui",
        str(port),
        cwd=ROOT,
        env=clean_environment({**environment, "DEMO": "1"}),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await _wait_until_listening(port)
        yield f"http://localhost:{port}"
    finally:
        await end(process, patience=2)


async def _wait_until_listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("localhost", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def memory_of(pid: int) -> int:
    """The proportional set size of a process in bytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in lines:
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
