"""A command of the product, run to its end as the person at the machine runs it."""

import asyncio
import sys
from typing import NamedTuple

from tests.parts.process import ROOT, clean_environment

SECONDS = 60.0


class Ended(NamedTuple):
    """How it went."""

    code: int | None
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it printed."""
        return self.out + self.err


async def run(*words: str, **environment: str) -> Ended:
    """Runs `python -m …`, with just these variables."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=ROOT,
        env=clean_environment(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out.decode(), err.decode())
