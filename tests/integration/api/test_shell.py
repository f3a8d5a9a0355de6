"""`POST /sessions/{id}/shell`: a person's own commands, queued among the prompts."""

import httpx2

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.pids import all_pids, command_of
from tests.support.session_client import SessionClient, open_session, subscribed, texts
from tests.support.waiting import until


async def run(session: SessionClient, command: str) -> str:
    answer = await session.client.post(f"{session.url}/shell", json={"command": command})
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"turnId", "position"}
    return str(answer.json()["turnId"])


async def test_a_command_is_a_turn_and_claude_is_notified_with_the_next_prompt(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await run(session, "printf '\\033[31mred\\033[0m'; echo oops >&2; pwd; exit 3")
        await session.end_of(turn)
        kinds = [kind for kind in session.kinds(turn) if not kind.startswith("session_")]
        assert [kind for kind in kinds if kind != "tool_output"] == [
            *("turn_started", "message", "message", "tool_started", "tool_finished", "turn_finished")
        ]
        assert session.of("turn_started", turn)[0].data["prompt"].startswith("!printf")
        (started,), (ended,) = session.of("tool_started", turn), session.of("tool_finished", turn)
        assert (started.data["name"], started.data["input"]["command"][:6]) == ("Bash", "printf")
        assert ended.data["toolUseId"] == started.data["toolUseId"]
        assert ended.data["isError"] is True
        assert ended.data["content"] == f"\033[31mred\033[0moops\n{api.workspace}\nExit code 3"
        assert session.of("turn_finished", turn)[0].data["isError"] is False
        await session.ask("demo:say ok")
        recalled = await session.send("demo:recall")
        await session.end_of(recalled)
        (shown,) = [event for event in session.of("message", recalled) if event.data["message"]["role"] == "assistant"]
        assert "<bash-input>printf" in shown.data["message"]["content"][0]["text"]
        assert texts(await session.messages())[1:3] == ["user: demo:say ok", "assistant: ok"]


async def test_history_shows_a_command_like_the_live_stream(api: Api) -> None:
    async with open_session(api.client) as session:
        turns = [await run(session, "echo first"), await session.send("demo:say hi"), await run(session, "echo second")]
        await session.end_of(turns[-1])
        live = story(session)
        for form, wanted in (("md", "second"), ("html", "second"), ("json", '"content":"second"')):
            assert wanted in (await api.client.get(f"{session.url}/export", params={"format": form})).text
        messages = await session.messages()
        assert [message["content"][0]["type"] for message in messages] == [
            *("text", "tool_use", "tool_result", "text", "text", "text", "tool_use", "tool_result")
        ]
    fork = (await api.client.post(f"{session.url}/fork", json={})).json()
    shown = texts((await api.client.get(f"/sessions/{fork['id']}/messages")).json()["messages"])
    assert shown == ["user: !echo first\nfirst", "user: demo:say hi", "assistant: hi", "user: !echo second"]
    async with subscribed(api.client, session.id) as again:
        await again.end_of(turns[-1])
        assert story(again) == live


async def test_output_is_published_while_a_command_runs(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await run(
            session, "seq 9000; printf 'almost \\342\\234\\223'; until [ -e go-on ]; do sleep 0.05; done; echo done"
        )
        shown = await session.wait_for("tool_output", lambda data: "almost ✓" in data["text"])
        assert shown.data["turnId"] == turn
        assert shown.data["text"].startswith("8")
        assert len(shown.data["text"]) < 4100
        async with subscribed(api.client, session.id) as late:
            assert (await late.wait_for("tool_output")).data["text"] == shown.data["text"]
        (api.workspace / "go-on").touch()
        await session.end_of(turn)
        async with subscribed(api.client, session.id) as after:
            await after.end_of(turn)
            assert after.of("tool_output") == []
            assert after.of("tool_finished")[0].data["content"].endswith("9000\nalmost ✓done")


async def test_a_command_ends_with_its_children_when_it_is_interrupted(api: Api) -> None:
    async with open_session(api.client) as session:
        marker = api.workspace / "started"
        turn = await run(session, f"setsid sleep 8471 & sleep 8471 & touch {marker}; sleep 8471")
        await until(lambda: marker.exists() and len(sleepers("8471")) == 3)
        await session.client.post(f"{session.url}/interrupt")
        assert (await session.end_of(turn)).data["stopReason"] == "interrupted"
        assert sleepers("8471") == []
        assert "Interrupted" in session.of("tool_finished", turn)[0].data["content"]
        marker.unlink()


async def test_background_processes_of_a_command_are_ended_and_long_output_is_cut(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await run(session, "sleep 8472 & seq 1 2000000")
        await session.end_of(turn)
        content = session.of("tool_finished", turn)[0].data["content"]
        assert content.startswith("1\n2\n")
        assert content.endswith("1999999\n2000000")
        assert "left out" in content
        assert len(content) < 20_000
        assert sleepers("8472") == []


async def test_commands_run_in_order_without_secrets(demo: Demo) -> None:
    given = {"DEMO": "", "ANTHROPIC_BASE_URL": demo.url, "ANTHROPIC_API_KEY": "top-secret", "SESSION_SECRET": "top-2"}
    async with running_api(demo, **given) as api, open_session(api.client) as session:
        await session.send("demo:stream 40 10")
        turn = await run(session, "env; cat /proc/self/environ")
        assert (await session.end_of(turn)).data["isError"] is False
        assert [event.data["turnId"] for event in session.of("turn_finished")][1] == turn
        content = session.of("tool_finished", turn)[0].data["content"]
        assert "HOME=" in content
        assert "top-" not in content


async def test_commands_before_a_clear_are_forgotten(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.end_of(await run(session, "echo long ago"))
        await session.ask("/clear")
        await session.ask("demo:recall")
        assert texts(await session.messages())[-1].endswith("demo:recall")


async def test_claude_is_notified_of_a_command_queued_after_a_clear(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as session:
            await session.send("demo:stream 20 20")
            await session.send("/clear")
            await session.end_of(await run(session, "echo right after"))
            await api.stop()
            await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.ask("demo:recall")
            assert "right after" in texts(await again.messages())[-1]


async def test_a_fork_notifies_claude_of_the_same_commands(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say before")
        await session.end_of(await run(session, "echo between"))
        fork = (await api.client.post(f"{session.url}/fork", json={})).json()
    async with subscribed(api.client, fork["id"]) as forked:
        await forked.ask("demo:recall")
        shown = texts(await forked.messages())
        assert shown[:3] == ["user: demo:say before", "assistant: before", "user: !echo between"]
    entries = (await api.client.get(f"/sessions/{fork['id']}/export", params={"format": "json"})).text
    assert '"content":"between"' in entries


async def test_an_invalid_command_is_refused_and_another_users_session_is_not_found(
    ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    session = (await ada.post("/sessions", json={})).json()
    for body in ({}, {"command": ""}, {"command": "  "}, {"command": 1}, {"command": "a\0b"}, {"command": "a", "x": 1}):
        answer = await ada.post(f"/sessions/{session['id']}/shell", json=body)
        assert answer.status_code == 400, body
        assert "command" in answer.json()["error"] or "x" in answer.json()["error"]
    assert (await bob.post(f"/sessions/{session['id']}/shell", json={"command": "id"})).status_code == 404


def story(session: SessionClient) -> list[tuple[str, str]]:
    """What of the turns is part of the past too."""
    shown = ("turn_started", "message", "tool_started", "tool_finished", "turn_finished")
    return [(event.event, event.data["turnId"]) for event in session.received if event.event in shown]


def sleepers(seconds: str) -> list[int]:
    """The processes that sleep so long."""
    return [pid for pid in all_pids() if command_of(pid) == f"sleep {seconds}"]
