"""Runs two whole deployments on one PostgreSQL and one workspace behind a load balancer."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.support.api import Api
from tests.support.balancer import running_balancer
from tests.support.deployment import Deployment, running_deployment
from tests.support.network import NO_TLS, free_port
from tests.support.postgres import Postgres, PostgresServer, running_postgres

ADDRESS = "ann@example.com"
KEYS = {
    ADDRESS: "a-key-for-the-tests-0123456789",
    "ada@example.com": "a-key-of-ada-0123456789",
    "bob@example.com": "a-key-of-bob-0123456789",
}
"""The users and their API keys."""
LEASE_SECONDS = 3.0
LONG = httpx2.Timeout(90)
PATIENCE = 300
"""Seconds for a test including the start of both deployments, which takes most of it on a busy machine."""
SECRET = "1f0c6b7a9e5d4c3b2a19087f6e5d4c3b"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedDeployment:
    """Two running deployments that share a database and a workspace."""

    url: str
    """The load balancer's URL."""
    deployments: list[Deployment]
    database: PostgresServer
    workspace: Path
    start: Callable[[int], Awaitable[Deployment]]
    """Starts the deployment with that number."""

    @asynccontextmanager
    async def client_for(
        self, user: str = ADDRESS, *, at: Deployment | None = None
    ) -> AsyncIterator[httpx2.AsyncClient]:
        """Opens a client with that user's key that opens a new connection for every request.

        Args:
            at: the deployment to call; by default the load balancer chooses one for every request.
        """
        transport = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0), verify=NO_TLS)
        url, headers = at.url if at else self.url, {"X-API-Key": KEYS[user]}
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=LONG, transport=transport) as client:
            yield client

    async def start_again(self, number: int) -> None:
        """Starts a deployment that has ended again, with its old data."""
        self.deployments[number] = await self.start(number)


@dataclass(slots=True, kw_only=True)
class ReplicatedApi(Api):
    """The api as a caller of the replicated deployment sees it; it has no process, socket or log of its own."""

    environment: dict[str, str] = field(default_factory=dict)
    user: str = ADDRESS
    replicas: ReplicatedDeployment

    def client_for(self, user: str | None = None) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
        return self.replicas.client_for(user or ADDRESS)


@asynccontextmanager
async def running_replicas(*, checks_health: bool = False, **more: str) -> AsyncIterator[ReplicatedDeployment]:
    """Runs two deployments on a new PostgreSQL, with these additional settings, until the block ends.

    Args:
        checks_health: whether the load balancer skips unhealthy deployments.
    """
    port, ports = free_port(), (free_port(), free_port())
    async with AsyncExitStack() as running:
        database = running.enter_context(running_postgres())
        postgres = Postgres(folder=database.folder)
        await postgres.wait_ready()
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="shared-")))
        settings: dict[str, Any] = {
            "DATABASE_URL": await postgres.make_database(),
            "WORKSPACE_DIR": str(folder / "workspace"),
            "PUBLIC_URL": f"http://localhost:{port}",
            "CLAUDE_CODE_SDK_CONTAINER_API_KEY": ",".join(f"{user}:{key}" for user, key in KEYS.items()),
            "ALLOWED_EMAILS": ADDRESS,
            "SESSION_SECRET": SECRET,
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "WARM_WORKERS": "0",
            **more,
        }

        urls = [f"http://127.0.0.1:{free_port()}" for _ in ports]

        async def start(number: int) -> Deployment:
            own = {"PORT": str(ports[number]), "REPLICA_URL": urls[number], **settings}
            (folder / str(number)).mkdir(exist_ok=True)
            return await running.enter_async_context(running_deployment(at=folder / str(number), **own))

        deployments = [await start(number) for number in range(2)]
        running.enter_context(running_balancer(port, ports, checks_health=checks_health))
        yield ReplicatedDeployment(
            url=f"http://localhost:{port}",
            deployments=deployments,
            database=database,
            workspace=folder / "workspace",
            start=start,
        )
