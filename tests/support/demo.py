"""Runs the demo model as the real `python -m demo` process."""

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
        """The variables that make Claude Code use this model and contact no other server."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "demo",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }


@asynccontextmanager
async def running_demo() -> AsyncIterator[Demo]:
    """Runs a new demo model on a free port until the block ends."""
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
    """The demo model of the whole test run."""
    async with running_demo() as model:
        yield model
