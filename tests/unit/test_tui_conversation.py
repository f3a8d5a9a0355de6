"""Conversation: events go in, items and changes come out."""

from typing import Any, Literal

import msgspec

from api.schema import (
    Event,
    Message,
    MessageAdded,
    RequestClosed,
    RequestOpened,
    SessionReset,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolFinished,
    ToolResultBlock,
    ToolStarted,
    ToolUseBlock,
    TurnFinished,
    TurnQueued,
    TurnStarted,
    TurnWithdrawn,
    Usage,
)
from tests.support.events import assistant_text, call, finished, info, open_request, result, stamped, whole_turn
from tui.model import (
    Added,
    Appended,
    AssistantText,
    Changed,
    Conversation,
    NoticeItem,
    Thinking,
    ToolCall,
    TurnSummary,
    UserPrompt,
)
from tui.model.changes import Updated


def _conversation_of(*events: Event) -> Conversation:
    conversation = Conversation("s")
    for event in stamped(events):
        conversation.apply(event)
    return conversation


def test_a_turn_becomes_items_in_order() -> None:
    conversation = _conversation_of(*whole_turn())
    kinds = [type(item).__name__ for item in conversation.items]
    assert kinds == ["UserPrompt", "Thinking", "AssistantText", *["ToolCall"] * 4, "AssistantText", "TurnSummary"]
    assert [item.state for item in conversation.items if isinstance(item, ToolCall)] == [
        "done",
        "done",
        "failed",
        "done",
    ]
    assert conversation.status.context_percent == 17.0
    assert conversation.status.cost_usd == 0.12
    assert conversation.title == "Fix the rounding in the cart"
    assert conversation.running is None


def test_fragments_make_one_text_that_the_complete_message_replaces() -> None:
    conversation = Conversation("s")
    deltas = [TextDelta(message_id="m1", index=0, text=word) for word in ("Hel", "lo")]
    changes = [change for event in stamped(deltas) for change in conversation.apply(event)]
    assert [type(change) for change in changes] == [Added, Appended, Appended]
    (whole,) = stamped([assistant_text("Hello!")], start=10)
    assert [type(change) for change in conversation.apply(whole)] == [Changed]
    assert [(item.text, item.is_done) for item in conversation.items if isinstance(item, AssistantText)] == [
        ("Hello!", True)
    ]


def test_a_message_sent_block_by_block_makes_each_item_once() -> None:
    first = MessageAdded(message=Message(id="m", role="assistant", content=(ThinkingBlock(thinking="Hm"),)))
    blocks = (ThinkingBlock(thinking="Hm"), TextBlock(text="So"), ToolUseBlock(id="u", name="Bash", input={}))
    second = MessageAdded(message=Message(id="m", role="assistant", content=blocks))
    conversation = _conversation_of(ThinkingDelta(message_id="m", index=0, text="H"), first, second, call("u", "Bash"))
    assert [type(item) for item in conversation.items] == [Thinking, AssistantText, ToolCall]


def test_events_sent_again_from_the_beginning_change_nothing() -> None:
    conversation = Conversation("s")
    for event in stamped(whole_turn()):
        conversation.apply(event)
    before = [item.key for item in conversation.items]
    for event in stamped(whole_turn(), start=1000):
        conversation.apply(event)
    assert [item.key for item in conversation.items] == before
    assert conversation.status.input_tokens == 900


def test_an_event_is_applied_once() -> None:
    conversation = Conversation("s")
    events = list(stamped(whole_turn()))
    for event in events:
        conversation.apply(event)
    assert all(conversation.apply(event) == () for event in events)


def test_texts_of_the_transcript_match_live_ones_with_other_block_indexes() -> None:
    live = MessageAdded(
        message=Message(id="m", role="assistant", content=(ThinkingBlock(thinking="Hm"), TextBlock(text="So")))
    )
    again = MessageAdded(message=Message(id="m", role="assistant", content=(TextBlock(text="So"),)))
    assert [type(item) for item in _conversation_of(live, again).items] == [Thinking, AssistantText]


def test_a_prompt_gets_the_message_id_that_a_rewind_needs() -> None:
    prompt = MessageAdded(message=Message(id="t1", role="user", content=(TextBlock(text="Hi"),)))
    conversation = _conversation_of(TurnStarted(turn_id="t1", prompt="Hi"), prompt)
    (item,) = conversation.items
    assert isinstance(item, UserPrompt)
    assert item.message_id == "t1"


def test_an_autonomous_turn_has_no_prompt() -> None:
    news = "<task-notification>\n<task-id>b</task-id>\n<summary>Monitor event: a line</summary>\n</task-notification>"
    messages = (
        Message(id=name, role="user", content=(TextBlock(text=text),)) for name, text in (("n1", news), ("n2", ""))
    )
    conversation = _conversation_of(
        TurnStarted(turn_id="t", prompt=""), *(MessageAdded(message=message) for message in messages)
    )
    assert [item.text for item in conversation.items if isinstance(item, NoticeItem)] == ["Monitor event: a line"]
    assert len(conversation.items) == 1


def test_the_time_of_a_call_starts_when_its_request_is_answered() -> None:
    conversation = _conversation_of(*open_request(), RequestClosed(request_id="r1", decision="allow", by="ada"))
    (asked,) = [item for item in conversation.items if isinstance(item, ToolCall)]
    assert asked.began_at == "2026-11-23T12:00:05.000Z"
    assert conversation.tools.running == [asked]


def test_queued_prompts_leave_the_queue_when_started_or_withdrawn() -> None:
    conversation = _conversation_of(TurnQueued(turn_id="a", prompt="1"), TurnQueued(turn_id="b", prompt="2"))
    assert list(conversation.queue) == ["a", "b"]
    later: list[Event] = [TurnStarted(turn_id="a", prompt="1"), TurnWithdrawn(turn_id="b")]
    for event in stamped(later, start=10):
        conversation.apply(event)
    assert not conversation.queue
    assert conversation.turns == {"a": "1", "b": "2"}


def test_an_open_request_marks_its_call_as_waiting() -> None:
    conversation = _conversation_of(*open_request())
    assert list(conversation.requests) == ["r1"]
    (waiting,) = [item for item in conversation.items if isinstance(item, ToolCall)]
    assert waiting.is_waiting
    denied: list[Event] = [RequestClosed(request_id="r1", decision="deny", by="ada"), result("u9", "no", is_error=True)]
    for event in stamped(denied, start=100):
        conversation.apply(event)
    assert not conversation.requests
    assert (waiting.state, waiting.is_waiting) == ("denied", False)


def test_the_end_of_a_turn_closes_its_requests() -> None:
    opened = [msgspec.structs.replace(event, turn_id="t2") for event in open_request()]
    conversation = _conversation_of(*opened, finished("t1"))
    assert list(conversation.requests) == ["r1"]
    (end,) = stamped([finished("t2")], start=100)
    conversation.apply(end)
    assert not conversation.requests


def test_a_request_that_comes_before_its_call_marks_it_too() -> None:
    opened = open_request()
    request = next(event for event in opened if isinstance(event, RequestOpened))
    conversation = _conversation_of(request, call("u9", "Bash"))
    assert [item.is_waiting for item in conversation.items if isinstance(item, ToolCall)] == [True]


def test_calls_still_running_at_the_end_of_a_turn_are_interrupted() -> None:
    conversation = _conversation_of(TurnStarted(turn_id="t1", prompt="x"), call("u", "Bash"), finished())
    (interrupted,) = [item for item in conversation.items if isinstance(item, ToolCall)]
    assert (interrupted.state, interrupted.output) == ("failed", "Interrupted")


def test_a_failed_turn_keeps_its_prompt_for_a_retry() -> None:
    failed = TurnFinished(
        turn_id="t1",
        stop_reason="error",
        is_error=True,
        num_turns=0,
        duration_ms=1,
        cost_usd=0,
        usage=Usage(),
        error="Overloaded.",
        code="model_overloaded",
    )
    conversation = _conversation_of(TurnStarted(turn_id="t1", prompt="Do it"), failed)
    ended = conversation.items[-1]
    assert isinstance(ended, TurnSummary)
    assert (ended.prompt, ended.error, ended.code) == ("Do it", "Overloaded.", "model_overloaded")


def test_a_reset_empties_the_conversation() -> None:
    conversation = _conversation_of(*whole_turn(), SessionReset(new_session_id="s2"))
    assert conversation.session_id == "s2"
    assert [type(item).__name__ for item in conversation.items] == ["NoticeItem"]


def test_the_items_of_a_subagent_are_kept_apart() -> None:
    nested = ToolStarted(tool_use_id="u2", name="Bash", input={}, title="", parent_tool_use_id="u1")
    done = ToolFinished(tool_use_id="u2", is_error=False, content="ok", parent_tool_use_id="u1")
    conversation = _conversation_of(call("u1", "Task", description="Look"), nested, done)
    assert [item.key for item in conversation.items] == ["u1"]
    assert [(item.key, item.parent) for item in conversation.inner["u1"]] == [("u2", "u1")]


def test_the_first_prompt_serves_as_title_until_there_is_one() -> None:
    conversation = _conversation_of(TurnStarted(turn_id="t", prompt="Fix\n  the   login"))
    assert conversation.title == "Fix the login"
    assert conversation.apply_info(info("Login")) == Updated("status")
    assert conversation.title == "Login"


def test_the_root_of_a_nested_subagents_item_is_the_first_call() -> None:
    inner = ToolStarted(tool_use_id="u2", name="Agent", input={}, title="", parent_tool_use_id="u1")
    words = Message(id="m9", role="assistant", content=(TextBlock(text="Deep"),), parent_tool_use_id="u2")
    conversation = _conversation_of(call("u1", "Agent"), inner, MessageAdded(message=words))
    (deep,) = conversation.inner["u2"]
    assert isinstance(deep, AssistantText)
    assert conversation.root(deep) == "u1"


def _message(number: int, role: Literal["user", "assistant"] = "assistant", *blocks: Any) -> Message:
    return Message(id=f"m{number}", role=role, content=blocks or (TextBlock(text=f"text {number}"),))


def test_older_messages_are_prepended_without_duplicates() -> None:
    use, outcome = (
        ToolUseBlock(id="u", name="Bash", input={"command": "ls"}),
        ToolResultBlock(tool_use_id="u", content="a"),
    )
    lost = ToolUseBlock(id="gone", name="Bash", input={})
    past = [_message(1, "user"), _message(2, "assistant", use), _message(3, "user", outcome), _message(4)]
    past.append(_message(5, "assistant", lost))
    conversation = _conversation_of(*(MessageAdded(message=message) for message in (_message(6), _message(7, "user"))))
    assert conversation.prepend([*past, _message(6), _message(7, "user")]) == 4
    kinds = [type(item).__name__ for item in conversation.items]
    assert kinds == ["UserPrompt", "ToolCall", "AssistantText", "ToolCall", "AssistantText", "UserPrompt"]
    assert [item.state for item in conversation.items if isinstance(item, ToolCall)] == ["done", "done"]
    assert conversation.prepend(past) == 0


def test_a_result_is_kept_until_its_older_call_is_loaded() -> None:
    outcome = _message(3, "user", ToolResultBlock(tool_use_id="u", content="late", is_error=True))
    conversation = _conversation_of(MessageAdded(message=outcome))
    conversation.prepend([_message(2, "assistant", ToolUseBlock(id="u", name="Bash", input={}))])
    (item,) = conversation.items
    assert isinstance(item, ToolCall)
    assert (item.state, item.output) == ("failed", "late")
