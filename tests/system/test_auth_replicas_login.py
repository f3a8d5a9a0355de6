"""Repeats the tests of the gateway through a load balancer, with two replicas on one PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.postgres import Postgres
from tests.support.rerun import selected_tests
from tests.support.two_gateways import GatewayPair, running_gateways

LEFT_OUT = (
    "test_limit_of_tabs",  # each replica counts its own
    "test_disconnect_of_the_caller_ends_the_stream",  # asks one of the two stand-ins
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(postgres: Postgres) -> AsyncIterator[GatewayPair]:
    async with running_gateways(await postgres.make_database()) as running:
        yield running


globals().update(
    selected_tests(
        "auth.test_attacks",
        "auth.test_commands",
        "auth.test_api_keys",
        "auth.test_rate_limits",
        "auth.test_proxy",
        "auth.test_login_sessions",
        "auth.test_host_and_origin",
        "auth.test_websocket",
        "auth.test_login_start",
        "auth.test_login_tokens",
        "auth.test_login_verify",
        using=("gateway",),
        leave_out=LEFT_OUT,
    )
)
