"""Waits for a condition by polling, where no event announces it."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

SECONDS = 30.0
PAUSE = 0.05


async def until(ask: Callable[[], Any], *, seconds: float = SECONDS) -> Any:  # whatever it answers
    """Calls `ask` until it returns a true value, awaiting the value if necessary, and returns that value.

    Raises:
        TimeoutError: there was no true value within `seconds`.
    """
    async with asyncio.timeout(seconds):
        while True:
            answer = ask()
            if isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(PAUSE)
