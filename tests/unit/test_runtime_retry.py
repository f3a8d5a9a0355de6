"""A write is repeated until the database accepts it, and only for errors that go away."""

import asyncio
from collections.abc import Iterable

import pytest
from sqlalchemy.exc import OperationalError

from runtime.database.errors import DatabaseUnavailableError
from runtime.retry import retry_until_written


class Write:
    """Raises the given errors, one a call, and then returns."""

    def __init__(self, errors: Iterable[Exception]) -> None:
        self._errors = list(errors)

    async def __call__(self) -> str:
        if self._errors:
            raise self._errors.pop(0)
        return "written"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each pause, none of which is waited for."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


async def test_a_write_is_repeated_with_longer_and_longer_pauses(pauses: list[float]) -> None:
    errors = [
        DatabaseUnavailableError("it does not answer"),
        OperationalError("INSERT", {}, Exception("disk full")),
        MemoryError(),
        OSError(28, "No space left on device"),
    ]
    assert await retry_until_written(Write(errors), session="1") == "written"
    assert pauses == [0.5, 2.0, 5.0, 5.0]


async def test_any_other_error_is_raised_at_once(pauses: list[float]) -> None:
    with pytest.raises(KeyError):
        await retry_until_written(Write([KeyError("a mistake")]))
    assert pauses == []
