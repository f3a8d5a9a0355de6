"""Sessions whose process is ended while it is not needed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until


async def test_an_idle_session_is_parked_and_resumed(demo: Demo) -> None:
    async with running_api(demo, IDLE_TIMEOUT="2", WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say before the nap")
        assert len(api.claude_pids()) == 1
        await session.wait_for("session_state", lambda data: data["state"] == "parked")
        await until(lambda: not api.claude_pids())
        info = await session.info()
        assert (info["title"], info["state"], info["numTurns"]) == ("demo:say before the nap", "parked", 1)
        end = await session.ask("demo:recall")
        assert not end.data["isError"]
        said = texts(await session.messages())
        assert said[-1].endswith("demo:say before the nap")
        seqs = [event.data["seq"] for event in session.received]
        assert seqs == sorted(set(seqs))
        async with subscribed(api.client, session.id, after=seqs[3]) as late:
            await late.wait_for("turn_finished", lambda data: data["turnId"] == end.data["turnId"])
            assert min(event.data["seq"] for event in late.received) > seqs[3]


async def test_a_subscriber_of_a_parked_session_gets_whole_messages(demo: Demo) -> None:
    async with running_api(demo, IDLE_TIMEOUT="1", WARM_WORKERS="0") as api:
        async with open_session(api.client) as session:
            turn = await session.ask("demo:run echo tools-too")
            await session.wait_for("session_state", lambda data: data["state"] == "parked")
            last = session.received[-1].data["seq"]
        async with asyncio.timeout(20):  # the session has no reader now: its log goes
            while 'sessions{state="parked"} 0.0' not in (await api.client.get("/metrics")).text:
                await asyncio.sleep(0.1)
        async with subscribed(api.client, session.id, after=5) as late:
            end = await late.end_of(turn.data["turnId"])
            assert end.data["seq"] > last
            kinds = late.kinds(turn.data["turnId"])
            assert kinds[:2] == ["turn_started", "message"]
            assert "text_delta" not in kinds
            assert [event.data["toolUseId"] for event in late.of("tool_started")] == [
                event.data["toolUseId"] for event in session.of("tool_started")
            ]
            assert late.of("tool_finished")[0].data["content"] == "tools-too"
            last_form = {event.data["message"]["id"]: event.data["message"] for event in session.of("message")}
            for event in late.of("message"):
                message = event.data["message"]
                assert last_form[message["id"]]["content"][: len(message["content"])] == message["content"]


async def test_an_idle_session_releases_its_slot_for_another(demo: Demo) -> None:
    settings = {"MAX_SESSIONS": "1", "WARM_WORKERS": "0"}
    async with running_api(demo, **settings) as api, open_session(api.client) as one, open_session(api.client) as two:
        await one.ask("demo:say one")
        await two.ask("demo:say two")
        assert len(api.claude_pids()) == 1
        assert (await one.info())["state"] == "parked"
        await one.ask("demo:recall")
        assert texts(await one.messages())[-1].endswith("demo:say one")


async def test_callers_wait_in_order_and_the_queue_is_limited(demo: Demo) -> None:
    async with (
        running_api(demo, MAX_SESSIONS="1", QUEUE_LIMIT="2", WARM_WORKERS="0") as api,
        open_session(api.client) as busy,
        open_session(api.client) as one,
        open_session(api.client) as two,
        open_session(api.client) as three,
    ):
        turn = await busy.begin("demo:stream 400 20")
        first = await one.send("demo:say first")
        await one.wait_for("turn_queued")
        second = await two.send("demo:say second")
        await two.wait_for("turn_queued")
        refused = await api.client.post(f"{three.url}/messages", json={"prompt": "demo:say third"})
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await api.client.post("/query", json={"prompt": "x"})).status_code == 503
        await api.client.post(f"{busy.url}/interrupt")
        await busy.end_of(turn)
        ends = [await one.end_of(first), await two.end_of(second)]
        assert ends[0].data["at"] < ends[1].data["at"]
        assert not any(end.data["isError"] for end in ends)


async def test_a_prompt_that_arrives_slowly_uses_the_same_session_object(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0", IDLE_TIMEOUT="1") as api:
        made = (await api.client.post("/sessions", json={})).json()["id"]
        async with slowly(api, f"/sessions/{made}/messages", {"prompt": "demo:stream 50 20"}):
            await asyncio.sleep(3)  # the session is not used, and is removed from memory
            assert 'sessions{state="idle"} 0.0' in (await api.client.get("/metrics")).text
            assert (await api.client.get(f"/sessions/{made}")).status_code == 200
        async with subscribed(api.client, made) as session:
            await session.wait_for("text_delta")
            assert not (await session.ask("demo:say hello")).data["isError"]
            assert len(session.of("turn_started")) == len(session.of("turn_finished")) == 2


@asynccontextmanager
async def slowly(api: Api, path: str, body: object) -> AsyncIterator[None]:
    """Begins a request when the block begins, and sends its body when it ends."""
    content = json.dumps(body).encode()
    reader, writer = await asyncio.open_unix_connection(api.socket)
    head = f"POST {path} HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
    writer.write(head.encode() + b"\r\n\r\n")
    await writer.drain()
    yield
    writer.write(content)
    assert b" 202 " in await reader.readline()
    writer.close()
