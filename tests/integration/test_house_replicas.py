"""Two whole houses on one PostgreSQL behind a load balancer, as a team has them."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.integration.test_house_kills import read_until, turn_ends
from tests.parts.balancer import balancing
from tests.parts.house import House, free_port, running_house
from tests.parts.postgres import Postgres, Server, running_postgres

KEY = "a-key-for-the-tests-0123456789"
ADDRESS = "ann@example.com"
LONG = httpx2.Timeout(90)
SECRET = "1f0c6b7a9e5d4c3b2a19087f6e5d4c3b"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """What a team has."""

    url: str
    """The balancer."""
    houses: tuple[House, House]
    database: Server


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with running_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(database: Server) -> AsyncIterator[Team]:
    postgres = Postgres(folder=database.folder)
    await postgres.until_it_answers()
    port, ports = free_port(), (free_port(), free_port())
    async with AsyncExitStack() as running:
        workspace = running.enter_context(tempfile.TemporaryDirectory(prefix="shared-"))
        settings: dict[str, Any] = {
            "DATABASE_URL": await postgres.make_database(),
            "WORKSPACE_DIR": workspace,
            "PUBLIC_URL": f"http://localhost:{port}",
            "CLAUDE_CODE_SDK_CONTAINER_API_KEY": f"{ADDRESS}:{KEY}",
            "ALLOWED_EMAILS": ADDRESS,
            "SESSION_SECRET": SECRET,
            "LEASE_SECONDS": "3",
            "WARM_WORKERS": "0",
        }

        async def start(own: int) -> House:
            url = f"http://127.0.0.1:{free_port()}"
            return await running.enter_async_context(running_house(PORT=str(own), REPLICA_URL=url, **settings))

        houses = (await start(ports[0]), await start(ports[1]))
        await running.enter_async_context(balancing(port, ports))
        yield Team(url=f"http://localhost:{port}", houses=houses, database=database)


@pytest.fixture
async def client(team: Team) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls through the balancer, each time over a new connection."""
    transport = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))
    headers = {"X-API-Key": KEY}
    async with httpx2.AsyncClient(base_url=team.url, headers=headers, timeout=LONG, transport=transport) as calling:
        yield calling


async def test_a_link_of_one_house_signs_in_at_any_and_the_api_answers_at_any(
    team: Team, client: httpx2.AsyncClient
) -> None:
    async with httpx2.AsyncClient(base_url=team.url, timeout=LONG) as browser:
        browser.headers["Origin"] = team.url
        link = await new_link(team, browser)
        page = await browser.get(link)
        assert page.status_code in (200, 302), page.text
        assert [(await browser.get("/auth/user")).json()["email"] for _ in range(4)] == [ADDRESS] * 4
    answers = [(await client.post("/query", json={"prompt": "demo:say both"})).json()["response"] for _ in range(4)]
    assert answers == ["both"] * 4
    session = (await client.post("/sessions", json={"title": "anywhere"})).json()["id"]
    for number in range(4):
        await client.post(f"/sessions/{session}/messages", json={"prompt": f"demo:say {number}"})
        await read_until(client, session, "turn_finished")
    told = [event["seq"] async for event in turn_ends(client, session, 4)]
    assert len(set(told)) == 4
    lists = [(await client.get("/sessions")).json()["sessions"] for _ in range(4)]
    assert {listed[0]["title"] for listed in lists} == {"anywhere"}


async def test_the_database_may_start_again_in_mid_turn(team: Team, client: httpx2.AsyncClient) -> None:
    session = (await client.post("/sessions", json={})).json()["id"]
    sent = await client.post(f"/sessions/{session}/messages", json={"prompt": "demo:stream 300 20"})
    turn = sent.json()["turnId"]
    await read_until(client, session, "text_delta")
    team.database.kill()
    async with asyncio.timeout(30):
        while (refused := await client.post("/sessions", json={})).status_code < 500:
            await asyncio.sleep(0.1)
    assert refused.status_code == 503
    assert "Traceback" not in refused.text
    assert refused.headers["Retry-After"]
    team.database.start()
    await Postgres(folder=team.database.folder).until_it_answers()
    async with asyncio.timeout(60):
        while (await client.get(f"/sessions/{session}")).status_code != httpx2.codes.OK:
            await asyncio.sleep(0.2)
    ended = (await read_until(client, session, "turn_finished"))[-1]
    assert (ended["turnId"], ended["stopReason"]) == (turn, "end_turn")
    async with asyncio.timeout(60):
        while "word299" not in (await client.get(f"/sessions/{session}/messages")).text:
            await asyncio.sleep(0.2)


async def test_the_other_house_goes_on_when_one_is_stopped(team: Team, client: httpx2.AsyncClient) -> None:
    session = (await client.post("/sessions", json={})).json()["id"]
    await client.post(f"/sessions/{session}/messages", json={"prompt": "demo:say my first words"})
    await read_until(client, session, "turn_finished")
    team.houses[0].process.send_signal(signal.SIGTERM)
    await team.houses[0].process.wait()
    async with asyncio.timeout(60):
        while (await client.get(f"/sessions/{session}")).status_code != httpx2.codes.OK:
            await asyncio.sleep(0.2)
    answer = await client.post("/query", json={"prompt": "demo:recall", "options": {"sessionId": session}})
    assert "my first words" in answer.json()["response"]


async def new_link(team: Team, browser: httpx2.AsyncClient) -> str:
    """Asks for a sign-in link, wherever the balancer leads; it is printed there."""
    known = {link for house in team.houses for link in links(house)}
    started = await browser.post("/auth/start", json={"email": ADDRESS})
    assert started.status_code == 204, started.text
    async with asyncio.timeout(60):
        while not (new := {link for house in team.houses for link in links(house)} - known):
            await asyncio.sleep(0.05)
    return new.pop()


def links(house: House) -> list[str]:
    return [word for word in house.log.read_text().split() if "/auth/verify?t=" in word]
