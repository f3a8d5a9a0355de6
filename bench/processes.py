"""Runs the demo model and the api as real processes for a benchmark, and measures processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bench.machine import cores
from tests.support.api import Api, running_api
from tests.support.demo import Demo, running_demo

Item = TypeVar("Item")
TICKS = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def running_api_on_demo(**settings: str) -> AsyncIterator[tuple[Api, Demo]]:
    """Runs an api with these settings and a new demo model until the block ends."""
    async with running_demo() as demo, running_api(demo, LOG_LEVEL="WARNING", **settings) as api:
        yield api, demo


async def for_each(items: Iterable[Item], work: Callable[[Item], Awaitable[object]]) -> None:
    """Does the work for every item, with one at a time for each processor core."""
    remaining = iter(items)

    async def worker() -> None:
        for item in remaining:
            await work(item)

    await asyncio.gather(*(worker() for _ in range(cores())))


def cpu_seconds(pid: int) -> float:
    """Returns the processor time of the process in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> int:
    """Returns the private memory of the process in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
