"""Runs a command of the product to its end, as a person in a shell does."""

import asyncio
from typing import NamedTuple

from tests.support.process import started

SECONDS = 60.0


class CommandResult(NamedTuple):
    """The exit code and the output of a command."""

    code: int | None
    out: str
    err: str

    @property
    def output(self) -> str:
        """Everything that the command printed."""
        return self.out + self.err


async def run(*words: str, **environment: str) -> CommandResult:
    """Runs `python -m …` with only these environment variables."""
    pipe = asyncio.subprocess.PIPE
    process = await started(words, environment, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return CommandResult(process.returncode, out.decode(), err.decode())
