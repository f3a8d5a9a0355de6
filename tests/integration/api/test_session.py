"""Sessions over HTTP, with the real Claude Code and the demo model."""

import asyncio
import uuid

import httpx2
import pytest

from tests.support.api import Api, sse_events
from tests.support.http_caller import new_session
from tests.support.session_client import open_session, subscribed, texts

TURN = ["turn_started", "message", "session_changed", "text_delta", "message", "context", "session_changed"]


async def test_the_events_of_a_turn(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:say hello")
        end = await session.end_of(turn)
        assert session.kinds(turn) == [*TURN, "turn_finished"]
        prompt, answer = (event.data["message"] for event in session.of("message", turn))
        assert prompt == {
            "id": turn,
            "role": "user",
            "content": [{"type": "text", "text": "demo:say hello"}],
            "createdAt": prompt["createdAt"],
        }
        assert answer["content"] == [{"type": "text", "text": "hello"}]
        assert session.of("text_delta", turn)[0].data["messageId"] == answer["id"]
        assert {"stopReason": "end_turn", "isError": False, "numTurns": 1}.items() <= end.data.items()
        assert end.data["usage"]["outputTokens"] > 0
        assert end.data["costUsd"] > 0
        seqs = [int(event.id or 0) for event in session.received]
        assert seqs == sorted(set(seqs)) == [event.data["seq"] for event in session.received]
        info = await session.info()
        assert (info["title"], info["state"], info["numTurns"]) == ("demo:say hello", "idle", 1)
        assert info["costUsd"] == pytest.approx(end.data["costUsd"])
        assert texts(await session.messages()) == ["user: demo:say hello", "assistant: hello"]


async def test_deltas_add_up_to_the_message_that_replaces_them(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:stream 40 5")
        await session.end_of(turn)
        whole = session.of("message", turn)[-1].data["message"]["content"][0]["text"]
        assert "".join(event.data["text"] for event in session.of("text_delta", turn)) == whole
        assert whole.split() == [f"word{number}" for number in range(40)]
        async with subscribed(api.client, session.id) as late:
            await late.end_of(turn)
            assert not late.of("text_delta")
            assert late.of("message", turn)[-1].data["message"]["content"][0]["text"] == whole


async def test_a_client_that_reconnects_gets_every_event_once(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say one")
        turn = await session.send("demo:stream 60 10")
        first = await session.wait_for("text_delta", lambda data: data["turnId"] == turn)
        headers = {"Last-Event-ID": first.id or ""}
        async with api.client.stream("GET", f"{session.url}/events", headers=headers) as response:
            ids = []
            async for event in sse_events(response):
                ids.append(int(event.id or 0))
                if event.event == "turn_finished":
                    break
        await session.end_of(turn)
        expected = [int(event.id or 0) for event in session.received if int(event.id or 0) > int(first.id or 0)]
        assert ids == expected[: len(ids)]
        assert ids[-1] == session.of("turn_finished", turn)[0].data["seq"]


async def test_a_prompt_can_be_answered_with_the_stream_of_its_turn(api: Api) -> None:
    async with open_session(api.client) as session:
        headers = {"Accept": "text/event-stream"}
        body = {"prompt": "demo:say streamed"}
        async with api.client.stream("POST", f"{session.url}/messages", json=body, headers=headers) as response:
            assert response.status_code == 200
            events = [event async for event in sse_events(response)]
        assert [event.event for event in events] == [*TURN, "turn_finished", "done"]
        assert {event.data["turnId"] for event in events} == {events[0].data["turnId"]}


async def test_prompts_are_queued_and_can_be_withdrawn(api: Api) -> None:
    async with open_session(api.client) as session:
        first = await session.begin("demo:stream 400 10")
        answers = [
            (await api.client.post(f"{session.url}/messages", json={"prompt": f"demo:say {word}"})).json()
            for word in ("two", "three", "four")
        ]
        assert [answer["position"] for answer in answers] == [1, 2, 3]
        second, third, fourth = (answer["turnId"] for answer in answers)
        assert (await api.client.delete(f"{session.url}/messages/{third}")).status_code == 204
        again = await api.client.delete(f"{session.url}/messages/{third}")
        assert (again.status_code, again.json()["code"]) == (404, "turn_not_found")
        running = await api.client.delete(f"{session.url}/messages/{first}")
        assert (running.status_code, running.json()["code"]) == (409, "turn_started")
        assert (await api.client.post(f"{session.url}/interrupt")).status_code == 202
        await session.end_of(fourth)
        assert [event.data["turnId"] for event in session.of("turn_finished")] == [first, second, fourth]
        assert [event.data["turnId"] for event in session.of("turn_queued")] == [second, third, fourth]
        assert [event.data["turnId"] for event in session.of("turn_withdrawn")] == [third]
        assert texts(await session.messages())[-2:] == ["user: demo:say four", "assistant: four"]


async def test_each_user_sees_only_their_own(api: Api, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient) -> None:
    async with open_session(ada, title="Ada's very own") as session:
        turn = await session.send("demo:run mkdir hers")
        opened = await session.wait_for("request_opened")
        request = f"{session.url}/requests/{opened.data['request']['id']}"
        for method, url, body in (
            ("GET", session.url, None),
            ("PATCH", session.url, {"title": "mine"}),
            ("DELETE", session.url, None),
            ("GET", f"{session.url}/messages", None),
            ("POST", f"{session.url}/messages", {"prompt": "hi"}),
            ("DELETE", f"{session.url}/messages/{turn}", None),
            ("GET", f"{session.url}/events", None),
            ("POST", f"{session.url}/interrupt", None),
            ("GET", f"{session.url}/requests", None),
            ("POST", request, {"decision": "allow"}),
            ("POST", f"{session.url}/fork", {}),
            ("POST", f"{session.url}/rewind", {"toMessage": turn}),
            ("GET", f"{session.url}/export?format=md", None),
        ):
            answer = await bob.request(method, url, json=body)
            assert answer.status_code == 404, (method, url, answer.text)
        query = await bob.post("/query", json={"prompt": "hi", "options": {"sessionId": session.id}})
        assert (query.status_code, query.json()["code"]) == (404, "session_not_found")
        taken = await bob.post("/sessions", json={"id": session.id})
        assert taken.status_code == 404
        assert session.id not in (await bob.get("/sessions?limit=200")).text
        assert session.id in (await ada.get("/sessions?limit=200")).text
        assert session.id in (await api.client.get("/sessions?limit=200")).text  # a terminal in the container
        await session.answer(opened.data["request"]["id"], decision="deny")
        await session.end_of(turn)


async def test_a_session_is_created_once(ada: httpx2.AsyncClient) -> None:
    body = {"id": str(uuid.uuid4()), "title": "Once"}
    first, second = await ada.post("/sessions", json=body), await ada.post("/sessions", json={**body, "title": "Twice"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    made = await asyncio.gather(*(ada.post("/sessions", json={"id": str(uuid.uuid4())}) for _ in range(8)))
    assert [answer.status_code for answer in made] == [201] * 8


async def test_sessions_are_listed_searched_and_paged(api: Api, bob: httpx2.AsyncClient) -> None:
    for number in range(5):
        await bob.post("/sessions", json={"title": f"Paged {number} ÄPFEL"})
    page = (await bob.get("/sessions", params={"limit": 2, "q": "äpfel"})).json()
    seen = [session["title"] for session in page["sessions"]]
    while page["nextCursor"]:
        page = (await bob.get("/sessions", params={"limit": 2, "q": "äpfel", "cursor": page["nextCursor"]})).json()
        seen += [session["title"] for session in page["sessions"]]
    assert seen == [f"Paged {number} ÄPFEL" for number in (4, 3, 2, 1, 0)]
    for query in ("limit=0", "limit=x", "limit=1000", "cursor=nonsense"):
        assert (await bob.get(f"/sessions?{query}")).status_code == 400, query


async def test_a_deleted_session_is_gone(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say gone soon")
        assert (await api.client.delete(session.url)).status_code == 204
        assert (await api.client.get(session.url)).status_code == 404
        assert not list((api.data / "claude").rglob(f"{session.id}*"))


async def test_prompts_sent_during_a_deletion_are_accepted_or_not_found(api: Api) -> None:
    for _ in range(5):
        made = await new_session(api.client)
        prompts = (api.client.post(f"/sessions/{made}/messages", json={"prompt": "demo:say x"}) for _ in range(6))
        *answers, deleted = await asyncio.gather(*prompts, api.client.delete(f"/sessions/{made}"))
        assert {answer.status_code for answer in answers} <= {202, 404}
        assert deleted.status_code == 204
        assert (await api.client.get(f"/sessions/{made}")).status_code == 404


async def test_settings_of_a_session_change(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say hello")
        changes = {"title": "New", "model": "claude-sonnet-5", "permissionMode": "acceptEdits", "effort": "low"}
        answer = await api.client.patch(session.url, json=changes)
        assert changes.items() <= answer.json().items()
        await session.wait_for("session_changed", lambda data: data["session"]["title"] == "New")
        end = await session.ask("demo:write changed.txt hello")
        assert not session.of("request_opened")
        assert not end.data["isError"]
        assert (api.workspace / "changed.txt").read_text() == "hello"
        assert (await session.info())["model"] == "claude-sonnet-5"
        bypass = await api.client.patch(session.url, json={"permissionMode": "bypassPermissions"})
        assert (bypass.status_code, bypass.json()["code"]) == (403, "bypass_forbidden")
        for wrong in ({"effort": "huge"}, {"title": ""}, {"colour": "red"}, {"permissionMode": "yolo"}):
            refused = await api.client.patch(session.url, json=wrong)
            assert refused.status_code == 400
            assert next(iter(wrong)) in refused.json()["error"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Prompt is required"),
        ({"prompt": None}, "Prompt is required"),
        ({"prompt": " \n"}, "Prompt is required"),
        ({"prompt": ["x"]}, "Prompt must be a string"),
        ({"prompt": "x" * 100_001}, "Prompt too long. Maximum 100000 characters"),
        ({"prompt": "x", "attachments": [{}]}, "attachments[0]: either path or data"),
        ({"prompt": "x", "attachments": [{"path": "../../etc/passwd"}]}, "The path leads out of the workspace"),
        ({"prompt": "x", "attachments": [{"data": "%%%"}]}, "attachments[0].data: not base64"),
        ({"prompt": "x", "stream": True}, "Unknown field: stream"),
    ],
)
async def test_an_invalid_prompt_is_refused(api: Api, body: dict[str, object], sentence: str) -> None:
    made = await api.client.post("/sessions", json={})
    answer = await api.client.post(f"/sessions/{made.json()['id']}/messages", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, sentence)
