"""Any program can be killed at any moment: supervisord restarts it, and the session continues."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest
import pytest_asyncio

from tests.support.deployment import Deployment, running_deployment
from tests.support.http_caller import new_session, read_until, say, send, turn_ends
from tests.support.network import NO_TLS
from tests.support.pids import is_alive

KEY = "a-key-for-the-tests-0123456789"
TIMEOUT = httpx2.Timeout(30)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment() -> AsyncIterator[Deployment]:
    async with running_deployment(CLAUDE_CODE_SDK_CONTAINER_API_KEY=f"ann:{KEY}") as running:
        yield running


@asynccontextmanager
async def calling(deployment: Deployment) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"X-API-Key": KEY}
    async with httpx2.AsyncClient(base_url=deployment.url, headers=headers, timeout=TIMEOUT, verify=NO_TLS) as client:
        yield client


async def start_streaming(client: httpx2.AsyncClient, prompt: str) -> tuple[str, int]:
    """Starts a long answer in a new session; returns the session and the seq of its last event."""
    session = await new_session(client, title="to be killed")
    await say(client, session, "demo:say my first words")
    await send(client, session, prompt)
    seen = await read_until(client, session, "text_delta")
    return session, seen[-1]["seq"]


async def until_restarted(deployment: Deployment, program: str, old: int) -> None:
    """Waits until the program has a new process and the api answers through the gateway."""
    async with asyncio.timeout(40), calling(deployment) as client:
        while True:
            with suppress(subprocess.CalledProcessError):  # the program is between its end and its restart
                if deployment.pid_of(program) not in (0, old):
                    break
            await asyncio.sleep(0.1)
        await until_answering(client)
    await deployment.wait_healthy()


async def until_answering(client: httpx2.AsyncClient) -> None:
    while not await answers(client):
        await asyncio.sleep(0.1)


async def answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/sessions")).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


@pytest.mark.parametrize("program", ["auth", "tui", "api", "demo"])
async def test_a_program_restarts_after_sigterm(deployment: Deployment, program: str) -> None:
    old = deployment.pid_of(program)
    deployment.signal(program, signal.SIGTERM)
    await until_restarted(deployment, program, old)


@pytest.mark.parametrize("program", ["auth", "tui"])
async def test_the_turn_continues_when_the_gateway_or_the_app_server_dies(deployment: Deployment, program: str) -> None:
    async with calling(deployment) as client:
        session, seq = await start_streaming(client, "demo:stream 300 20")
        old = deployment.pid_of(program)
        deployment.kill(program)
        await until_restarted(deployment, program, old)
    async with calling(deployment) as client:
        rest = await read_until(client, session, "turn_finished", after=seq)
        assert rest[-1]["stopReason"] == "end_turn"
        transcript = (await client.get(f"/sessions/{session}/messages")).text
        assert "word0 word1" in transcript
        assert "word299" in transcript


async def test_the_turn_ends_and_the_session_remains_when_the_api_dies(deployment: Deployment) -> None:
    async with calling(deployment) as client:
        session, _ = await start_streaming(client, "demo:stream 2000 20")
        old = deployment.pid_of("api")
        deployment.kill("api")
        await until_restarted(deployment, "api", old)
    async with calling(deployment) as client:
        async with asyncio.timeout(60):
            ends = [event async for event in turn_ends(client, session, 2)]
        assert [end["isError"] for end in ends] == [False, True]
        transcript = (await client.get(f"/sessions/{session}/messages")).json()["messages"]
        assert "demo:stream 2000 20" in json.dumps(transcript)
        assert "my first words" in await say(client, session, "demo:recall")


async def test_the_turn_has_one_end_and_the_session_continues_when_the_model_dies(deployment: Deployment) -> None:
    async with calling(deployment) as client:
        session, seq = await start_streaming(client, "demo:stream 100 20")
        deployment.kill("demo")
        rest = await read_until(client, session, "turn_finished", after=seq)
        # Claude Code retries if it can; otherwise the end of the turn has an error message.
        assert rest[-1]["stopReason"] == "end_turn" or rest[-1]["error"]
        await until_answering(client)
        assert "my first words" in await say(client, session, "demo:recall")


async def test_sigterm_ends_every_program_within_ten_seconds(deployment: Deployment) -> None:
    async with calling(deployment) as client:
        await start_streaming(client, "demo:stream 2000 20")
    pids = [deployment.pid_of(program) for program in ("auth", "api", "tui", "demo")]
    deployment.process.terminate()
    async with asyncio.timeout(10):
        await deployment.process.wait()
    assert not [pid for pid in pids if is_alive(pid)]
