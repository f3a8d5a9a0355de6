"""Two replicas of the gateway on one PostgreSQL behind a load balancer, for tests as if they were one."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.auth import SHARED, GatewayProcess, gateway_environment, running_upstreams
from tests.support.balancer import running_balancer
from tests.support.network import free_port


@dataclass(slots=True, kw_only=True)
class GatewayPair(GatewayProcess):
    """The port of the balancer, and the audits of both. The mails and log lines of both are in one file anyway."""

    gateways: tuple[GatewayProcess, GatewayProcess]

    def audit(self) -> list[dict[str, Any]]:
        lines = [line for gateway in self.gateways for line in GatewayProcess.audit(gateway)]
        return sorted(lines, key=lambda line: str(line["time"]))


@asynccontextmanager
async def running_gateways(database_url: str, **settings: str) -> AsyncIterator[GatewayPair]:
    """Runs two replicas with these settings, and one Resend for both."""
    folder = Path(tempfile.mkdtemp(prefix="gateways-"))
    port, mail_port = free_port(), free_port()
    common = {"DATABASE_URL": database_url, "PUBLIC_URL": f"http://localhost:{port}", **settings}
    async with AsyncExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        gateways = []
        for number in range(2):
            own = folder / str(number)
            (own / "run").mkdir(parents=True)
            if number:
                (own / "gateway.log").symlink_to(folder / "0" / "gateway.log")
            await running.enter_async_context(running_upstreams(own, free_port() if number else mail_port))
            environment = gateway_environment(own, free_port(), mail_port, {**SHARED, **common})
            gateway = GatewayProcess(folder=own, port=int(environment["PORT"]), environment=environment)
            await gateway.start()
            running.push_async_callback(gateway.stop)
            gateways.append(gateway)
        one, two = gateways
        running.enter_context(running_balancer(port, (one.port, two.port)))
        both = GatewayPair(
            folder=one.folder, port=port, environment=one.environment, gateways=(one, two), kept_connections=0
        )
        yield both
        for gateway in gateways:
            await gateway.stop()
            gateway.secrets |= both.secrets
            assert gateway.leaks() == []
