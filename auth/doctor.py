"""Checks everything the door needs, and says what to fix."""

from auth.settings import Settings


async def doctor(settings: Settings) -> int:
    """Prints one line for each check; returns 1 when any failed."""
    raise NotImplementedError
