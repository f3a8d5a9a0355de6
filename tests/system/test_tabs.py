"""Many tabs at once on the whole deployment: through the door, on the real app and api."""

import asyncio

import httpx2
import pytest

from tests.support.deployment import running_deployment
from tests.support.pids import children_of
from tests.support.tab_client import visiting_at
from tests.support.waiting import until

TABS = 20
PATIENCE = 240.0
"""Twenty apps start on as many processors as there are, two at a time."""


@pytest.mark.timeout(2 * PATIENCE)
async def test_twenty_tabs_through_the_door() -> None:
    async with (
        running_deployment(REATTACH_SECONDS="0") as deployment,
        httpx2.AsyncClient(base_url=deployment.url, headers={"Origin": deployment.url}, timeout=PATIENCE) as client,
    ):
        token = deployment.sign_in_link().partition("t=")[2]
        assert (await client.post("/auth/verify", data={"t": token})).is_redirect

        async def visit(number: int) -> None:
            address = f"{deployment.url.replace('http', 'ws')}/ws"
            async with visiting_at(address, client, f"tab-000000{number:02}") as visitor:
                await visitor.sees("Ask Claude anything", "owner@localhost", seconds=PATIENCE)
                await visitor.send("stdin", f"I am {number}.")
                await visitor.sees(f"I am {number}.", seconds=PATIENCE)
                await have_typed.wait()
                assert len(children_of(serve)) >= TABS
                assert len({other for other in range(TABS) if f"I am {other}." in visitor.text}) == 1

        have_typed, serve = asyncio.Barrier(TABS), deployment.pid_of("tui")
        async with asyncio.TaskGroup() as visits:
            for number in range(TABS):
                visits.create_task(visit(number))
        await until(lambda: len(children_of(serve)) <= 1, seconds=30)
