"""What every place for the counters promises: memory here, and the database that replicas share."""

import pytest

from auth.limits import KEY_FAILED, MOST_COUNTERS, Limits, NearLimits, Rule

RULE, OTHER = Rule("x", 3, 60), Rule("y", 1, 30)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def limits(clock: Clock) -> Limits:
    return NearLimits(clock)


async def wait(limits: Limits, rule: Rule, key: str) -> float:
    exceeded = await limits.ask((rule, key))
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


async def test_asking_counts_nothing(limits: Limits) -> None:
    for _ in range(5):
        assert await limits.ask((RULE, "a"), (OTHER, "a")) is None


async def test_all_or_nothing(limits: Limits, clock: Clock) -> None:
    assert await limits.take((RULE, "a"), (OTHER, "b")) is None
    for _ in range(5):
        exceeded = await limits.take((RULE, "a"), (OTHER, "b"))
        assert exceeded
        assert exceeded.rule == OTHER
    clock.now += 30
    # Of those five nothing was counted.
    assert await limits.take((RULE, "a"), (OTHER, "b")) is None
    assert await limits.take((RULE, "a")) is None
    assert await wait(limits, RULE, "a") == 30


async def test_given_back(limits: Limits) -> None:
    for _ in range(3):
        assert await limits.take((RULE, "a"), (OTHER, "b")) is None
        await limits.give_back((RULE, "a"), (OTHER, "b"))
    await limits.give_back((RULE, "a"), (OTHER, "never taken"))
    assert await limits.ask((RULE, "a"), (OTHER, "b")) is None


async def test_longest_wait_is_told(limits: Limits) -> None:
    await limits.take((OTHER, "a"))
    for _ in range(3):
        await limits.take((RULE, "a"))
    exceeded = await limits.ask((OTHER, "a"), (RULE, "a"))
    assert exceeded
    assert (exceeded.rule, exceeded.wait) == (RULE, 60)


async def test_flood_of_addresses_sets_nobody_free(limits: Limits, clock: Clock) -> None:
    near = NearLimits(clock)
    for _ in range(KEY_FAILED.times):
        await near.take((KEY_FAILED, "villain"))
    for number in range(MOST_COUNTERS + 500):
        await near.take((KEY_FAILED, str(number)))
    assert await near.ask((KEY_FAILED, "villain"))
    # Newcomers share what is left, and other rules have a space of their own.
    assert await near.ask((KEY_FAILED, "somebody new"))
    assert await near.ask((RULE, "somebody new")) is None
    assert sum(len(space) for space in near._spaces.values()) <= MOST_COUNTERS + 1
    clock.now += KEY_FAILED.seconds
    assert await near.ask((KEY_FAILED, "somebody new")) is None
    await near.take((KEY_FAILED, "somebody new"))
    assert sum(len(space) for space in near._spaces.values()) == 1
