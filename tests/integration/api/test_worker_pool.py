"""Processes that are connected ahead of time and used again."""

import asyncio
import os

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.http_caller import ask
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until


async def test_a_worker_is_used_again_in_a_new_conversation(demo: Demo) -> None:
    async with running_api(demo) as api:
        (pid,) = await until(lambda: len(found := api.claude_pids()) == 1 and found)
        sessions = set()
        for number in range(4):
            answer = await ask(api.client, f"demo:recall {number}")
            assert answer["response"].endswith(f"demo:recall {number}")
            sessions.add(answer["sessionId"])
        assert len(sessions) == 4
        assert api.claude_pids() == [pid]
        for session in sessions:
            messages = (await api.client.get(f"/sessions/{session}/messages")).json()["messages"]
            assert [message["role"] for message in messages] == ["user", "assistant"]


async def test_a_worker_that_ran_a_tool_is_not_used_again(demo: Demo) -> None:
    async with running_api(demo) as api:
        await use_up(api, "demo:run ls")
        await use_up(api, "demo:fail 500")
        await use_up(api, "demo:hang", timeoutSeconds=5)
        assert (await ask(api.client, "demo:recall clean"))["response"].endswith("demo:recall clean")


async def test_an_option_of_one_caller_does_not_apply_to_the_next(demo: Demo) -> None:
    async with running_api(demo) as api:
        first = await ask(api.client, "demo:say one", model="claude-sonnet-5", permissionMode="acceptEdits")
        second = await ask(api.client, "demo:say two")
        assert (first["model"], second["model"]) == ("claude-sonnet-5", "claude-opus-5-5")
        third = await ask(api.client, "demo:write not-allowed.txt hi")
        assert third["deniedTools"] == ["Write"]
        assert not (api.workspace / "not-allowed.txt").exists()


async def test_many_callers_at_once_each_get_their_own_answer(demo: Demo) -> None:
    async with running_api(demo, MAX_SESSIONS="3") as api:
        answers = await asyncio.gather(*(ask(api.client, f"demo:recall {number}") for number in range(12)))
        for number, answer in enumerate(answers):
            assert answer["response"].endswith(f"demo:recall {number}")
        assert len({answer["sessionId"] for answer in answers}) == 12
        assert len(api.claude_pids()) <= 4


async def use_up(api: Api, prompt: str, **options: object) -> None:
    """Asks, and waits until the process that was ready has ended."""
    (pid,) = await until(lambda: len(found := api.claude_pids()) == 1 and found)
    await api.client.post("/query", json={"prompt": prompt, "options": options})
    await until(lambda: pid not in api.claude_pids())


async def test_a_command_of_one_caller_does_not_apply_to_the_next(demo: Demo) -> None:
    async with running_api(demo) as api:
        usual = (await ask(api.client, "demo:say one"))["model"]
        await ask(api.client, "/model claude-sonnet-5")
        assert (await ask(api.client, "demo:say two"))["model"] == usual


async def test_a_new_session_takes_a_connected_worker(demo: Demo) -> None:
    async with running_api(demo) as api:
        (pid,) = await until(lambda: len(found := api.claude_pids()) == 1 and found)
        created = await api.client.post("/sessions", json={"prompt": "demo:write mine.txt hi"})
        async with subscribed(api.client, created.json()["id"]) as session:
            asked = (await session.wait_for("request_opened")).data["request"]
            assert pid in api.claude_pids()
            assert session.of("session_changed")[-1].data["session"]["permissionMode"] == "default"
            await session.answer(asked["id"], decision="allow")
            await session.wait_for("turn_finished")
            assert (await session.ask("demo:recall")).data["isError"] is False
            assert pid in api.claude_pids()
        assert (api.workspace / "mine.txt").read_text() == "hi"
        await api.stop()
        await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.ask("demo:recall")
            assert texts(await again.messages())[-1].endswith("demo:write mine.txt hi")


async def test_a_session_with_special_options_gets_its_own_process(demo: Demo) -> None:
    async with running_api(demo) as api:
        (pid,) = await until(lambda: len(found := api.claude_pids()) == 1 and found)
        async with open_session(api.client, options={"systemPrompt": "Be brief."}) as session:
            await session.ask("demo:say hi")
        await until(lambda: len(api.claude_pids()) == 2)
        assert (await ask(api.client, "demo:say hi"))["response"] == "hi"
        assert pid in api.claude_pids()


async def test_claude_code_yields_the_processor_to_interactive_processes(demo: Demo) -> None:
    async with running_api(demo) as api:
        (pid,) = await until(lambda: len(found := api.claude_pids()) == 1 and found)
        ours = os.getpriority(os.PRIO_PROCESS, api.pid)
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, ours + 5)
        async with open_session(api.client) as session:
            await api.client.post(f"{session.url}/shell", json={"command": "nice"})
            finished = await session.wait_for("tool_finished")
            assert finished.data["content"].strip() == str(min(19, ours + 5))
