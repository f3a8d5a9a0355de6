"""While the disk or memory is full, turns end and are published; what is missing is stored later."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from tests.support.api import Api, api_client, database, running_api
from tests.support.demo import Demo
from tests.support.session_client import SessionClient, open_session, subscribed
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(demo: Demo) -> AsyncIterator[Api]:
    async with running_api(demo, WARM_WORKERS="1") as running:
        yield running


@contextmanager
def limited(api: Api, what: int, most: int) -> Iterator[None]:
    """The api may have no more than that."""
    before = resource.prlimit(api.pid, what)
    resource.prlimit(api.pid, what, (most, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(api.pid, what, before)


def full_disk(api: Api) -> AbstractContextManager[None]:
    """No file of the api may grow, as on a disk without a free byte."""
    return limited(api, resource.RLIMIT_FSIZE, 0)


def no_memory(api: Api) -> AbstractContextManager[None]:
    """The api gets no page more than it has."""
    pages = int(Path(f"/proc/{api.pid}/statm").read_text().split()[0])
    return limited(api, resource.RLIMIT_AS, pages * resource.getpagesize())


async def ends(session: SessionClient) -> list[str]:
    """The turns that ended, by a subscriber who comes now."""
    async with subscribed(session.client, session.id) as late:
        await late.wait_for("turn_finished")
        await until(lambda: len(late.of("turn_finished")) >= len(session.of("turn_finished")), seconds=1)
        return [event.data["turnId"] for event in late.of("turn_finished")]


async def test_accepted_prompts_end_once_although_the_disk_was_full(api: Api) -> None:
    async with open_session(api.client) as session:
        running = await session.send("demo:stream 40 20")
        waiting = [await session.send("demo:say second"), await session.send("demo:say third")]
        await session.wait_for("text_delta")
        with full_disk(api):
            assert (await session.end_of(running)).data["stopReason"] == "end_turn"
            refused = await api.client.post(f"{session.url}/messages", json={"prompt": "demo:say lost?"})
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
            assert "Retry-After" in refused.headers
        for turn in waiting:
            assert (await session.end_of(turn)).data["isError"] is False
        turns = [running, *waiting]
        assert [event.data["turnId"] for event in session.of("turn_finished")] == turns
        await written(session, len(turns))
        await api.kill()
        await api.start()
        assert await ends(session) == turns


def column(api: Api, session: SessionClient, name: str) -> str:
    """A column of the session as it is on disk."""
    with database(api) as connection:
        (value,) = connection.execute(f"SELECT {name} FROM sessions WHERE id = ?", (session.id,)).fetchone()
    return str(value)


async def test_a_turn_continues_although_its_new_mode_cannot_be_stored_yet(api: Api) -> None:
    async with open_session(api.client, options={"permissionMode": "plan"}) as session:
        turn = await session.send("demo:plan")
        plan = (await session.wait_for("request_opened")).data["request"]
        with full_disk(api):
            await session.answer(plan["id"], decision="allow")
            assert (await session.end_of(turn)).data["stopReason"] == "end_turn"
        mode = (await session.info())["permissionMode"]
        assert mode != "plan"
        await until(lambda: column(api, session, "permission_mode") == mode)


async def test_an_always_rule_is_stored_later_if_the_disk_is_full(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:run touch on full-disk")
        asked = (await session.wait_for("request_opened")).data["request"]
        with full_disk(api):
            await session.answer(asked["id"], decision="allow", remember=True)
            await session.end_of(turn)
        assert not session.of("tool_finished", turn)[0].data["isError"]
        await until(lambda: "Bash(touch on *)" in column(api, session, "options"))


async def test_a_prompt_counts_as_withdrawn_once_that_is_stored(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.begin("demo:stream 60 20")
        waiting = await session.send("demo:say I was taken back")
        with full_disk(api):
            refused = await api.client.delete(f"{session.url}/messages/{waiting}")
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        await session.wait_for("turn_withdrawn", lambda data: data["turnId"] == waiting)
        with database(api) as connection:
            assert connection.execute("SELECT state FROM turns WHERE id = ?", (waiting,)).fetchone() == ("withdrawn",)
        assert not session.of("turn_started", waiting)


async def test_accepted_prompts_end_once_although_memory_was_full(api: Api) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(open_session(api.client)) for _ in range(3)]
        turns: dict[str, list[str]] = {session.id: [] for session in sessions}
        for session in sessions:
            turns[session.id] += [await session.send("demo:stream 20 20"), await session.send("demo:say second")]
        for session in sessions:
            await session.wait_for("text_delta")
        with no_memory(api):
            for _ in range(10):
                for session in sessions:
                    url, prompt = f"{session.url}/messages", {"prompt": "demo:say another"}
                    with suppress(httpx2.TransportError):  # a connection may find no memory
                        answer = await api.client.post(url, json=prompt, timeout=3)
                        turns[session.id] += [answer.json()["turnId"]] if answer.status_code == 202 else []
                await asyncio.sleep(0.2)
        if not Path(f"/proc/{api.pid}").exists():  # Python itself may give up; a supervisor starts it again
            await api.kill()
            await api.start()
        for session in sessions:
            await each_ends_once(session, turns[session.id])
            await written(session, len(turns[session.id]))
        await api.kill()
        await api.start()
        for session in sessions:
            await each_ends_once(session, turns[session.id])


async def each_ends_once(session: SessionClient, turns: list[str]) -> None:
    """To the ears of a subscriber who comes now, each of them ends, and none twice."""
    async with subscribed(session.client, session.id) as late:
        for turn in turns:
            await late.end_of(turn)
        await asyncio.sleep(0.5)
        found = [event.data["turnId"] for event in late.of("turn_finished")]
        assert len(found) == len(set(found))


async def written(session: SessionClient, turns: int) -> None:
    """Waits until the turns are stored, so that the session may be removed from memory."""
    async with asyncio.timeout(30):
        while (await session.info())["numTurns"] < turns:
            await asyncio.sleep(0.1)


async def test_queries_and_workers_recover_after_a_full_disk(api: Api) -> None:
    with full_disk(api):
        failed = await api.client.post("/query", json={"prompt": "demo:say hello"})
        assert failed.status_code == 503
    async with asyncio.timeout(30):
        while True:
            answer = await api.client.post("/query", json={"prompt": "demo:say hello"})
            if answer.status_code == 200:
                break
    assert answer.json()["response"] == "hello"
    metrics = (await api.client.get("/metrics")).text
    assert 'claude_workers{state="busy"} 0.0' in metrics.replace("\r", "")


async def test_a_closed_connection_is_released_soon(api: Api) -> None:
    before = open_files(api)
    for _ in range(40):
        async with api_client(api.socket) as client:
            await client.get("/health")
    await until(lambda: open_files(api) <= before + 20)


def open_files(api: Api) -> int:
    return len(list(Path(f"/proc/{api.pid}/fd").iterdir()))
