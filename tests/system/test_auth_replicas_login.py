"""Repeats the tests of the gateway through a load balancer, with two replicas on one PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.postgres import Postgres
from tests.support.rerun import selected_tests
from tests.support.two_gateways import GatewayPair, running_gateways

LEFT_OUT = (
    "test_at_most_so_many_tabs",  # each gateway counts its own
    "test_caller_who_leaves_is_noticed",  # asks the stand-in behind one gateway what it knows
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(postgres: Postgres) -> AsyncIterator[GatewayPair]:
    async with running_gateways(await postgres.make_database()) as running:
        yield running


globals().update(
    selected_tests(
        "auth.test_attacks",
        "auth.test_commands",
        "auth.test_keys",
        "auth.test_limits",
        "auth.test_proxy",
        "auth.test_session",
        "auth.test_sites",
        "auth.test_socket",
        "auth.test_start",
        "auth.test_verify",
        using=("gateway",),
        leave_out=LEFT_OUT,
    )
)
