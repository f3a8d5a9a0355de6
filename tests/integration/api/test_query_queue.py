"""Prompts that arrive while a query uses a session: they wait, and get their own process."""

import pytest

from tests.support.api import Api, SseEvent, sse_events
from tests.support.session_client import open_session, subscribed

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def behind(api: Api, **options: object) -> tuple[SseEvent, SseEvent]:
    """Sends a prompt into the session of a query that runs; the last events of both."""
    body = {"prompt": "demo:stream 40 25", "options": options, "stream": True}
    async with api.client.stream("POST", "/query", json=body) as response:
        events = sse_events(response)
        first = await anext(events)
        async with subscribed(api.client, first.data["sessionId"]) as session:
            turn = await session.send("demo:stream 20 25")
            last = [event async for event in events][-1]
            return last, await session.end_of(turn)


@pytest.mark.parametrize("options", [{}, {"maxTurns": 3}], ids=["on a worker", "on a process of its own"])
async def test_a_prompt_queued_after_a_query_runs(api: Api, options: dict[str, object]) -> None:
    query, prompt = await behind(api, **options)
    assert (query.event, query.data["numTurns"]) == ("result", 1)
    assert not prompt.data["isError"], prompt.data


async def test_a_prompt_queued_after_a_query_runs_with_the_mode_of_the_session(api: Api) -> None:
    async with open_session(api.client, options={"permissionMode": "plan"}) as session:
        await session.ask("demo:say hello")
        query, prompt = await behind(api, sessionId=session.id, permissionMode="acceptEdits")
        assert query.event == "result"
        assert not prompt.data["isError"], prompt.data
        assert (await session.info())["permissionMode"] == "plan"
