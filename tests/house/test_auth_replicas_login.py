"""Signing in and all that the door promises, once more: through a load balancer, at two doors on one PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.parts.again import those_of
from tests.parts.doors import Doors, running_doors
from tests.parts.postgres import Postgres

LEFT_OUT = (
    "test_at_most_so_many_tabs",  # each door counts its own
    "test_caller_who_leaves_is_noticed",  # asks the stand-in behind one door what it knows
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(postgres: Postgres) -> AsyncIterator[Doors]:
    async with running_doors(await postgres.make_database()) as running:
        yield running


globals().update(
    those_of(
        "test_auth_attacks",
        "test_auth_commands",
        "test_auth_keys",
        "test_auth_limits",
        "test_auth_proxy",
        "test_auth_session",
        "test_auth_sites",
        "test_auth_socket",
        "test_auth_start",
        "test_auth_verify",
        using=("door",),
        leave_out=LEFT_OUT,
    )
)
