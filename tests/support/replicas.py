"""Two apis on one PostgreSQL and one workspace, each reachable by the other."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.network import free_port

LEASE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two replicas; what one begins the other can go on with."""

    one: Api
    two: Api


@asynccontextmanager
async def running_pair(
    demo: Demo, database_url: str, *, reachable: bool = True, **settings: str
) -> AsyncIterator[Pair]:
    """Starts two replicas; ends both with the block."""
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
        yield Pair(one=apis[0], two=apis[1])
