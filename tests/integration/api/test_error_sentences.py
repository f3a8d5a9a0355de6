"""Invalid bodies are refused with a sentence that names the field."""

from typing import Any

import httpx2
import pytest

from tests.support.api import Api
from tests.support.api_contract import assert_error

UUID = "00000000-0000-4000-8000-000000000000"


async def refusal(client: httpx2.AsyncClient, path: str, body: object) -> str:
    answer = await client.post(path, json=body)
    sentence = str(assert_error(answer, 400)["error"])
    assert "regex" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("x", "expected object"),
        ([], "expected object"),
        ({"type": 5}, "$.type"),
        ({"type": "object", "required": "a"}, "$.required"),
        ({"type": "object", "properties": {"a": {"type": "nope"}}}, "$.properties.a.type"),
        ({"$ref": "#/nowhere"}, "$ref"),
        ({"$ref": "https://127.0.0.1:1/schema.json"}, "$ref"),
        ({"type": "string"}, "object"),
        ({"type": ["object", "null"]}, "object"),
    ],
)
async def test_an_invalid_schema_is_refused_before_the_query_runs(api: Api, schema: Any, why: str) -> None:
    before = len((await api.client.get("/sessions", params={"limit": 200})).json()["sessions"])
    sentence = await refusal(api.client, "/query", {"prompt": "x", "options": {"outputSchema": schema}})
    assert sentence.startswith("options.outputSchema: ")
    assert why in sentence
    assert len((await api.client.get("/sessions", params={"limit": 200})).json()["sessions"]) == before


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/query", {"prompt": "x", "options": {"model": "a\nb"}}, "options.model: must be one line of text"),
        ("/query", {"prompt": "x", "options": {"systemPrompt": "\0"}}, "options.systemPrompt: must not contain NUL"),
        (
            "/query",
            {"prompt": "x", "options": {"allowedTools": ["a\0"]}},
            "options.allowedTools[0]: must be one line",
        ),
        ("/sessions", {"id": "me"}, "id: must be a UUID in lower case"),
        ("/sessions", {"title": "a\nb"}, "title: must be one line of text"),
        ("/sessions", {"prompt": 7}, "Prompt must be a string"),
        ("/sessions", {"prompt": " "}, "Prompt is required"),
        (
            "/sessions/{id}/messages",
            {"prompt": "x", "attachments": [{"paht": "a"}]},
            "Unknown field: attachments[0].paht",
        ),
        (f"/sessions/{{id}}/requests/{UUID}", {"decision": "allow", "rember": True}, "Unknown field: rember"),
        (f"/sessions/{{id}}/requests/{UUID}", {"decision": "maybe"}, "decision: "),
        ("/sessions/{id}/rewind", {"toMessage": "x", "conversation": False}, "files or conversation must be true"),
    ],
)
async def test_the_sentence_names_the_field(api: Api, path: str, body: object, sentence: str) -> None:
    session = (await api.client.post("/sessions", json={})).json()
    said = await refusal(api.client, path.replace("{id}", session["id"]), body)
    assert said.startswith(sentence), said


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (rb'{"prompt":"\ud83d"}', "an unpaired surrogate"),
        (rb'{"prompt":"a\udc00x"}', "an unpaired surrogate"),
        (b'{"prompt":"\xff"}', "not UTF-8"),
        (b'{"prompt":', "must be a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
async def test_a_value_of_the_wrong_type_is_named(api: Api, body: bytes, sentence: str) -> None:
    answer = await api.client.post("/query", content=body, headers={"Content-Type": "application/json"})
    assert sentence in assert_error(answer, 400, "invalid_json")["error"]
