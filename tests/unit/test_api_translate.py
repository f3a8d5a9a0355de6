"""Translates the SDK's messages into events, and transcripts into messages."""

from typing import Any

import claude_agent_sdk as sdk
import msgspec
import pytest

from api.claude import tools
from api.claude.result import ReportedResult, read_result, status_code
from api.claude.todos import TodoList
from api.claude.transcripts import before, renamed, up_to
from api.claude.translate import Translator
from api.errors import NotFoundError
from api.events import history, messages
from api.schema import Event, MessageAdded, Notice, TextDelta, ToolFinished, ToolStarted, encode
from api.storage import TurnRow
from api.turns.result import from_report, interrupted


def events(*messages: object) -> list[Event]:
    translator = Translator("s")
    return [event for message in messages for event in translator.events(message)]


def assistant(*blocks: sdk.ContentBlock, **more: object) -> sdk.AssistantMessage:
    fields = {"model": "claude", "message_id": "m", **more}
    return sdk.AssistantMessage(content=list(blocks), **fields)  # type: ignore[arg-type]


def streamed(event: dict[str, object]) -> sdk.StreamEvent:
    return sdk.StreamEvent(uuid="u", session_id="s", event=event)


def test_blocks_of_one_message_add_up() -> None:
    call = sdk.ToolUseBlock(id="c", name="Bash", input={"command": "ls"})
    found = events(assistant(sdk.TextBlock(text="a")), assistant(call))
    assert [type(event) for event in found] == [MessageAdded, MessageAdded, ToolStarted]
    assert isinstance(found[1], MessageAdded)
    assert len(found[1].message.content) == 2
    assert isinstance(found[2], ToolStarted)
    assert found[2].title == "Bash: ls"


def test_deltas_carry_the_id_of_the_message_that_streams() -> None:
    found = events(
        streamed({"type": "message_start", "message": {"id": "m1"}}),
        streamed({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}),
        streamed({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta"}}),
        streamed({"type": "ping"}),
    )
    assert found == [TextDelta(message_id="m1", index=0, text="hi")]


def test_the_text_of_an_incomplete_message_is_kept() -> None:
    translator = Translator("s")
    for message in (
        streamed({"type": "message_start", "message": {"id": "m1"}}),
        streamed({"type": "content_block_delta", "index": 0, "delta": {"text": "half an "}}),
        streamed({"type": "content_block_delta", "index": 0, "delta": {"text": "answer"}}),
    ):
        list(translator.events(message))
    (event,) = translator.unfinished_messages()
    assert isinstance(event, MessageAdded)
    assert b"half an answer" in encode(event)
    assert list(translator.unfinished_messages()) == []


def test_outputs_are_shortened_and_errors_are_no_messages() -> None:
    long = sdk.ToolResultBlock(tool_use_id="c", content="x" * 100_000)
    (finished,) = events(sdk.UserMessage(content=[long], tool_use_result="Error: a text"))  # type: ignore[arg-type]
    assert isinstance(finished, ToolFinished)
    assert len(finished.content) < 17_000
    assert "characters left out" in finished.content
    assert events(assistant(sdk.TextBlock(text="API Error"), model="<synthetic>", error="rate_limit")) == []


@pytest.mark.parametrize(
    "message",
    [
        object(),
        sdk.SystemMessage(subtype="brand_new", data={}),
        sdk.SystemMessage(subtype="api_retry", data={"retry_delay_ms": "soon"}),
        sdk.UserMessage(content="text"),
        sdk.UserMessage(content=[sdk.ToolResultBlock(tool_use_id="c", content=[{"type": "image"}, "odd", None])]),  # type: ignore[list-item]
        sdk.ResultMessage(
            subtype="success", duration_ms=1, duration_api_ms=1, is_error=False, num_turns=1, session_id="s"
        ),
        assistant(sdk.ToolUseBlock(id="c", name="", input={"command": "a\x1b[31m\u202eb\n\n" + "c" * 999})),
        assistant(sdk.ServerToolResultBlock(tool_use_id="c", content={"type": "web"})),
    ],
)
def test_no_message_raises_an_exception(message: object) -> None:
    for event in events(message):
        assert encode(event)
    assert all(isinstance(event, Notice) for event in events(object()))


def test_titles_are_one_short_line() -> None:
    assert tools.title("Bash", {"command": "ls\n\n  -la"}) == "Bash: ls -la"
    assert len(tools.title("Bash", {"command": "x" * 999})) < 220
    assert tools.title("Odd", {"command": 5}) == "Odd"


def test_diffs_say_what_was_done() -> None:
    patch = [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": ["-a", "+b"]}]
    assert tools.diff_of_result({"filePath": "f", "structuredPatch": patch}) == "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n+b"
    assert "+new" in str(tools.diff_of_result({"filePath": "f", "type": "create", "content": "new"}))
    for odd in (None, "text", {}, {"filePath": 5}, {"filePath": "f", "structuredPatch": ["x"]}):
        assert tools.diff_of_result(odd) is None


def test_both_todo_tools_make_one_list() -> None:
    todos = TodoList()
    todos.apply("TaskCreate", {"subject": "one"}, {"task": {"id": 1}})
    todos.apply("TaskCreate", {"subject": "two"}, {"task": {"id": 2}})
    items = todos.apply("TaskUpdate", {"taskId": "1", "status": "completed"}, None)
    assert [(item.text, item.status) for item in items or ()] == [("one", "completed"), ("two", "pending")]
    items = todos.apply("TodoWrite", {"todos": [{"content": "x", "status": "odd"}, "odd"]}, None)
    assert [(item.text, item.status) for item in items or ()] == [("x", "pending")]
    assert todos.apply("Bash", {}, None) is None


def result(**more: object) -> ReportedResult:
    fields = {
        "subtype": "success",
        "duration_ms": 1,
        "duration_api_ms": 1,
        "is_error": False,
        "num_turns": 1,
        "session_id": "s",
        **more,
    }
    return read_result(sdk.ResultMessage(**fields))  # type: ignore[arg-type]


def test_the_results_of_turns() -> None:
    fine = from_report(result(stop_reason="end_turn"), cost_usd=1, stopped=None)
    assert (fine.stop_reason, fine.is_error, fine.cost_usd) == ("end_turn", False, 1)
    just_done = from_report(result(stop_reason="end_turn"), cost_usd=0, stopped=interrupted())
    assert just_done.stop_reason == "end_turn"
    cut = from_report(result(terminal_reason="aborted_streaming"), cost_usd=0, stopped=interrupted("timeout", "t", "t"))
    assert (cut.stop_reason, cut.code) == ("timeout", "t")
    limit = from_report(result(subtype="error_max_turns", is_error=True), cost_usd=0, stopped=None)
    assert (limit.stop_reason, limit.code) == ("max_turns", "max_turns")
    gateway = "Oops. If it persists, check your inference gateway (10.0.0.1:80)."
    refused = from_report(result(is_error=True, api_error_status=529, result=gateway), cost_usd=0, stopped=None)
    assert refused.code == "model_overloaded"
    assert "10.0.0.1" not in str(refused.error)
    assert [status_code(status) for status in (401, 403, 429, 503, 529, 500, None)] == [
        "model_authentication",
        "model_authentication",
        "model_rate_limited",
        "model_overloaded",
        "model_overloaded",
        "model_error",
        "model_error",
    ]


ENTRIES: list[dict[str, Any]] = [
    {"type": "mode", "sessionId": "s"},
    {"type": "user", "uuid": "u1", "sessionId": "s", "timestamp": "1", "message": {"content": "hello"}},
    {
        "type": "assistant",
        "uuid": "x",
        "timestamp": "2",
        "message": {"id": "m1", "content": [{"type": "tool_use", "id": "c", "name": "Bash", "input": {}}]},
    },
    {
        "type": "user",
        "uuid": "u2",
        "timestamp": "3",
        "message": {"content": [{"type": "tool_result", "tool_use_id": "c", "content": "out"}]},
    },
    {"type": "user", "uuid": "u3", "isMeta": True, "message": {"content": "for Claude only"}},
    {"type": "assistant", "uuid": "y", "message": {"id": "m2", "model": "<synthetic>", "content": "No response"}},
    {"type": "user", "uuid": "u4", "timestamp": "4", "message": {"content": "second"}},
]


def test_transcripts_become_messages_in_order() -> None:
    lost = TurnRow(id="lost", session_id="s", prompt="never arrived", started_at="9", outcome={})
    found = messages.messages(ENTRIES, [lost])
    assert [message.id for message in found] == ["u1", "m1", "u2", "u4", "lost"]
    kinds = [type(event).__name__ for _, event in history.events(ENTRIES, [lost], subagents={})]
    assert kinds == [
        *("MessageAdded", "MessageAdded", "ToolStarted", "ToolFinished", "MessageAdded"),
        *("TurnStarted", "MessageAdded"),
    ]


def test_history_has_the_start_and_end_of_each_turn() -> None:
    outcome = {"stopReason": "end_turn", "isError": False, "numTurns": 1, "durationMs": 1, "costUsd": 0, "usage": {}}
    turns = [
        TurnRow(id=name, session_id="s", prompt=name, started_at="1", finished_at="2", outcome=outcome)
        for name in ("u1", "u4")
    ]
    found = [event for _, event in history.events(ENTRIES, turns, subagents={})]
    assert [event.turn_id for event in found] == ["u1"] * 6 + ["u4"] * 3
    assert [msgspec.to_builtins(event)["type"] for event in found][-3:] == ["turn_started", "message", "turn_finished"]


def test_transcripts_are_cut_at_a_message() -> None:
    assert len(before(ENTRIES, "u4")) == 6
    assert [entry.get("uuid") for entry in up_to(ENTRIES, "m1")][-1] == "u2"
    assert renamed(ENTRIES, "new")[0]["sessionId"] == "new"
    for cut in (before, up_to):
        with pytest.raises(NotFoundError):
            cut(ENTRIES, "missing")
