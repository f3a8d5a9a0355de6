"""The limits of a user, and how the server stops."""

import asyncio
import os
import signal
import uuid

import httpx2

from tests.support.api import api_client, running_api
from tests.support.demo import Demo
from tests.support.http_caller import new_session, send
from tests.support.session_client import open_session, subscribed, texts


async def test_turns_per_minute_are_limited_for_each_user(demo: Demo) -> None:
    async with running_api(demo, MAX_TURNS_PER_MINUTE="2") as api, api_client(api.socket, "ada@example.com") as ada:
        async with asyncio.timeout(90):
            # A minute may end between two of them; within the next one it has to happen.
            while (refused := await ada.post("/query", json={"prompt": "demo:say x"})).status_code == 200:
                pass
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_turns")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        used = (await ada.get("/usage")).json()
        assert used["maxTurnsPerMinute"] == 2
        assert used["turns"] >= 2
        session = await new_session(api.client)
        await send(api.client, session, "demo:say another's")
        assert 'claude_limit_refusals_total{limit="turns"}' in (await api.client.get("/metrics")).text


async def test_the_budget_is_for_one_day(demo: Demo) -> None:
    async with running_api(demo, MAX_BUDGET_USD="0.000001") as api, open_session(api.client) as session:
        assert not (await session.ask("demo:say this costs something")).data["isError"]
        for url in ("/query", f"{session.url}/messages"):
            refused = await api.client.post(url, json={"prompt": "demo:say more"})
            assert (refused.status_code, refused.json()["code"]) == (429, "budget_exceeded")
            assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
        used = (await api.client.get("/usage")).json()
        assert (used["user"], used["turns"], used["maxBudgetUsd"]) == ("local", 1, 0.000001)
        assert used["costUsd"] > 0
        assert used["outputTokens"] > 0
        other = await api.client.post("/query", json={"prompt": "demo:say x"}, headers={"X-Forwarded-User": "bob"})
        assert other.status_code == 200
        lines = (await api.client.get("/metrics")).text.splitlines()
        spent = next(line for line in lines if line.startswith("claude_day_cost_usd "))
        assert float(spent.split()[-1]) > used["costUsd"] > 0


async def test_a_session_whose_first_prompt_is_refused_can_be_created_again(demo: Demo) -> None:
    async with running_api(demo, MAX_SESSIONS="1", QUEUE_LIMIT="0", WARM_WORKERS="0") as api:
        async with open_session(api.client) as busy:
            turn = await busy.begin("demo:stream 1000 20")
            body = {"id": str(uuid.uuid4()), "title": "Twice", "prompt": "demo:say at last"}
            refused = await api.client.post("/sessions", json=body)
            assert (refused.status_code, refused.json()["code"]) == (503, "busy")
            page = await api.client.post("/m/sessions", data={"prompt": "demo:say at last"})
            assert page.status_code == 503
            assert [one["id"] for one in (await api.client.get("/sessions")).json()["sessions"]] == [busy.id]
            await busy.client.post(f"{busy.url}/interrupt")
            await busy.end_of(turn)
            await busy.client.delete(busy.url)
        made = await api.client.post("/sessions", json=body)
        assert made.status_code == 201, made.text
        async with subscribed(api.client, body["id"]) as session:
            await session.wait_for("turn_finished")
            assert texts(await session.messages()) == ["user: demo:say at last", "assistant: at last"]


async def test_a_stopping_server_finishes_turns_and_starts_none(demo: Demo) -> None:
    async with running_api(demo, DRAIN_SECONDS="20") as api:
        async with open_session(api.client) as session, open_session(api.client) as idle:
            turn = await session.send("demo:stream 60 20")
            waiting = await session.send("demo:say after the start")
            await session.wait_for("text_delta")
            os.kill(api.pid, signal.SIGTERM)
            async with asyncio.timeout(10):
                while (await api.client.get("/health")).status_code == 200:
                    await asyncio.sleep(0.01)
            for url in ("/query", f"{idle.url}/messages", "/sessions"):
                refused = await api.client.post(url, json={} if url == "/sessions" else {"prompt": "demo:say new"})
                assert (refused.status_code, refused.json()["code"]) == (503, "draining")
                assert refused.headers["Retry-After"]
            assert (await session.end_of(turn)).data["stopReason"] == "end_turn"
        assert await api.wait_ended() == 0
        await api.stop()
        await api.start()
        async with subscribed(api.client, session.id) as again:
            assert not (await again.end_of(waiting)).data["isError"]
            assert not again.of("turn_finished", turn)[0].data["isError"]


async def test_a_second_signal_does_not_wait(demo: Demo) -> None:
    async with running_api(demo, DRAIN_SECONDS="60") as api, open_session(api.client) as session:
        await session.send("demo:hang")
        await session.wait_for("turn_started")
        loop = asyncio.get_running_loop()
        since = loop.time()
        os.kill(api.pid, signal.SIGTERM)
        try:
            while (await api.client.get("/health")).status_code == 200:
                await asyncio.sleep(0.01)
        except httpx2.TransportError:
            pass
        await api.stop()
        assert loop.time() - since < 12


async def test_callers_without_an_answer_are_told_to_retry_when_the_server_stops(demo: Demo) -> None:
    async with running_api(demo, MAX_SESSIONS="1", DRAIN_SECONDS="0") as api:
        async with open_session(api.client) as busy, open_session(api.client) as waiting:
            await busy.send("demo:hang")
            await busy.wait_for("turn_started")
            asked = asyncio.create_task(api.client.get(f"{waiting.url}/mcp", headers={"X-Request-ID": "who-waits"}))
            await asyncio.sleep(0.5)
            os.kill(api.pid, signal.SIGTERM)
            answer = await asked
            assert (answer.status_code, answer.json()["code"]) == (503, "draining"), answer.text
            assert answer.json()["requestId"] == answer.headers["X-Request-ID"] == "who-waits"
            assert answer.headers["Retry-After"]
        assert await api.wait_ended() == 0
