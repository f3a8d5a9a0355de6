"""Turns that Claude Code begins when a background task has ended: the same live and in the history."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.api import Api, locked, running_api
from tests.support.demo import Demo
from tests.support.session_client import SessionClient, open_session, subscribed, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPTIONS = {"allowedTools": ["Bash"]}
LIVE_ONLY = {"text_delta", "task", "context", "session_changed", "session_state"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(demo: Demo) -> AsyncIterator[Api]:
    """An api that may be killed."""
    async with running_api(demo) as running:
        yield running


def in_background(command: str) -> str:
    return f"demo:call Bash {json.dumps({'command': command, 'description': 'Work', 'run_in_background': True})}"


async def end_of_autonomous(session: SessionClient) -> str:
    """Waits for the end of the autonomous turn, and returns its id."""
    started = await session.wait_for("turn_started", lambda data: data["prompt"] == "")
    await session.end_of(started.data["turnId"])
    return str(started.data["turnId"])


def published(session: SessionClient) -> list[tuple[str, str, Any]]:
    """The events that were received, without the kinds that history does not contain."""
    kinds = [event for event in session.received if event.event not in LIVE_ONLY]
    return [(event.event, event.data["turnId"], event.data.get("message", {}).get("role")) for event in kinds]


async def test_history_has_the_same_events_of_an_autonomous_turn_as_the_live_stream(api: Api) -> None:
    async with open_session(api.client, options=OPTIONS) as session:
        await session.ask(in_background("sleep 1"))
        own = await end_of_autonomous(session)
        await session.ask("demo:say afterwards")
        live = published(session)
        assert [kind for kind, turn, _ in live if turn == own] == ["turn_started", "message", "turn_finished"]
        states = [event.data["state"] for event in session.of("session_state")]
        assert states[:5] == ["running", "idle", "running", "idle", "running"]
        await api.kill()
        await api.start()
    async with subscribed(api.client, session.id) as later:
        await later.wait_for("turn_finished", lambda data: data["turnId"] == live[-1][1])
        assert published(later) == live
    shown = texts(await session.messages())
    assert not any(text.startswith("user: <task-notification>") for text in shown), shown
    assert "user: " not in shown


async def test_a_live_turn_is_not_part_of_the_history(api: Api) -> None:
    async with open_session(api.client, options=OPTIONS) as session:
        await session.ask("demo:say before")
        await api.kill()
        await api.start()
    async with subscribed(api.client, session.id) as first:
        await first.ask(in_background("sleep 1"))
        own = await end_of_autonomous(first)
        async with subscribed(api.client, session.id) as second:
            await second.end_of(own)
            assert [event.data["turnId"] for event in second.of("turn_started")].count(own) == 1
            answers = [event.data["message"]["id"] for event in second.of("message", own)]
            assert answers
            assert len(answers) == len(set(answers))
            assert second.kinds(own)[0] == "turn_started"


async def test_the_process_is_not_ended_while_an_autonomous_turn_begins(demo: Demo) -> None:
    one = {"MAX_SESSIONS": "1", "WARM_WORKERS": "0"}
    async with (
        running_api(demo, **one) as api,
        open_session(api.client, options=OPTIONS) as session,
        open_session(api.client) as other,
    ):
        await session.ask(in_background("sleep 2"))
        await asyncio.sleep(1)
        with locked(api):
            await asyncio.sleep(2)
            asked = asyncio.create_task(api.client.get(f"{other.url}/mcp"))
            await asyncio.sleep(0.5)
        await end_of_autonomous(session)
        assert (await asked).status_code == 200
        assert not (await session.ask("demo:say afterwards")).data["isError"]
        assert len(session.of("turn_started")) == len(session.of("turn_finished")) == 3
