"""Two replicas on one PostgreSQL: a session runs on one of them, and callers can use either."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.support.api import Api
from tests.support.api_replicas import LEASE_SECONDS, ApiPair, running_api_pair
from tests.support.demo import Demo
from tests.support.http_caller import until_found
from tests.support.network import NO_TLS
from tests.support.pids import is_alive
from tests.support.postgres import Postgres
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until

SECRET = b"X-Replica-Secret"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(demo: Demo, postgres: Postgres) -> AsyncIterator[ApiPair]:
    async with running_api_pair(demo, await postgres.make_database()) as running:
        yield running


async def state_at(api: Api, session_id: str) -> Any:  # JSON
    """Returns the session's entry in the session list of that replica."""
    listed = (await api.client.get("/sessions")).json()["sessions"]
    return next(entry for entry in listed if entry["id"] == session_id)


@asynccontextmanager
async def paused(api: Api) -> AsyncIterator[None]:
    """Pauses the process until the block ends."""
    os.kill(api.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(api.pid, signal.SIGCONT)


async def test_either_replica_forwards_to_the_one_that_runs_the_session(pair: ApiPair) -> None:
    one, two = pair.one.client, pair.two.client
    async with open_session(one, title="shared") as here, subscribed(two, here.id) as there:
        assert not (await there.ask("demo:say from the other side")).data["isError"]
        assert texts(await there.messages()) == texts(await here.messages())
        turn = await there.send("demo:run mkdir made")
        opened = await there.wait_for("request_opened")
        async with asyncio.timeout(10):
            while (await state_at(pair.two, here.id))["state"] != "waiting":
                await asyncio.sleep(0.1)
        assert "shared" in (await two.get("/m/")).text
        page = (await two.get(f"/m/sessions/{here.id}")).text
        assert "mkdir made" in page
        assert (await there.answer(opened.data["request"]["id"], decision="allow")).status_code == 200
        assert not (await there.end_of(turn)).data["isError"]
        slow = await there.send("demo:stream 2000 20")
        await here.wait_for("text_delta", lambda data: data["turnId"] == slow)
        assert (await two.post(f"{here.url}/interrupt")).status_code == 202
        assert (await here.end_of(slow)).data["stopReason"] == "interrupted"
        assert (await two.patch(here.url, json={"title": "renamed there"})).json()["title"] == "renamed there"
        assert (await here.info())["title"] == "renamed there"
        question = {"prompt": "demo:recall", "options": {"sessionId": here.id}}
        answer = await two.post("/query", json=question, headers={"Idempotency-Key": "k", "X-Request-ID": "r-1"})
        assert "from the other side" in answer.json()["response"]
        assert answer.headers["X-Request-ID"] == "r-1"
        again = await two.post("/query", json=question, headers={"Idempotency-Key": "k"})
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (await two.delete(here.url)).status_code == 204
    assert (await one.get(f"/sessions/{here.id}")).status_code == 404
    assert '"request_id":"r-1"' not in pair.one.log.read_text()  # console lines, both with the id
    assert all("r-1" in api.log.read_text() for api in (pair.one, pair.two))


async def test_the_network_port_answers_only_replicas(pair: ApiPair) -> None:
    async with open_session(pair.one.client) as session, httpx2.AsyncClient(verify=NO_TLS) as stranger:
        url = pair.one.environment["REPLICA_URL"]
        strangers: list[dict[bytes, bytes]] = [{}, {SECRET: b""}, {SECRET: b"x"}, {SECRET: "ä".encode()}]
        for headers in strangers:
            for path in ("/sessions", session.url, "/health", "/nowhere"):
                answer = await stranger.get(f"{url}{path}", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_another_persons_session_is_not_found_on_any_replica(pair: ApiPair) -> None:
    async with open_session(pair.one.client) as session:
        for api in (pair.one, pair.two):
            answer = await api.client.get(session.url, headers={"X-Forwarded-User": "eve@example.com"})
            assert answer.status_code == 404


async def test_an_unreachable_owner_is_named_in_the_error(demo: Demo, postgres: Postgres) -> None:
    url = await postgres.make_database()
    async with running_api_pair(demo, url, reachable=False) as pair, open_session(pair.one.client) as session:
        answer = await pair.two.client.post(f"{session.url}/messages", json={"prompt": "demo:say x"})
        assert (answer.status_code, answer.json()["code"]) == (409, "session_elsewhere")
        assert answer.json()["replica"] == (pair.one.folder / "run" / "replica").read_text()


async def test_the_other_replica_continues_the_session_of_a_killed_one(pair: ApiPair) -> None:
    async with open_session(pair.one.client) as session:
        await session.ask("demo:say before")
        cut = await session.begin("demo:stream 2000 20")
        queued = [await session.send(f"demo:say {word}") for word in ("one", "two")]
        last = session.received[-1].data["seq"]
        await pair.one.kill()
    refused = await pair.two.client.post(f"/sessions/{session.id}/messages", json={"prompt": "demo:say too soon"})
    assert (refused.status_code, refused.json()["code"]) == (503, "replica_silent")
    assert 0 < int(refused.headers["Retry-After"]) <= LEASE_SECONDS + 1
    await until_found(pair.two.client, session.id)
    async with subscribed(pair.two.client, session.id, after=last) as again:
        await again.end_of(queued[-1])
        ends = [event.data["turnId"] for event in again.of("turn_finished")]
        assert ends[-3:] == [cut, *queued]
        assert len(set(ends)) == len(ends)
        assert again.of("turn_finished", cut)[0].data["code"] == "interrupted_by_restart"
        assert min(event.data["seq"] for event in again.received) > last
        lines = texts(await again.messages())
        assert [lines.count(f"assistant: {word}") for word in ("before", "one", "two")] == [1, 1, 1]
    await pair.one.start()


async def test_a_replica_that_was_paused_too_long_writes_nothing_afterwards(pair: ApiPair) -> None:
    async with open_session(pair.one.client) as session:
        await session.ask("demo:say before")
        cut = await session.begin("demo:stream 150 20")
        last = session.received[-1].data["seq"]
        pids = pair.one.claude_pids()
        async with paused(pair.one):
            await until_found(pair.two.client, session.id)
            async with subscribed(pair.two.client, session.id, after=last) as again:
                assert (await again.end_of(cut)).data["code"] == "interrupted_by_restart"
                assert not (await again.ask("demo:say after")).data["isError"]
                known = await again.messages()
        await until(lambda: not any(map(is_alive, pids)))
        async with subscribed(pair.one.client, session.id) as resumed:
            assert not (await resumed.ask("demo:say from the resumed replica")).data["isError"]
            messages = await resumed.messages()
            assert [end.data["turnId"] for end in resumed.of("turn_finished")].count(cut) == 1
        assert messages[: len(known)] == known
        text = "from the resumed replica"
        assert texts(messages[len(known) :]) == [f"user: demo:say {text}", f"assistant: {text}"]
        assert [end.data["turnId"] for end in session.of("turn_finished")].count(cut) == 0


async def test_a_restarted_replica_has_its_sessions_immediately(pair: ApiPair) -> None:
    async with open_session(pair.one.client) as session:
        cut = await session.begin("demo:stream 2000 20")
        await pair.one.kill()
    await pair.one.start()
    async with subscribed(pair.one.client, session.id) as again:
        assert (await again.end_of(cut)).data["code"] == "interrupted_by_restart"
        assert not (await again.ask("demo:say at once")).data["isError"]
