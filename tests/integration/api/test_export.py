"""A real conversation as Markdown, JSON and HTML."""

import asyncio

import pytest

from tests.support.api import Api
from tests.support.html_elements import Elements
from tests.support.http_caller import new_session, say

HOSTILE = (
    "demo:say <script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) ![p](http://evil/p.png)"
)


@pytest.fixture
async def talk(api: Api) -> str:
    """A session with hostile text and a tool's output."""
    session_id = await new_session(api.client)
    await say(api.client, session_id, HOSTILE)
    await say(api.client, session_id, 'demo:run printf "````\\n<b>out</b>"')
    renamed = await api.client.patch(f"/sessions/{session_id}", json={"title": "A <b>bold</b> # title"})
    assert renamed.status_code == 200
    return session_id


async def test_markdown_keeps_tool_output_in_fences(api: Api, talk: str) -> None:
    answer = await api.client.get(f"/sessions/{talk}/export")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''A-b-bold-b-title.md"
    lines = answer.text.splitlines()
    assert lines[0] == "# A <b>bold</b> # title"
    assert sum(line.startswith("## You") for line in lines) == 2
    assert "`````" in lines, "a fence longer than the one that was printed"


async def test_json_has_the_session_and_its_messages(api: Api, talk: str) -> None:
    body = (await api.client.get(f"/sessions/{talk}/export?format=json")).json()
    assert body["session"]["id"] == talk
    assert [message["role"] for message in body["messages"]][:2] == ["user", "assistant"]
    assert body["messages"] == (await api.client.get(f"/sessions/{talk}/messages?limit=100")).json()["messages"]


async def test_html_runs_no_script_and_loads_nothing(api: Api, talk: str) -> None:
    answer = await api.client.get(f"/sessions/{talk}/export?format=html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    elements = Elements(answer.text).found
    assert {tag for tag, _ in elements} & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
    } == set()
    for _, attributes in elements:
        assert not any(name.startswith("on") or name in ("src", "srcset", "style") for name in attributes)
        assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "default-src &#39;none&#39;" in answer.text or "default-src 'none'" in answer.text


async def test_an_unknown_format_is_refused(api: Api, talk: str) -> None:
    answer = await api.client.get(f"/sessions/{talk}/export?format=pdf")
    assert (answer.status_code, answer.json()["error"]) == (400, "format must be md, json or html")
    assert (await api.client.get("/sessions/nope/export")).status_code in (400, 404)


async def test_an_empty_session_can_be_exported_too(api: Api) -> None:
    session_id = await new_session(api.client)
    answers = await asyncio.gather(
        *(api.client.get(f"/sessions/{session_id}/export?format={form}") for form in ("md", "json", "html"))
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
