"""Open requests to a person, with the real Claude Code."""

import asyncio
from pathlib import Path

import httpx2

from tests.support.api import Api
from tests.support.session_client import open_session, subscribed


async def test_the_first_answer_counts_and_other_clients_see_it(api: Api) -> None:
    async with open_session(api.client) as session, subscribed(api.client, session.id) as other:
        turn = await session.send("demo:run mkdir first-wins")
        request = (await session.wait_for("request_opened")).data["request"]
        assert request["kind"] == "permission"
        assert request["toolName"] == "Bash"
        assert request["input"]["command"] == "mkdir first-wins"
        assert request["title"] == "Bash: mkdir first-wins"
        assert request["suggestions"] == ["Bash(mkdir first-wins *)"]
        assert (await session.info())["state"] == "waiting"
        assert (await session.info())["pendingRequests"] == 1
        listed = (await api.client.get(f"{session.url}/requests")).json()["requests"]
        assert [entry["id"] for entry in listed] == [request["id"]]
        async with api.client_for() as one, api.client_for() as two:
            url, body = f"{session.url}/requests/{request['id']}", {"decision": "allow"}
            answers = await asyncio.gather(one.post(url, json=body), two.post(url, json=body))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        closed = await other.wait_for("request_closed")
        assert closed.data | {"decision": "allow", "by": api.user, "requestId": request["id"]} == closed.data
        await session.end_of(turn)
        assert (api.workspace / "first-wins").is_dir()
        late = await session.answer(request["id"], decision="deny")
        assert (late.status_code, late.json()["code"]) == (409, "request_closed")
        assert (await session.answer("nonsense", decision="deny")).status_code == 404


async def test_claude_gets_the_reason_of_a_denial(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:run mkdir denied")
        request = (await session.wait_for("request_opened")).data["request"]
        await session.answer(request["id"], decision="deny", message="Not in this folder, please.")
        await session.end_of(turn)
        finished = session.of("tool_finished", turn)[0].data
        assert finished["isError"]
        assert "Not in this folder, please." in finished["content"]
        assert not (api.workspace / "denied").exists()


async def test_always_applies_to_the_session_and_after_a_resume(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:run touch kept remembered-1")
        request = (await session.wait_for("request_opened")).data["request"]
        assert request["suggestions"] == ["Bash(touch kept *)"]
        await session.answer(request["id"], decision="allow", remember=True)
        await session.end_of(turn)
        await session.ask("demo:run touch kept remembered-2")
        # A new effort is an argument of the process: it ends, and the next prompt resumes the conversation.
        await api.client.patch(session.url, json={"effort": "low"})
        await session.ask("demo:run touch kept remembered-3")
        assert len(session.of("request_opened")) == 1
        assert all((api.workspace / f"remembered-{number}").exists() for number in (1, 2, 3))
        assert not (api.workspace / ".claude").exists()


async def test_a_question_is_answered_with_a_label_or_free_text(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:ask")
        request = (await session.wait_for("request_opened")).data["request"]
        assert request["kind"] == "question"
        question = request["questions"][0]
        assert [option["label"] for option in question["options"]] == ["Red", "Green", "Blue"]
        await session.answer(request["id"], decision="allow", answers={question["question"]: "Rather violet"})
        await session.end_of(turn)
        assert "Rather violet" in session.of("tool_finished", turn)[-1].data["content"]


async def test_a_plan_is_approved_or_refused(api: Api) -> None:
    async with open_session(api.client, options={"permissionMode": "plan"}) as session:
        turn = await session.send("demo:plan")
        request = (await session.wait_for("request_opened")).data["request"]
        assert request["kind"] == "plan"
        assert request["input"]["plan"]
        await session.answer(request["id"], decision="deny", message="More detail.")
        await session.end_of(turn)
        assert "More detail." in session.of("tool_finished", turn)[-1].data["content"]
        assert (await session.info())["permissionMode"] == "plan"


async def test_a_request_for_an_edit_has_its_diff(api: Api, tmp_path: Path) -> None:
    (api.workspace / "diffed.txt").write_text("one\ntwo\nthree\n")
    async with open_session(api.client) as session:
        await session.ask("demo:read diffed.txt")
        turn = await session.send("demo:edit diffed.txt two => TWO")
        request = (await session.wait_for("request_opened")).data["request"]
        assert "-two\n+TWO" in request["diff"]
        await session.answer(request["id"], decision="allow")
        await session.end_of(turn)
        assert "-two\n+TWO" in session.of("tool_finished", turn)[-1].data["diff"]


async def test_an_interrupt_closes_the_request(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.send("demo:run mkdir interrupted-request")
        request = (await session.wait_for("request_opened")).data["request"]
        await api.client.post(f"{session.url}/interrupt")
        end = await session.end_of(turn)
        assert end.data["stopReason"] == "interrupted"
        closed = session.of("request_closed", turn)
        assert [event.data["decision"] for event in closed] == ["cancelled"]
        late: httpx2.Response = await session.answer(request["id"], decision="allow")
        assert late.status_code == 409
        assert not (api.workspace / "interrupted-request").exists()
        await session.ask("demo:say still here")
