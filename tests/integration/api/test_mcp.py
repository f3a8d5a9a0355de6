"""The MCP servers of a session: their state, and that asking for it disturbs nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.session_client import SessionClient, open_session
from tests.support.untrusted_workspace import TRACKER, add_mcp_servers
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(demo: Demo) -> AsyncIterator[Api]:
    """Room for one process, and a workspace with two servers that need no question."""
    async with running_api(demo, TRUST_WORKSPACE="1", MAX_SESSIONS="1", WARM_WORKERS="0") as running:
        add_mcp_servers(running.workspace, tracker=TRACKER, broken={"command": "/nowhere/at-all"})
        yield running


async def servers(session: SessionClient) -> dict[str, Any]:  # JSON
    """The servers by name, once none of them is just connecting."""
    async with asyncio.timeout(30):
        while True:
            answer = await session.client.get(f"{session.url}/mcp")
            assert answer.status_code == 200, answer.text
            found = {server["name"]: server for server in answer.json()["servers"]}
            if all(server["status"] != "pending" for server in found.values()):
                return found
            await asyncio.sleep(0.1)


async def test_a_new_session_reports_its_servers(api: Api) -> None:
    async with open_session(api.client) as session:
        found = await servers(session)
        assert found["tracker"] == {
            "name": "tracker",
            "status": "connected",
            "scope": "project",
            "transport": "stdio",
            "version": "tracker 1",
            "error": None,
            "tools": [{"name": "close_issue"}],
        }
        assert found["broken"]["status"] == "failed"
        assert found["broken"]["tools"] == []
        end = await session.ask("demo:say it goes on")
        assert not end.data["isError"]


async def test_servers_are_reported_during_a_turn(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.begin("demo:stream 200 20")
        assert (await servers(session))["tracker"]["status"] == "connected"
        assert not session.of("turn_finished")
        await api.client.post(f"{session.url}/interrupt")
        await session.end_of(turn)


async def test_parallel_requests_start_one_process(api: Api) -> None:
    async with open_session(api.client) as session, open_session(api.client) as other:
        first = session.send("demo:say hello")
        asked = [api.client.get(f"{session.url}/mcp") for _ in range(5)]
        turn, *answers = await asyncio.gather(first, *asked)
        assert [answer.status_code for answer in answers if isinstance(answer, httpx2.Response)] == [200] * 5
        assert not (await session.end_of(str(turn))).data["isError"]
        # A slot that was taken twice would be missing now.
        assert not (await other.ask("demo:say hello")).data["isError"]
        assert not (await session.ask("demo:say hello again")).data["isError"]


async def test_a_session_deleted_during_a_request_releases_its_slot(api: Api) -> None:
    async with open_session(api.client) as busy, open_session(api.client) as gone:
        turn = await busy.begin("demo:stream 400 20")
        asked = asyncio.create_task(api.client.get(f"{gone.url}/mcp"))
        await asyncio.sleep(0.3)
        assert (await api.client.delete(gone.url)).status_code == 204
        assert (await asked).status_code == 404
        await api.client.post(f"{busy.url}/interrupt")
        await busy.end_of(turn)
        async with open_session(api.client) as third:
            assert not (await third.ask("demo:say there is room")).data["isError"]


async def test_a_process_without_waiting_callers_releases_its_slot(api: Api) -> None:
    async with open_session(api.client) as hasty, open_session(api.client) as session:
        with pytest.raises(httpx2.TimeoutException):
            await api.client.get(f"{hasty.url}/mcp", timeout=0.2)
        assert not (await session.ask("demo:say hello")).data["isError"]


async def test_settings_changed_while_the_process_starts_are_in_force(api: Api) -> None:
    async with open_session(api.client) as session:
        asked = asyncio.create_task(servers(session))
        await asyncio.sleep(0.2)
        changed = await api.client.patch(session.url, json={"permissionMode": "plan"})
        assert changed.json()["permissionMode"] == "plan"
        assert (await asked)["tracker"]["status"] == "connected"
        await session.ask("demo:say hello")
        assert (await session.info())["permissionMode"] == "plan"


async def test_a_query_runs_with_its_options_even_if_a_process_is_starting(api: Api) -> None:
    async with open_session(api.client) as session:
        asked = asyncio.create_task(servers(session))
        await asyncio.sleep(0.2)
        options = {"sessionId": session.id, "permissionMode": "acceptEdits", "timeoutSeconds": 30}
        body = {"prompt": "demo:write written.txt by a query", "options": options}
        answer = await api.client.post("/query", json=body)
        assert answer.status_code == 200, answer.text
        assert not answer.json().get("deniedTools")
        assert (api.workspace / "written.txt").read_text() == "by a query"
        with suppress(AssertionError):  # it may get the error that the process ended
            await asked
        assert (await session.info())["permissionMode"] == "default"


async def test_a_prompt_that_waits_for_the_same_process_can_be_interrupted(api: Api) -> None:
    async with open_session(api.client) as session:
        asked = asyncio.create_task(servers(session))
        await asyncio.sleep(0.1)
        turn = await session.send("demo:stream 400 20")
        assert (await api.client.post(f"{session.url}/interrupt")).status_code == 202
        await until(lambda: session.of("turn_finished", turn) or session.of("turn_withdrawn", turn), seconds=2.5)
        assert (await asked)["tracker"]["status"] == "connected"


async def test_a_withdrawn_prompt_does_not_take_the_slot_of_a_request(api: Api) -> None:
    async with open_session(api.client) as busy, open_session(api.client) as session, open_session(api.client) as other:
        turn = await busy.send("demo:stream 400 20")
        await busy.wait_for("text_delta")
        waiting = await session.send("demo:say hello")
        asked = asyncio.create_task(servers(session))
        await asyncio.sleep(0.3)
        assert (await api.client.delete(f"{session.url}/messages/{waiting}")).status_code == 204
        behind = await other.send("demo:stream 80 20")
        await api.client.post(f"{busy.url}/interrupt")
        await busy.end_of(turn)
        async with asyncio.timeout(30):
            while not other.of("turn_finished", behind):
                assert len(api.claude_pids()) <= 1
                await asyncio.sleep(0.02)
        assert (await asked)["tracker"]["status"] == "connected"


async def test_no_process_starts_in_an_untrusted_folder(demo: Demo) -> None:
    async with running_api(demo) as api:
        add_mcp_servers(api.workspace)
        async with open_session(api.client) as session:
            refused = await api.client.get(f"{session.url}/mcp")
            assert (refused.status_code, refused.json()["code"]) == (409, "folder_not_trusted")
            await api.client.post(f"{session.url}/shell", json={"command": "sleep 60"})
            await session.wait_for("tool_started")
            refused = await api.client.get(f"{session.url}/mcp")
            assert (refused.status_code, refused.json()["code"]) == (409, "folder_not_trusted")
            await api.client.post(f"{session.url}/interrupt")
            assert not session.of("request_opened")
            await session.send("demo:say hello")
            request = (await session.wait_for("request_opened")).data["request"]
            await session.answer(request["id"], decision="deny")
            await session.wait_for("turn_finished")
            assert await servers(session) == {}
