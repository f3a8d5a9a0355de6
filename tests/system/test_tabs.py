"""Twenty tabs at once in a whole deployment, through the gateway."""

import asyncio

import httpx2
import pytest

from tests.support.deployment import running_deployment
from tests.support.pids import children_of
from tests.support.tab_client import connect_tab_to
from tests.support.waiting import until

TABS = 20
TIMEOUT = 240.0
"""As many of the twenty apps start at the same time as there are processors."""


@pytest.mark.timeout(2 * TIMEOUT)
async def test_twenty_tabs_through_the_gateway() -> None:
    async with (
        running_deployment(REATTACH_SECONDS="0") as deployment,
        httpx2.AsyncClient(base_url=deployment.url, headers={"Origin": deployment.url}, timeout=TIMEOUT) as client,
    ):
        token = deployment.sign_in_link().partition("t=")[2]
        assert (await client.post("/auth/verify", data={"t": token})).is_redirect

        async def use_tab(number: int) -> None:
            address = f"{deployment.url.replace('http', 'ws')}/ws"
            async with connect_tab_to(address, client, f"tab-000000{number:02}") as tab:
                await tab.wait_for("Ask Claude anything", "owner@localhost", seconds=TIMEOUT)
                await tab.send("stdin", f"I am {number}.")
                await tab.wait_for(f"I am {number}.", seconds=TIMEOUT)
                await have_typed.wait()
                assert len(children_of(serve)) >= TABS
                assert len({other for other in range(TABS) if f"I am {other}." in tab.text}) == 1

        have_typed, serve = asyncio.Barrier(TABS), deployment.pid_of("tui")
        async with asyncio.TaskGroup() as tabs:
            for number in range(TABS):
                tabs.create_task(use_tab(number))
        await until(lambda: len(children_of(serve)) <= 1, seconds=30)
