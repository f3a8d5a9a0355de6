"""The contract of the rate limits, in memory and in the database that replicas share."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from auth.limits.in_memory import MAX_COUNTERS, InMemoryLimits
from auth.limits.rules import KEY_FAILED, Exceeded, Limits, Rule, RuleAndKey
from auth.limits.shared import SharedLimits
from auth.settings import read_settings
from auth.storage.database import open_database
from tests.support.postgres import Postgres

RULE, OTHER = Rule("x", 3, 60), Rule("y", 1, 30)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class AlternatingReplicas:
    """Counters in the database, used by another replica each time, so that none can rely on its memory."""

    def __init__(self, gateways: list[SharedLimits]) -> None:
        self._replicas = itertools.cycle(gateways)
        self._last = gateways[0]

    async def check(self, *counted: RuleAndKey) -> Exceeded | None:
        return await next(self._replicas).check(*counted)

    async def take(self, *counted: RuleAndKey) -> Exceeded | None:
        self._last = next(self._replicas)
        return await self._last.take(*counted)

    async def give_back(self, *counted: RuleAndKey) -> None:
        await self._last.give_back(*counted)


@pytest_asyncio.fixture(params=["memory", "one replica", "three replicas"])
async def limits(
    request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Limits]:
    if request.param == "memory":
        yield InMemoryLimits(clock)
        return
    server = Postgres(folder=request.getfixturevalue("postgres_folder"))
    await server.wait_ready()
    monkeypatch.setenv("DATABASE_URL", await server.make_database())
    async with open_database(read_settings()) as database:

        def of_a_replica() -> SharedLimits:
            return SharedLimits(database, InMemoryLimits(clock), clock=lambda: str(clock.now))

        yield (
            of_a_replica()
            if request.param == "one replica"
            else AlternatingReplicas([of_a_replica() for _ in range(3)])
        )


@pytest.fixture
async def shared(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[SharedLimits]]:
    """The limits of two replicas, with the database's clock."""
    monkeypatch.setenv("DATABASE_URL", await postgres.make_database())
    async with open_database(read_settings()) as database:
        yield [SharedLimits(database, InMemoryLimits()) for _ in range(2)]


async def test_race_never_exceeds_the_limit(shared: list[SharedLimits]) -> None:
    rule = Rule("race", 7, 600)
    taken = await asyncio.gather(*(limits.take((rule, "a"), (OTHER, str(n))) for n, limits in enumerate(shared * 20)))
    assert taken.count(None) == 7
    waits = [exceeded.wait for exceeded in taken if exceeded]
    assert all(0 < wait <= 600 for wait in waits)


async def test_expired_counters_are_deleted(shared: list[SharedLimits]) -> None:
    await shared[0].take((Rule("short", 1, 0.05), "a"), (RULE, "a"))
    await asyncio.sleep(0.1)
    assert await shared[1].delete_expired() == 1
    assert await shared[1].delete_expired() == 0
    assert await shared[1].take((Rule("short", 1, 0.05), "a")) is None


async def wait(limits: Limits, rule: Rule, key: str) -> float:
    exceeded = await limits.check((rule, key))
    return exceeded.wait if exceeded else 0


async def test_window_slides(limits: Limits, clock: Clock) -> None:
    for moment in (1000, 1010, 1020):
        clock.now = moment
        assert await limits.take((RULE, "a")) is None
    assert await wait(limits, RULE, "a") == 40
    exceeded = await limits.take((RULE, "a"))
    assert exceeded
    assert (exceeded.rule, exceeded.wait) == (RULE, 40)
    assert await wait(limits, RULE, "b") == 0
    assert await wait(limits, Rule("z", 3, 60), "a") == 0
    clock.now = 1060
    assert await limits.take((RULE, "a")) is None
    assert await wait(limits, RULE, "a") == 10


async def test_check_counts_nothing(limits: Limits) -> None:
    for _ in range(5):
        assert await limits.check((RULE, "a"), (OTHER, "a")) is None


async def test_all_or_nothing(limits: Limits, clock: Clock) -> None:
    assert await limits.take((RULE, "a"), (OTHER, "b")) is None
    for _ in range(5):
        exceeded = await limits.take((RULE, "a"), (OTHER, "b"))
        assert exceeded
        assert exceeded.rule == OTHER
    clock.now += 30
    # None of those five was counted.
    assert await limits.take((RULE, "a"), (OTHER, "b")) is None
    assert await limits.take((RULE, "a")) is None
    assert await wait(limits, RULE, "a") == 30


async def test_event_given_back_can_be_taken_again(limits: Limits) -> None:
    for _ in range(3):
        assert await limits.take((RULE, "a"), (OTHER, "b")) is None
        await limits.give_back((RULE, "a"), (OTHER, "b"))
    await limits.give_back((RULE, "a"), (OTHER, "never taken"))
    assert await limits.check((RULE, "a"), (OTHER, "b")) is None


async def test_longest_wait_is_returned(limits: Limits) -> None:
    await limits.take((OTHER, "a"))
    for _ in range(3):
        await limits.take((RULE, "a"))
    exceeded = await limits.check((OTHER, "a"), (RULE, "a"))
    assert exceeded
    assert (exceeded.rule, exceeded.wait) == (RULE, 60)


async def test_flood_of_addresses_resets_no_counter(clock: Clock) -> None:
    near = InMemoryLimits(clock)
    for _ in range(KEY_FAILED.times):
        await near.take((KEY_FAILED, "attacker"))
    for number in range(MAX_COUNTERS + 500):
        await near.take((KEY_FAILED, str(number)))
    assert await near.check((KEY_FAILED, "attacker"))
    # New keys share one counter, and other rules have their own.
    assert await near.check((KEY_FAILED, "new key"))
    assert await near.check((RULE, "new key")) is None
    assert sum(len(space) for space in near._counters.values()) <= MAX_COUNTERS + 1
    clock.now += KEY_FAILED.seconds
    assert await near.check((KEY_FAILED, "new key")) is None
    await near.take((KEY_FAILED, "new key"))
    assert sum(len(space) for space in near._counters.values()) == 1
