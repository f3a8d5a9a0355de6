"""Two whole deployments on one PostgreSQL behind a load balancer."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from tests.support.http_caller import new_session, read_until, say, send, turn_ends, until_found
from tests.support.postgres import Postgres
from tests.support.replicated_deployment import (
    ADDRESS,
    LONG,
    PATIENCE,
    ReplicatedDeployment,
    running_replicas,
)
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(PATIENCE)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replicas() -> AsyncIterator[ReplicatedDeployment]:
    async with running_replicas() as running:
        yield running


@pytest.fixture
async def client(replicas: ReplicatedDeployment) -> AsyncIterator[httpx2.AsyncClient]:
    async with replicas.client_for() as calling:
        yield calling


async def test_a_sign_in_link_and_the_api_work_on_every_deployment(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    async with httpx2.AsyncClient(base_url=replicas.url, timeout=LONG) as browser:
        browser.headers["Origin"] = replicas.url
        link = await new_link(replicas, browser)
        page = await browser.get(link)
        assert page.status_code in (200, 302), page.text
        assert [(await browser.get("/auth/user")).json()["email"] for _ in range(4)] == [ADDRESS] * 4
    answers = [(await client.post("/query", json={"prompt": "demo:say both"})).json()["response"] for _ in range(4)]
    assert answers == ["both"] * 4
    session = await new_session(client, title="anywhere")
    for number in range(4):
        await send(client, session, f"demo:say {number}")
        await read_until(client, session, "turn_finished")
    ends = [event["seq"] async for event in turn_ends(client, session, 4)]
    assert len(set(ends)) == 4
    lists = [(await client.get("/sessions")).json()["sessions"] for _ in range(4)]
    assert {listed[0]["title"] for listed in lists} == {"anywhere"}


async def test_a_turn_survives_a_restart_of_the_database(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    session = await new_session(client)
    turn = await send(client, session, "demo:stream 300 20")
    await read_until(client, session, "text_delta")
    replicas.database.kill()
    async with asyncio.timeout(30):
        while (refused := await client.post("/sessions", json={})).status_code < 500:
            await asyncio.sleep(0.1)
    assert refused.status_code == 503
    assert "Traceback" not in refused.text
    assert refused.headers["Retry-After"]
    replicas.database.start()
    await Postgres(folder=replicas.database.folder).wait_ready()
    await until_found(client, session)
    ended = (await read_until(client, session, "turn_finished"))[-1]
    assert (ended["turnId"], ended["stopReason"]) == (turn, "end_turn")
    async with asyncio.timeout(60):
        while "word299" not in (await client.get(f"/sessions/{session}/messages")).text:
            await asyncio.sleep(0.2)


async def test_the_other_deployment_continues_when_one_is_stopped(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    session = await new_session(client)
    await say(client, session, "demo:say my first words")
    replicas.deployments[0].process.send_signal(signal.SIGTERM)
    await replicas.deployments[0].process.wait()
    await until_found(client, session)
    answer = await client.post("/query", json={"prompt": "demo:recall", "options": {"sessionId": session}})
    assert "my first words" in answer.json()["response"]


async def new_link(replicas: ReplicatedDeployment, browser: httpx2.AsyncClient) -> str:
    """Requests a sign-in link through the load balancer and finds it in a deployment's log."""
    known = printed_links(replicas)
    started = await browser.post("/auth/start", json={"email": ADDRESS})
    assert started.status_code == 204, started.text
    new: set[str] = await until(lambda: printed_links(replicas) - known, seconds=60)
    return new.pop()


def printed_links(replicas: ReplicatedDeployment) -> set[str]:
    return {link for deployment in replicas.deployments for link in deployment.printed_links()}
