"""Fork, rewind and clear; attachments; bypassPermissions."""

import base64
import os
import struct
import zlib

import httpx2
import pytest

from tests.support.api import Api, locked, running_api
from tests.support.demo import Demo
from tests.support.session_client import open_session, subscribed, texts
from tests.support.waiting import until


async def test_a_fork_shares_only_the_history(api: Api) -> None:
    async with open_session(api.client, title="Origin") as session:
        await session.ask("demo:say one")
        await session.ask("demo:say two")
        answer = next(message for message in await session.messages() if message["role"] == "assistant")
        made = await api.client.post(f"{session.url}/fork", json={"afterMessage": answer["id"]})
        assert made.status_code == 201
        fork = made.json()
        assert (fork["title"], fork["id"] != session.id) == ("Origin (fork)", True)
        async with subscribed(api.client, fork["id"]) as other:
            assert texts(await other.messages()) == ["user: demo:say one", "assistant: one"]
            await other.ask("demo:recall")
            assert texts(await other.messages())[-1].endswith("demo:say one")
            assert len(await session.messages()) == 4
        whole = (await api.client.post(f"{session.url}/fork", json={})).json()
        assert len((await api.client.get(f"/sessions/{whole['id']}/messages")).json()["messages"]) == 4
        missing = await api.client.post(f"{session.url}/fork", json={"afterMessage": "nothing"})
        assert (missing.status_code, missing.json()["code"]) == (404, "message_not_found")


async def test_a_rewind_restores_the_conversation_and_the_files(api: Api) -> None:
    file = api.workspace / "rewound.txt"
    file.write_text("first\n")
    async with open_session(api.client, options={"permissionMode": "acceptEdits"}) as session:
        await session.ask("demo:read rewound.txt")
        turn = await session.ask("demo:edit rewound.txt first => second")
        assert file.read_text() == "second\n"
        await session.ask("demo:say third")
        answer = await api.client.post(f"{session.url}/rewind", json={"toMessage": turn.data["turnId"], "files": True})
        assert answer.status_code == 200, answer.text
        assert file.read_text() == "first\n"
        reset = await session.wait_for("session_reset")
        assert reset.data["newSessionId"] == session.id
        assert [text for text in texts(await session.messages()) if text.startswith("user")] == [
            "user: demo:read rewound.txt"
        ]
        await session.ask("demo:recall")
        said = texts(await session.messages())
        assert said[-1].endswith("demo:read rewound.txt")
        assert not any("third" in text for text in said)
        missing = await api.client.post(f"{session.url}/rewind", json={"toMessage": "nothing"})
        assert (missing.status_code, missing.json()["code"]) == (404, "message_not_found")


async def test_a_rewind_to_the_first_prompt_empties_the_conversation(api: Api) -> None:
    async with open_session(api.client) as session:
        for files in (False, True):
            first = await session.ask("demo:say first")
            await session.ask("demo:say second")
            body = {"toMessage": first.data["turnId"], "files": files}
            assert (await api.client.post(f"{session.url}/rewind", json=body)).status_code == 200
            assert await session.messages() == []
            end = await session.ask("demo:recall")
            assert not end.data["isError"], end.data
            assert texts(await session.messages())[-1].endswith("prompt was: demo:recall")
            body = {"toMessage": end.data["turnId"]}
            assert (await api.client.post(f"{session.url}/rewind", json=body)).status_code == 200


async def test_a_rewind_is_completed_even_if_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say one")
        turn = await session.ask("demo:say two")
        with locked(api):
            with pytest.raises(httpx2.TimeoutException):
                await api.client.post(f"{session.url}/rewind", json={"toMessage": turn.data["turnId"]}, timeout=1)
            behind = await api.client.post(f"{session.url}/rewind", json={"toMessage": turn.data["turnId"]})
            assert (behind.status_code, behind.json()["code"]) == (409, "session_busy")
        await session.wait_for("session_reset")
        await session.ask("demo:say three")
        assert texts(await session.messages()) == [
            "user: demo:say one",
            "assistant: one",
            "user: demo:say three",
            "assistant: three",
        ]


async def test_a_fork_is_completed_even_if_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client, title="Origin") as session:
        await session.ask("demo:say one")
        with locked(api), pytest.raises(httpx2.TimeoutException):
            await api.client.post(f"{session.url}/fork", json={}, timeout=1)

        async def made() -> list[str]:
            listed = (await api.client.get("/sessions")).json()["sessions"]
            return [one["id"] for one in listed if one["title"] == "Origin (fork)"]

        (fork,) = await until(made)
        async with subscribed(api.client, fork) as other:
            assert texts(await other.messages()) == ["user: demo:say one", "assistant: one"]


async def test_a_prompt_queued_after_a_clear_is_in_the_history(demo: Demo) -> None:
    async with running_api(demo) as api:
        async with open_session(api.client) as session:
            await session.ask("demo:say hello")
            await session.send("demo:stream 20 20")
            await session.send("/clear")
            turn = await session.send("demo:say behind it")
            shell = await api.client.post(f"{session.url}/shell", json={"command": "echo too"})
            await session.end_of(turn)
            await session.end_of(shell.json()["turnId"])
            said = await session.messages()
            assert texts(said)[:2] == ["user: demo:say behind it", "assistant: behind it"]
            await api.stop()
            await api.start()
        async with subscribed(api.client, session.id) as again:
            await again.end_of(shell.json()["turnId"])
            started = [event.data["turnId"] for event in again.of("turn_started")]
            assert started == [turn, shell.json()["turnId"]]
            assert texts(await again.messages()) == texts(said)


async def test_a_cleared_conversation_is_empty_for_all_clients(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say the secret word is plum")
        await session.ask("/clear")
        await session.wait_for("session_reset")
        await session.ask("demo:recall")
        said = texts(await session.messages())
        assert said == ["user: demo:recall", "assistant: Your first prompt was: demo:recall"]
        async with subscribed(api.client, session.id) as late:
            await late.wait_for("turn_finished")
            assert "plum" not in str(late.of("message"))
        await api.client.patch(session.url, json={"effort": "low"})  # the process ends
        await session.ask("demo:recall")
        assert texts(await session.messages())[-1].endswith("demo:recall")


async def test_a_busy_session_is_neither_forked_nor_rewound(api: Api) -> None:
    async with open_session(api.client) as session:
        turn = await session.begin("demo:stream 300 20")
        for url, body in (("fork", {}), ("rewind", {"toMessage": turn})):
            answer = await api.client.post(f"{session.url}/{url}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "session_busy")
        await api.client.post(f"{session.url}/interrupt")
        await session.end_of(turn)


async def test_a_prompt_can_have_texts_images_and_files(api: Api) -> None:
    (api.workspace / "notes.txt").write_text("from the workspace")
    attachments = [
        {"name": "a.txt", "mediaType": "text/plain", "data": base64.b64encode(b"attached text").decode()},
        {"name": "dot.png", "mediaType": "image/png", "data": base64.b64encode(_png()).decode()},
        {"path": "notes.txt"},
    ]
    async with open_session(api.client) as session:
        end = await session.ask("demo:say seen", attachments=attachments)
        assert not end.data["isError"], end.data
        assert session.of("turn_started")[0].data["attachments"][2] == {"path": "notes.txt"}
        entry = (await session.messages())[0]
        assert entry["content"][-1]["text"] == "demo:say seen"
        # On a process that was ready before, the conversation has another id than the session.
        written = [file.read_text() for file in (api.data / "claude").rglob("*.jsonl")]
        (stored,) = [text for text in written if "attached text" in text]
        assert '"media_type":"image/png"' in stored
        assert str(api.workspace.resolve() / "notes.txt") in stored


async def test_bypass_ends_with_the_process(demo: Demo) -> None:
    settings = {"ALLOW_BYPASS_PERMISSIONS": "1", "IDLE_TIMEOUT": "1", "WARM_WORKERS": "0"}
    async with running_api(demo, **settings) as api, open_session(api.client) as session:
        await session.ask("demo:say hello")
        changed = await api.client.patch(session.url, json={"permissionMode": "bypassPermissions"})
        # Claude Code itself refuses it to root.
        assert changed.status_code == (403 if os.geteuid() == 0 else 200)
        await session.wait_for("session_state", lambda data: data["state"] == "parked")
        assert (await session.info())["permissionMode"] == "default"
        await session.send("demo:run mkdir asked-again")
        await session.wait_for("request_opened")


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    )
