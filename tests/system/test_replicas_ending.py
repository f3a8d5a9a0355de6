"""One of two deployments is killed, paused or stopped during a turn; callers continue through the load balancer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.support.deployment import Deployment
from tests.support.http_caller import new_session, read_until, say, send, turn_ends
from tests.support.pids import is_alive
from tests.support.replicated_deployment import PATIENCE, ReplicatedDeployment, running_replicas
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(PATIENCE)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replicas() -> AsyncIterator[ReplicatedDeployment]:
    async with running_replicas(checks_health=True, DRAIN_SECONDS="60") as running:
        yield running


@pytest.fixture
async def client(replicas: ReplicatedDeployment) -> AsyncIterator[httpx2.AsyncClient]:
    async with replicas.client_for() as calling:
        yield calling


async def test_a_deployment_paused_during_a_turn_writes_nothing_afterwards(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    deployment = replicas.deployments[0]
    session, cut = await cut_short(replicas, deployment, client)
    processes = deployment.claude_pids()
    assert processes
    with deployment.paused():
        await until_here(client, session)
        await check_marked(client, session, cut)
        assert "my first words" in await say(client, session, "demo:recall")
        known = await messages(client, session)
    await until(lambda: not any(map(is_alive, processes)), seconds=60)
    await deployment.wait_healthy()
    async with replicas.client_for(at=deployment) as awake:
        assert await messages(awake, session) == known
        assert "my first words" in await say(awake, session, "demo:recall")
        ends = [event["turnId"] async for event in turn_ends(awake, session, 4)]
    assert len(set(ends)) == 4
    assert (await messages(client, session))[: len(known)] == known


async def test_the_other_deployment_takes_over_when_one_is_killed_during_a_turn(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    deployment = replicas.deployments[0]
    session, cut = await cut_short(replicas, deployment, client)
    queued = await send(client, session, "demo:say queued")
    await deployment.kill_all()
    await until_here(client, session)
    await check_marked(client, session, cut)
    ends = [event["turnId"] async for event in turn_ends(client, session, 3)]
    assert ends[-1] == queued
    assert "my first words" in await say(client, session, "demo:recall")
    transcript = str(await messages(client, session))
    assert transcript.count("'text': 'queued'") == 1
    await replicas.start_again(0)
    async with replicas.client_for(at=replicas.deployments[0]) as again:
        assert "my first words" in await say(again, session, "demo:recall")


async def test_a_stopping_deployment_finishes_its_turn_and_the_other_takes_new_work(
    replicas: ReplicatedDeployment, client: httpx2.AsyncClient
) -> None:
    deployment = replicas.deployments[0]
    async with replicas.client_for(at=deployment) as here:
        resting = await session_with_words(here)
        running = await session_with_words(here)
        turn = await send(here, running, "demo:run mkdir made-while-draining")
        opened = (await read_until(here, running, "request_opened"))[-1]["request"]
        queued = await send(here, running, "demo:say queued")
        deployment.process.terminate()
        async with asyncio.timeout(30):
            while (await here.get("/health")).status_code == httpx2.codes.OK:
                await asyncio.sleep(0.05)
        for path, body in (("/sessions", {}), ("/query", {"prompt": "demo:say new"})):
            refused = await here.post(path, json=body)
            assert (refused.status_code, refused.json()["code"]) == (503, "draining")
            assert refused.headers["Retry-After"]
    new = await persistent(client, "/query", {"prompt": "demo:say new"})
    assert new.json()["response"] == "new"
    recalled = await persistent(client, "/query", {"prompt": "demo:recall", "options": {"sessionId": resting}})
    assert "my first words" in recalled.json()["response"]
    assert deployment.process.returncode is None
    assert not (replicas.workspace / "made-while-draining").exists()
    answer = f"/sessions/{running}/requests/{opened['id']}"
    assert (await client.post(answer, json={"decision": "allow"})).status_code == httpx2.codes.OK
    async with asyncio.timeout(60):
        assert await deployment.process.wait() == 0
    assert (await client.get(f"/sessions/{running}")).status_code == httpx2.codes.OK, "its lease was given back"
    ends = [event async for event in turn_ends(client, running, 3)]
    assert [(end["turnId"], end["stopReason"]) for end in ends[1:]] == [(turn, "end_turn"), (queued, "end_turn")]
    assert (replicas.workspace / "made-while-draining").is_dir()
    transcript = str(await messages(client, running))
    assert transcript.count("made-while-draining") > 1
    assert transcript.count("'text': 'queued'") == 1


async def session_with_words(client: httpx2.AsyncClient) -> str:
    """Creates a session with a finished turn; returns its id."""
    session = await new_session(client)
    assert await say(client, session, "demo:say my first words") == "my first words"
    return session


async def cut_short(
    replicas: ReplicatedDeployment, deployment: Deployment, client: httpx2.AsyncClient
) -> tuple[str, str]:
    """Starts a very long turn in a new session of that deployment; returns the session and the turn."""
    async with replicas.client_for(at=deployment) as here:
        session = await session_with_words(here)
    turn = await send(client, session, "demo:stream 9000 20")
    await read_until(client, session, "text_delta")
    return session, turn


async def until_here(client: httpx2.AsyncClient, session: str) -> None:
    """Waits until the session can be read through the load balancer."""
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get(f"/sessions/{session}", timeout=3)).status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                continue  # the load balancer chose the deployment that has ended
            await asyncio.sleep(0.1)


async def check_marked(client: httpx2.AsyncClient, session: str, cut: str) -> None:
    """Checks that the session's second turn has one end, with the code for an interrupted turn."""
    ends = [event async for event in turn_ends(client, session, 2)]
    assert (ends[1]["turnId"], ends[1]["code"], ends[1]["isError"]) == (cut, "interrupted_by_restart", True)


async def persistent(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> httpx2.Response:
    """Sends the request again while the answer is 503 with Retry-After; returns the final answer."""
    async with asyncio.timeout(60):
        while (answer := await client.post(path, json=body)).status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            assert answer.headers["Retry-After"]
            await asyncio.sleep(0.2)
    return answer


async def messages(client: httpx2.AsyncClient, session: str) -> list[Any]:
    page = await client.get(f"/sessions/{session}/messages", params={"limit": 100})
    return list(page.raise_for_status().json()["messages"])
