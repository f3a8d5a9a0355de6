"""Waiting for what nothing tells of, by asking again and again."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

SECONDS = 30.0
PAUSE = 0.05


async def until(ask: Callable[[], Any], *, seconds: float = SECONDS) -> Any:  # whatever it answers
    """Asks until the answer is something true, and returns that; an answer that can be awaited is.

    Raises:
        TimeoutError: it is not within `seconds`.
    """
    async with asyncio.timeout(seconds):
        while True:
            answer = ask()
            if isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(PAUSE)
