"""A command of the product, run to its end as the person at the machine runs it."""

import asyncio
from typing import NamedTuple

from tests.support.process import started

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
    pipe = asyncio.subprocess.PIPE
    process = await started(words, environment, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out.decode(), err.decode())
