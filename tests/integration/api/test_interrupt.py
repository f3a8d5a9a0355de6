"""Turns that are stopped: by a person, by a caller that disconnects, or because Claude Code ends."""

import asyncio
import os
import signal

import httpx2
import pytest

from tests.support.api import Api, api_client, locked, running_api
from tests.support.demo import Demo
from tests.support.pids import all_pids, command_of
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until


async def test_an_interrupted_turn_keeps_its_partial_answer(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.begin("demo:stream 2000 20")
        loop = asyncio.get_running_loop()
        start = loop.time()
        assert (await api.client.post(f"{session.url}/interrupt")).status_code == 202
        end = await session.end_of(turn)
        assert loop.time() - start < 5
        assert (end.data["stopReason"], end.data["isError"]) == ("interrupted", False)
        assert "word0" in session.of("message", turn)[-1].data["message"]["content"][0]["text"]
        again = await session.ask("demo:recall")
        assert not again.data["isError"]
        assert texts(await session.messages())[-1].endswith("demo:stream 2000 20")
        assert (await api.client.post(f"{session.url}/interrupt")).status_code == 202  # nothing runs: nothing happens


async def test_an_interrupt_right_after_a_prompt_stops_it(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say before")
        for number in range(5):
            turn = await session.send(f"demo:stream 2000 20 {number}")
            answer = await api.client.post(f"{session.url}/interrupt")
            assert answer.status_code == 202
            assert (await session.end_of(turn)).data["stopReason"] == "interrupted"
        assert len(session.of("turn_started")) == len(session.of("turn_finished")) == 6


async def test_an_interrupt_withdraws_a_prompt_that_waits_for_a_process(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0", MAX_SESSIONS="1") as api, open_session(api.client) as busy:
        running = await busy.begin("demo:stream 2000 20")
        async with open_session(api.client) as session:
            turn = await session.send("demo:say never")
            await api.client.post(f"{session.url}/interrupt")
            await session.wait_for("turn_withdrawn", lambda data: data["turnId"] == turn)
            assert (await session.info())["state"] == "idle"
            assert 'claude_line{for="process"} 0.0' in (await api.client.get("/metrics")).text
            for number in range(3):
                turn = await session.send(f"demo:say never {number}")
                assert (await api.client.delete(f"{session.url}/messages/{turn}")).status_code == 204
            waiting = await session.send("demo:say at last")
            assert (await session.info())["state"] == "running"
            assert not busy.of("turn_finished")
            await api.client.post(f"{busy.url}/interrupt")
            assert not (await session.end_of(waiting)).data["isError"]
        assert (await busy.end_of(running)).data["stopReason"] == "interrupted"
        async with open_session(api.client) as session:
            await session.ask("demo:say next")
            assert texts(await session.messages()) == ["user: demo:say next", "assistant: next"]


async def test_a_prompt_is_withdrawn_even_if_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        running = await session.send("demo:stream 2000 20")
        turn = await session.send("demo:say never")
        await session.wait_for("text_delta")
        with locked(api), pytest.raises(httpx2.TimeoutException):
            await api.client.delete(f"{session.url}/messages/{turn}", timeout=0.5)
        await session.wait_for("turn_withdrawn", lambda data: data["turnId"] == turn)
        await api.client.post(f"{session.url}/interrupt")
        await session.end_of(running)
        await api.kill()
        await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.ask("demo:say next")
            assert not again.of("turn_started", turn)


async def test_a_process_that_ignores_an_interrupt_is_killed_and_resumed(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say before")
        turn = await session.begin("demo:stream 2000 20")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGSTOP)
        await api.client.post(f"{session.url}/interrupt")
        end = await session.end_of(turn)
        assert end.data["stopReason"] == "interrupted"
        await until(lambda: pid not in api.claude_pids())
        await session.ask("demo:recall")
        assert texts(await session.messages())[-1].endswith("demo:say before")


async def test_a_process_that_ignores_an_interrupt_is_killed_even_if_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        turn = await session.send("demo:stream 2000 20")
        await session.wait_for("text_delta")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(httpx2.TimeoutException):
            await api.client.post(f"{session.url}/interrupt", timeout=0.5)
        assert (await session.end_of(turn)).data["stopReason"] == "interrupted"


async def test_a_second_interrupt_kills_at_once(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say before")
        turn = await session.begin("demo:stream 2000 20")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGSTOP)
        both = [api.client.post(f"{session.url}/interrupt") for _ in range(2)]
        assert [answer.status_code for answer in await asyncio.gather(*both)] == [202, 202]
        assert (await session.end_of(turn)).data["stopReason"] == "interrupted"
        assert len(session.of("turn_finished", turn)) == 1
        assert "interrupted twice" in api.log.read_text()
        await session.ask("demo:recall")
        assert texts(await session.messages())[-1].endswith("demo:say before")


async def test_a_killed_process_ends_the_turn_and_is_resumed(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say before the kill")
        turn = await session.begin("demo:stream 2000 20")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGKILL)
        end = await session.end_of(turn)
        assert (end.data["stopReason"], end.data["code"]) == ("error", "cli_failed")
        assert "next prompt" in end.data["error"]
        await session.ask("demo:recall")
        assert texts(await session.messages())[-1].endswith("demo:say before the kill")
        assert len(session.of("turn_started")) == len(session.of("turn_finished")) == 3


async def test_the_children_of_a_killed_process_are_killed(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.send("demo:run python3 -c 'import time; time.sleep(987)'")
        request = (await session.wait_for("request_opened")).data["request"]
        await session.answer(request["id"], decision="allow")
        await until(lambda: _running("time.sleep(987)"))
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGKILL)
        await session.wait_for("turn_finished")
        await until(lambda: not _running("time.sleep(987)"))


async def test_a_query_is_interrupted_when_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="1") as api:
        for stream in (False, True):
            await _hang_up(api, {"prompt": "demo:stream 3000 20", "stream": stream})
            async with asyncio.timeout(20):  # without the interrupt, the answer takes a minute
                while await _states(api) - {"idle", "parked"}:
                    await asyncio.sleep(0.02)
            await until(lambda: len(api.claude_pids()) <= 1)
        answer = await api.client.post("/query", json={"prompt": "demo:say after"})
        assert answer.json()["response"] == "after"


async def test_a_queued_query_of_a_disconnected_caller_does_not_start(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0", MAX_SESSIONS="1") as api, open_session(api.client) as session:
        turn = await session.begin("demo:stream 300 20")
        waiting = asyncio.create_task(api.client.post("/query", json={"prompt": "demo:say too late"}))
        async with asyncio.timeout(20):
            while len((await api.client.get("/sessions")).json()["sessions"]) < 2:
                await asyncio.sleep(0.02)
        waiting.cancel()
        await api.client.post(f"{session.url}/interrupt")
        await session.end_of(turn)
        await session.ask("demo:say next")
        other = next(
            entry for entry in (await api.client.get("/sessions")).json()["sessions"] if entry["id"] != session.id
        )
        assert other["numTurns"] == 0


async def _hang_up(api: Api, body: dict[str, object]) -> None:
    async with api_client(api.socket) as client:
        asking = asyncio.create_task(_read(client, body))
        async with asyncio.timeout(20):
            while "running" not in await _states(api):
                await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.wait({asking})


async def _states(api: Api) -> set[str]:
    return {session["state"] for session in (await api.client.get("/sessions")).json()["sessions"]}


async def _read(client: httpx2.AsyncClient, body: dict[str, object]) -> None:
    async with client.stream("POST", "/query", json=body) as response:
        async for _ in response.aiter_bytes():
            pass


def _running(command: str) -> bool:
    return any(command in command_of(pid) for pid in all_pids())


async def test_a_session_deleted_while_its_process_starts_releases_its_slot(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0", MAX_SESSIONS="1") as api:
        for _ in range(3):
            async with open_session(api.client) as session:
                await session.send("demo:say never")
                await session.wait_for("turn_started")
                assert (await api.client.delete(session.url)).status_code == 204
        async with open_session(api.client) as session:
            await session.ask("demo:say there is room")
            assert texts(await session.messages())[-1] == "assistant: there is room"


async def test_an_interrupt_with_a_turn_id_does_not_stop_the_next_turn(api: Api) -> None:
    async with open_session(api.client) as session:
        over = await session.send("demo:say over")
        await session.end_of(over)
        turn = await session.send("demo:stream 100 10")
        answer = await api.client.post(f"{session.url}/interrupt", params={"turnId": over})
        assert answer.status_code == 202
        assert (await session.end_of(turn)).data["stopReason"] == "end_turn"
        turn = await session.send("demo:stream 2000 10")
        await api.client.post(f"{session.url}/interrupt", params={"turnId": turn})
        assert (await session.end_of(turn)).data["stopReason"] == "interrupted"
