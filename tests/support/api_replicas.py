"""Runs two apis on one PostgreSQL and one workspace, which can reach each other."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.network import free_port

LEASE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPair:
    """Two replicas of the api, which can continue each other's sessions."""

    one: Api
    two: Api


@asynccontextmanager
async def running_api_pair(
    demo: Demo, database_url: str, *, reachable: bool = True, **settings: str
) -> AsyncIterator[ApiPair]:
    """Runs two replicas until the block ends."""
    async with AsyncExitStack() as running:
        workspace = running.enter_context(tempfile.TemporaryDirectory(prefix="shared-"))
        common = {
            "DATABASE_URL": database_url,
            "WORKSPACE_DIR": workspace,
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "WARM_WORKERS": "0",
            **settings,
        }
        apis = []
        for _ in range(2):
            url = {"REPLICA_URL": f"http://127.0.0.1:{free_port()}"} if reachable else {}
            apis.append(await running.enter_async_context(running_api(demo, **common, **url)))
        yield ApiPair(one=apis[0], two=apis[1])
