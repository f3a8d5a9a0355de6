"""The history of a session: streamed from its end, paged backwards, with subagents."""

import time
from pathlib import Path
from typing import Any

import httpx2

from tests.support.api import Api, SseEvent, running_api, sse_events
from tests.support.demo import Demo
from tests.support.long_conversation import fill
from tests.support.session_client import open_session, subscribed, texts

TURNS = 1_000


async def replayed(client: httpx2.AsyncClient, session_id: str, *, until: int, **query: int) -> list[SseEvent]:
    """The past up to that seq."""
    found = []
    async with client.stream("GET", f"/sessions/{session_id}/events", params=query) as response:
        async for event in sse_events(response):
            found.append(event)
            if int(event.id or 0) >= until:
                break
    return found


async def test_a_stream_begins_with_the_last_messages_and_continues_after_any_event(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as session:
            for number in range(6):
                await session.ask(f"demo:say answer {number}")
        await api.stop()
        await api.start()
        last = await last_seq(api, session.id)
        whole = await replayed(api.client, session.id, until=last)
        tail = await replayed(api.client, session.id, until=last, tail=4)
        assert tail == whole[-len(tail) :]
        said = [event.data["message"]["content"][0]["text"] for event in tail if event.event == "message"]
        assert said == ["demo:say answer 4", "answer 4", "demo:say answer 5", "answer 5"]
        assert [event.event for event in tail[:2]] == ["turn_started", "message"]
        odd = await replayed(api.client, session.id, until=last, tail=3)
        assert [event.event for event in odd[:2]] == ["message", "turn_finished"]
        for known in range(len(whole) - 1):
            again = await replayed(api.client, session.id, until=last, after=int(whole[known].id or 0), tail=1)
            assert again == whole[known + 1 :]
        await after_the_past(api, session.id, last)


async def after_the_past(api: Api, session_id: str, last: int) -> None:
    async with subscribed(api.client, session_id, after=last) as again:
        await again.ask("demo:say more")
        assert int(again.received[0].id or 0) == last + 1
    async with api.client.stream("GET", f"/sessions/{session_id}/events", params={"tail": 0}) as response:
        async for event in sse_events(response):
            assert int(event.id or 0) == last + 1
            break


async def last_seq(api: Api, session_id: str) -> int:
    """The seq of the end of the past."""
    turns = (await api.client.get(f"/sessions/{session_id}")).json()["numTurns"]
    async with subscribed(api.client, session_id) as session:
        await session.wait_for("turn_finished", lambda _: len(session.of("turn_finished")) == turns)
        return int(session.of("turn_finished")[-1].id or 0)


async def test_messages_are_paged_back_from_any_message(api: Api) -> None:
    async with open_session(api.client) as session:
        for number in range(4):
            await session.ask(f"demo:say answer {number}")
        await session.ask("demo:fail 400")
        await session.ask("demo:run echo hi")
        whole = await session.messages()
    for limit in (1, 3, 5, 100):
        pages: list[Any] = []
        cursor = None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = (await api.client.get(f"{session.url}/messages", params=query)).json()
            pages = page["messages"] + pages
            if not (cursor := page["nextCursor"]):
                break
        assert pages == whole, limit
    for place, message in enumerate(whole):
        page = await api.client.get(f"{session.url}/messages", params={"limit": 2, "cursor": message["id"]})
        assert page.json()["messages"] == whole[max(0, place - 2) : place]
    for cursor in ("unknown", "", "%", "17"):
        refused = await api.client.get(f"{session.url}/messages", params={"cursor": cursor})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")


async def test_history_includes_the_events_of_subagents(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client, options={"allowedTools": ["Bash", "Agent", "Task"]}) as session:
            turn = await session.send("demo:agent")
            await session.end_of(turn)
            live = story(session.received)
        assert any(parent for _, _, parent in live)
        await api.stop()
        await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.end_of(turn)
            assert story(again.received) == live
            assert all(not message.get("parentToolUseId") for message in await again.messages())


def story(events: list[SseEvent]) -> list[tuple[str, Any, Any]]:
    """The messages and tool calls in order, as history also has them."""
    parts: dict[Any, tuple[str, Any, Any]] = {}
    for event in events:
        if event.event == "message":
            message = event.data["message"]
            parts.setdefault(message["id"], ("message", message["id"], message.get("parentToolUseId")))
        elif event.event in ("tool_started", "tool_finished"):
            key = (event.event, event.data["toolUseId"])
            parts[key] = (*key, event.data.get("parentToolUseId"))
    return list(parts.values())


async def test_a_rewind_can_restore_only_the_files(api: Api) -> None:
    file = api.workspace / "kept.txt"
    async with open_session(api.client, options={"permissionMode": "acceptEdits"}) as session:
        await session.ask("demo:write kept.txt one")
        second = await session.send("demo:write kept.txt two")
        await session.end_of(second)
        before = await session.messages()
        assert file.read_text() == "two"
        body = {"toMessage": second, "files": True, "conversation": False}
        assert (await api.client.post(f"{session.url}/rewind", json=body)).status_code == 200
        assert file.read_text() == "one"
        assert await session.messages() == before
        failed = await session.send("demo:fail 400")
        await session.end_of(failed)
        answer = await api.client.post(f"{session.url}/rewind", json={"toMessage": failed})
        assert answer.status_code == 200, answer.text
        assert texts(await session.messages()) == texts(before)
    file.unlink()


async def test_a_long_conversation_opens_as_fast_as_a_short_one(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as short:
            await short.ask("demo:say short")
        long = (await api.client.post("/sessions", json={})).json()
        await api.stop()
        await fill(api, long["id"], Path(long["cwd"]), turns=TURNS)
        await api.start()
        seconds = {}
        for name, session_id in (("short", short.id), ("long", long["id"])):
            began = time.monotonic()
            async with api.client.stream("GET", f"/sessions/{session_id}/events", params={"tail": 50}) as response:
                async for event in sse_events(response):
                    if event.event == "turn_finished" and name == "short":
                        break
                    if event.event == "message" and event.data["message"]["id"] == f"answer-{TURNS - 1}":
                        break
            page = await api.client.get(f"/sessions/{session_id}/messages", params={"limit": 50})
            assert page.status_code == 200
            seconds[name] = time.monotonic() - began
        assert seconds["long"] < 5 * seconds["short"] + 0.2, seconds
        cursor = page.json()["messages"][0]["id"]
        page = await api.client.get(f"/sessions/{long['id']}/messages", params={"limit": 50, "cursor": cursor})
        assert page.json()["messages"][-1]["id"] == f"answer-{TURNS - 26}"
