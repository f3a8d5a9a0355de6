"""The API killed, stopped and started again: accepted prompts are not lost, and no process remains."""

import asyncio

import httpx2

from tests.support.api import running_api
from tests.support.demo import Demo
from tests.support.pids import is_alive
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until


async def test_accepted_prompts_survive_a_kill(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="1") as api:
        async with open_session(api.client) as session:
            await session.ask("demo:say before")
            cut = await session.begin("demo:stream 2000 20")
            queued = [await session.send(f"demo:say {word}") for word in ("one", "two")]
            last = session.received[-1].data["seq"]
            pids = api.claude_pids()
            assert pids
            await api.kill()
        await until(lambda: not any(map(is_alive, pids)))
        await api.start()
        async with subscribed(api.client, session.id, after=last) as again:
            await again.end_of(queued[-1])
            ends = again.of("turn_finished")
            assert [event.data["turnId"] for event in ends][-3:] == [cut, *queued]
            assert [event.data["turnId"] for event in ends].count(cut) == 1
            end = again.of("turn_finished", cut)[0].data
            assert (end["isError"], end["code"]) == (True, "interrupted_by_restart")
            assert min(event.data["seq"] for event in again.received) > last
            assert len({event.data["seq"] for event in again.received}) == len(again.received)
            said = texts(await again.messages())
            assert said[:2] == ["user: demo:say before", "assistant: before"]
            assert "user: demo:stream 2000 20" in said
            assert said[-4:] == ["user: demo:say one", "assistant: one", "user: demo:say two", "assistant: two"]
            assert texts([event.data["message"] for event in again.of("message")]) == said
        await api.stop()
        for file in (api.data / "claude").rglob("*.jsonl"):
            file.unlink()
        await api.start()
        async with subscribed(api.client, session.id) as restored:
            await restored.ask("demo:recall")
            assert texts(await restored.messages())[-1].endswith("demo:say before")


async def test_a_stop_ends_every_process_and_keeps_the_conversation(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="1") as api:
        async with open_session(api.client) as session:
            turn = await session.begin("demo:stream 2000 20")
            waiting = await session.send("demo:say later")
            await until(lambda: len(api.claude_pids()) == 2)
            pids = api.claude_pids()
            asking = asyncio.create_task(api.client.post("/query", json={"prompt": "demo:hang"}))
            await asyncio.sleep(0)
            loop = asyncio.get_running_loop()
            start = loop.time()
            await api.stop()
            assert loop.time() - start < 9.5
        await asyncio.gather(asking, return_exceptions=True)
        assert not any(map(is_alive, pids))
        await api.start()
        async with subscribed(api.client, session.id) as again:
            end = await again.end_of(turn)
            assert end.data["code"] == "interrupted_by_shutdown"
            assert (await again.end_of(waiting)).data["isError"] is False
            assert len(again.of("turn_finished", turn)) == 1


async def test_a_conversation_is_resumed_without_claude_codes_own_files(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as session:
            await session.ask("demo:say kept in the database")
        await api.stop()
        files = list((api.data / "claude").rglob("*.jsonl"))
        assert files
        for file in files:
            file.unlink()
        await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.ask("demo:recall")
            assert texts(await again.messages())[-1].endswith("demo:say kept in the database")


async def test_an_open_request_ends_with_its_turn_when_the_api_is_killed(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as session:
            turn = await session.send("demo:run mkdir lost")
            await session.wait_for("request_opened")
            await api.kill()
        await api.start()
        assert (await api.client.get(f"{session.url}/requests")).json() == {"requests": []}
        async with subscribed(api.client, session.id) as again:
            assert (await again.end_of(turn)).data["code"] == "interrupted_by_restart"
            assert not (await again.ask("demo:say on we go")).data["isError"]
        assert not (api.workspace / "lost").exists()


async def test_without_credentials_prompts_are_refused(demo: Demo) -> None:
    async with running_api(demo, DEMO="0") as api:
        made = (await api.client.post("/sessions", json={})).json()
        for url in ("/query", f"/sessions/{made['id']}/messages"):
            answer: httpx2.Response = await api.client.post(url, json={"prompt": "hi"})
            assert (answer.status_code, answer.json()["error"]) == (503, "CLAUDE_CODE_OAUTH_TOKEN not configured")
