"""The demo model, as the real `python -m demo` process."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from tests.support.process import running

_ADDRESS = re.compile(r"^demo model on (http://127\.0\.0\.1:\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo model."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What makes Claude Code talk to it, and to nothing else."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "demo",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }


@asynccontextmanager
async def running_demo() -> AsyncIterator[Demo]:
    """A demo model of its own, on a free port; ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    log = folder / "log"

    async def announced() -> bool:
        return _ADDRESS.search(log.read_text()) is not None

    try:
        async with running("demo", {"DEMO_PORT": "0"}, ready=announced, log=log):
            found = _ADDRESS.search(await asyncio.to_thread(log.read_text))
            assert found
            yield Demo(found[1])
    finally:
        shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    """One demo model for the whole run."""
    async with running_demo() as model:
        yield model
