"""`POST /query` with the real Claude Code and the demo model."""

import asyncio
import time

import httpx2
import pytest

from tests.support.api import Api, SseEvent, sse_events

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


async def ask(client: httpx2.AsyncClient, prompt: str, **options: object) -> httpx2.Response:
    return await client.post("/query", json={"prompt": prompt, "options": options})


async def streamed(client: httpx2.AsyncClient, prompt: str, **options: object) -> list[SseEvent]:
    body = {"prompt": prompt, "options": options, "stream": True}
    async with client.stream("POST", "/query", json=body) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        return [event async for event in sse_events(response)]


async def test_an_answer_has_the_documented_shape(api: Api) -> None:
    response = await ask(api.client, "demo:say hello")
    assert response.status_code == 200
    answer = response.json()
    assert list(answer) == sorted(answer, key=list(answer).index)
    assert answer["success"] is True
    assert answer["response"] == "hello"
    assert (answer["messageCount"], answer["stopReason"], answer["numTurns"]) == (2, "end_turn", 1)
    assert answer["model"].startswith("claude-")
    assert answer["timestamp"].endswith("Z")
    assert set(answer["usage"]) == {
        "inputTokens",
        "outputTokens",
        "cacheReadInputTokens",
        "cacheCreationInputTokens",
    }
    assert answer["costUsd"] > 0
    assert answer["durationMs"] > 0
    assert '", "' not in response.text
    assert '": ' not in response.text


async def test_two_queries_never_share_a_conversation(api: Api) -> None:
    for word in ("apple", "pear", "plum"):
        answer = (await ask(api.client, f"demo:recall {word}")).json()
        assert answer["response"].endswith(f"demo:recall {word}"), answer


async def test_a_streamed_query_sends_events_and_then_the_answer(api: Api) -> None:
    events = await streamed(api.client, "demo:stream 20 5")
    kinds = [event.event for event in events]
    assert kinds[0] == "turn_started"
    assert kinds[-2:] == ["turn_finished", "result"]
    assert kinds.count("turn_finished") == 1
    deltas = "".join(event.data["text"] for event in events if event.event == "text_delta")
    assert deltas == events[-1].data["response"] == "".join(f"word{number} " for number in range(20))
    headers = {"Accept": "text/event-stream"}
    async with api.client.stream("POST", "/query", json={"prompt": "demo:say hi"}, headers=headers) as response:
        assert [event async for event in sse_events(response)][-1].data["response"] == "hi"


async def test_a_session_is_continued_or_forked(api: Api) -> None:
    first = (await ask(api.client, "demo:say remember me")).json()
    again = (await ask(api.client, "demo:recall", sessionId=first["sessionId"])).json()
    assert again["sessionId"] == first["sessionId"]
    assert again["response"].endswith("demo:say remember me")
    fork = (await ask(api.client, "demo:recall", sessionId=first["sessionId"], fork=True)).json()
    assert fork["sessionId"] != first["sessionId"]
    assert fork["response"].endswith("demo:say remember me")
    assert again["costUsd"] < first["costUsd"]
    listed = (await api.client.get(f"/sessions/{first['sessionId']}")).json()
    assert (listed["title"], listed["numTurns"]) == ("demo:say remember me", 2)
    assert len((await api.client.get(f"/sessions/{first['sessionId']}/messages")).json()["messages"]) == 4


async def test_tools_need_permission_and_denials_are_listed(api: Api) -> None:
    denied = (await ask(api.client, "demo:run mkdir by-query")).json()
    assert denied["deniedTools"] == ["Bash"]
    assert not (api.workspace / "by-query").exists()
    allowed = (await ask(api.client, "demo:run mkdir by-query", allowedTools=["Bash(mkdir *)"])).json()
    assert "deniedTools" not in allowed
    assert (api.workspace / "by-query").is_dir()
    edited = (await ask(api.client, "demo:write by-query/a.txt hi", permissionMode="acceptEdits")).json()
    assert edited["success"]
    assert (api.workspace / "by-query" / "a.txt").read_text() == "hi"


async def test_a_query_runs_in_its_folder(api: Api) -> None:
    (api.workspace / "inner").mkdir(exist_ok=True)
    (api.workspace / "way-out").unlink(missing_ok=True)
    (api.workspace / "way-out").symlink_to("/")
    answer = (await ask(api.client, "demo:run pwd", cwd="inner")).json()
    assert f"{api.workspace.resolve()}/inner" in answer["response"]
    for cwd in ("..", "/etc", "way-out", "way-out/etc", "missing", "inner/../.."):
        refused = await ask(api.client, "demo:say no", cwd=cwd)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_path"), cwd


async def test_an_answer_fits_its_schema(api: Api) -> None:
    answer = (await ask(api.client, "demo:say hello", outputSchema=SCHEMA)).json()
    assert set(answer["structuredOutput"]) == {"answer"}


async def test_a_query_ends_at_its_limits(api: Api) -> None:
    turns = (await ask(api.client, "demo:run ls", maxTurns=1)).json()
    assert turns["stopReason"] == "max_turns"
    money = (await ask(api.client, "demo:run ls", maxBudgetUsd=0.000001)).json()
    assert money["stopReason"] == "max_budget"


async def test_a_query_uses_its_system_prompt_model_and_effort(api: Api) -> None:
    answer = await ask(
        api.client,
        "demo:say hello",
        model="claude-sonnet-5",
        systemPrompt="You are brief.",
        appendSystemPrompt="--model=evil",
        effort="low",
    )
    assert answer.json()["model"] == "claude-sonnet-5"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "model_authentication"), (429, "model_rate_limited"), (529, "model_overloaded"), (500, "model_error")],
)
async def test_an_error_of_the_model_is_an_error_of_the_query(api: Api, status: int, code: str) -> None:
    start = time.monotonic()
    response = await ask(api.client, f"demo:fail {status}")
    assert time.monotonic() - start < 20
    assert (response.status_code, response.json()["code"]) == (502, code)
    assert response.json()["sessionId"]
    assert "127.0.0.1" not in response.text
    if status == 429:
        assert int(response.headers["Retry-After"]) == response.json()["retryAfter"]
    events = await streamed(api.client, f"demo:fail {status}")
    assert [event.event for event in events].count("turn_finished") == 1
    assert (events[-1].event, events[-1].data["code"]) == ("error", code)


async def test_an_unreachable_model_is_reported(api: Api) -> None:
    await ask(api.client, "demo:fail 401")
    assert (await api.client.get("/health")).status_code == 503
    await ask(api.client, "demo:say fine again")
    assert (await api.client.get("/health")).status_code == 200


async def test_a_query_ends_at_its_timeout(api: Api) -> None:
    response = await ask(api.client, "demo:hang", timeoutSeconds=2)
    assert (response.status_code, response.json()["code"]) == (504, "timeout")
    session = response.json()["sessionId"]
    events = await streamed(api.client, "demo:stream 2000 50", timeoutSeconds=6)
    assert (events[-1].event, events[-1].data["code"]) == ("error", "timeout")
    again = await ask(api.client, "demo:say alive", sessionId=session)
    assert again.json()["response"] == "alive"


async def test_a_busy_session_is_not_queried(api: Api) -> None:
    first = (await ask(api.client, "demo:say hi")).json()["sessionId"]
    running = asyncio.create_task(ask(api.client, "demo:stream 2000 20", sessionId=first))
    async with asyncio.timeout(20):
        while (await api.client.get(f"/sessions/{first}")).json()["state"] != "running":
            await asyncio.sleep(0.01)
    busy = await ask(api.client, "demo:say me too", sessionId=first)
    assert (busy.status_code, busy.json()["code"]) == (409, "session_busy")
    await api.client.post(f"/sessions/{first}/interrupt")
    ended = await running
    assert (ended.status_code, ended.json()["code"]) == (409, "interrupted")


async def test_a_repeated_request_gets_the_stored_answer(api: Api) -> None:
    headers = {"Idempotency-Key": "one-time-only"}
    body = {"prompt": "demo:say once"}
    first = await api.client.post("/query", json=body, headers=headers)
    second = await api.client.post("/query", json=body, headers=headers)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.content == first.content
    other = await api.client.post("/query", json={"prompt": "demo:say twice"}, headers=headers)
    assert other.status_code == 422
    slow = {"prompt": "demo:hang", "options": {"timeoutSeconds": 3}}
    both = await asyncio.gather(
        *(api.client.post("/query", json=slow, headers={"Idempotency-Key": "slow"}) for _ in range(2))
    )
    assert sorted(answer.json()["code"] for answer in both) == ["idempotency_running", "timeout"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 400, "Prompt is required"),
        ({"prompt": ""}, 400, "Prompt is required"),
        ({"prompt": 5}, 400, "Prompt must be a string"),
        ({"prompt": "x" * 100_001}, 400, "Prompt too long. Maximum 100000 characters"),
        ({"prompt": "x", "options": {"colour": "red"}}, 400, "options.colour"),
        ({"prompt": "x", "options": {"model": 5}}, 400, "options.model"),
        ({"prompt": "x", "options": {"model": "a\nb"}}, 400, "options.model"),
        ({"prompt": "x", "options": {"maxTurns": 0}}, 400, "options.maxTurns"),
        ({"prompt": "x", "options": {"maxTurns": True}}, 400, "options.maxTurns"),
        ({"prompt": "x", "options": {"timeoutSeconds": 0}}, 400, "options.timeoutSeconds"),
        ({"prompt": "x", "options": {"timeoutSeconds": 3601}}, 400, "options.timeoutSeconds"),
        ({"prompt": "x", "options": {"allowedTools": "Bash"}}, 400, "options.allowedTools"),
        ({"prompt": "x", "options": {"permissionMode": "yolo"}}, 400, "options.permissionMode"),
        ({"prompt": "x", "options": {"permissionMode": "bypassPermissions"}}, 403, "Bypass is disabled"),
        ({"prompt": "x", "options": {"sessionId": "nope"}}, 404, "No session"),
        ({"prompt": "x", "stream": "yes"}, 400, "stream"),
        ([], 400, "Request body must be a JSON object"),
    ],
)
async def test_an_invalid_query_is_refused_and_the_field_named(api: Api, body: object, status: int, named: str) -> None:
    response = await api.client.post("/query", json=body)
    assert response.status_code == status, response.text
    assert named in response.json()["error"]
