"""The events of a sample conversation, with fixed times."""

from collections.abc import Iterable, Iterator

import msgspec

from api.schema import (
    Context,
    Event,
    Message,
    MessageAdded,
    Request,
    RequestOpened,
    SessionChanged,
    SessionInfo,
    TextBlock,
    ThinkingBlock,
    TodoItem,
    Todos,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnQueued,
    TurnStarted,
    Usage,
)

ANSWER = """\
# What was wrong

The total was rounded to **one** digit, see `cart.py` and [the docs](https://example.com/).

1. Money needs two
   - always
2. Discounts were ignored

| item | count | price |
|---|:-:|--:|
| tea | 2 | 4.50 |
| 日本茶 | 1 | 12.00 |

```python
def total(items: list[Item]) -> Decimal:
    return sum(item.price * item.count for item in items)
```

> Tests pass now."""

DIFF = """\
--- shop/cart.py
+++ shop/cart.py
@@ -10,7 +10,8 @@ def total(items):
     result = 0
     for item in items:
-        result += item.price * item.count
-    return round(result, 1)
+        result += item.price * item.count * (1 - item.discount)
+    # cents, not dimes
+    return round(result, 2)
     # the caller formats it
     # for its language"""


def stamped(events: Iterable[Event], start: int = 1) -> Iterator[Event]:
    """Numbers the events and dates them one second apart, as the event log does."""
    for seq, event in enumerate(events, start):
        at = f"2026-11-23T12:{seq // 60:02}:{seq % 60:02}.000Z"
        yield msgspec.structs.replace(event, seq=seq, session_id="s", at=at)


def assistant_text(text: str, message_id: str = "m1") -> MessageAdded:
    """Returns the event of a complete text of Claude."""
    return MessageAdded(turn_id="t1", message=Message(id=message_id, role="assistant", content=(TextBlock(text=text),)))


def call(key: str, name: str, **given: str) -> ToolStarted:
    """Returns the event of a tool call."""
    return ToolStarted(tool_use_id=key, name=name, input=dict(given), title=name)


def result(key: str, content: str, *, is_error: bool = False, diff: str | None = None) -> ToolFinished:
    """Returns the event of a tool call's result."""
    return ToolFinished(tool_use_id=key, is_error=is_error, content=content, diff=diff)


def info(title: str = "Fix the rounding in the cart") -> SessionInfo:
    """Returns the session as the api describes it."""
    return SessionInfo(
        id="s",
        title=title,
        state="running",
        model="claude-sonnet-5",
        permission_mode="default",
        created_at="2026-11-23T12:00:00.000Z",
        updated_at="2026-11-23T12:00:00.000Z",
        cost_usd=0.12,
        num_turns=3,
        pending_requests=0,
        cwd="/workspace",
    )


def finished(turn_id: str = "t1") -> TurnFinished:
    """Returns the event of a turn's successful end."""
    return TurnFinished(
        turn_id=turn_id,
        stop_reason="end_turn",
        is_error=False,
        num_turns=3,
        duration_ms=12_300,
        cost_usd=0.12,
        usage=Usage(input_tokens=900, output_tokens=120),
    )


def whole_turn() -> list[Event]:
    """Returns the events of a turn that contains every common kind of event."""
    thought = (ThinkingBlock(thinking="Where is it rounded?"), TextBlock(text="I'll look at the cart first."))
    return [
        SessionChanged(session=info()),
        TurnStarted(turn_id="t1", prompt="The total of the cart is wrong by some cents. Fix it."),
        MessageAdded(turn_id="t1", message=Message(id="m0", role="assistant", content=thought)),
        call("u1", "Read", file_path="/workspace/shop/cart.py"),
        result("u1", "\n".join(f"{number}→line" for number in range(1, 121))),
        call("u2", "Grep", pattern="round\\(", path="shop"),
        result("u2", "shop/cart.py:12\nshop/tax.py:3"),
        call("u3", "Bash", command="pytest -q tests/test_cart.py"),
        result("u3", "\x1b[31mFAILED\x1b[0m test_total - 10.01 != 10.00\n1 failed in 0.12s", is_error=True),
        call("u4", "Edit", file_path="/workspace/shop/cart.py", old_string="a", new_string="b"),
        result("u4", "ok", diff=DIFF),
        assistant_text(ANSWER),
        Todos(
            items=(
                TodoItem(text="Read the cart", status="completed"),
                TodoItem(text="Fix the rounding", status="in_progress"),
                TodoItem(text="Run the tests", status="pending"),
            )
        ),
        Context(used_tokens=34_000, max_tokens=200_000, percent=17.0),
        finished(),
    ]


def open_request() -> list[Event]:
    """Returns the events of a tool call that waits for a person's permission."""
    given = {"command": "rm -rf build && make all # \u202e live", "description": "Remove the build folder and build"}
    return [
        TurnStarted(turn_id="t2", prompt="Build it anew."),
        ToolStarted(turn_id="t2", tool_use_id="u9", name="Bash", input=given, title="Bash: rm"),
        RequestOpened(
            request=Request(
                id="r1",
                kind="permission",
                tool_name="Bash",
                input=given,
                title="Bash: rm -rf build",
                suggestions=("Bash(rm:*)", "Bash(make:*)"),
                tool_use_id="u9",
            )
        ),
        TurnQueued(turn_id="t3", prompt="Then run the tests"),
    ]
