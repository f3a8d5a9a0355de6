"""Tool cards of every kind, to look at: `python -m tui.widgets.tool_card`."""

from collections.abc import Iterable
from typing import Any

from tui.model import Item, Said, ToolCall
from tui.model.items import ToolState
from tui.widgets.items.base import ItemView
from tui.widgets.items.tool_card import ToolCard

_BEGAN, _ENDED = "2026-11-23T12:00:00.000Z", "2026-11-23T12:00:02.400Z"
DEMO_ROWS = 64
"""Rows that the demo needs."""


def _call(key: str, name: str, output: str = "", state: ToolState = "done", **given: Any) -> ToolCall:  # tools differ
    ended = None if state == "running" else _ENDED
    return ToolCall(
        key=key, name=name, input=given, title="", output=output, state=state, began_at=_BEGAN, ended_at=ended
    )


def demo() -> Iterable[ItemView]:
    """A card of each kind and state."""
    listing = "\n".join(f"drwxr-xr-x  2 agent agent  4096 folder-{number}" for number in range(40))
    yield ToolCard(_call("1", "Bash", state="running", command="ls -la"))
    yield ToolCard(_call("2", "Bash", listing, command="ls -la"))
    yield ToolCard(_call("3", "Bash", "\x1b[31mE  boom\x1b[0m \x1b[1;32m3 passed\x1b[0m", "failed", command="pytest"))
    yield ToolCard(_call("4", "Bash", "the user said:\nNot on a Friday", "denied", command="make deploy"))
    edit: dict[str, Any] = {"old_string": "total = 0\nreturn total", "new_string": "total = 1\nreturn -total"}
    yield ToolCard(_call("5", "Edit", "ok", file_path="/w/shop/cart.py", **edit), cwd="/w")
    yield ToolCard(_call("6", "Write", "ok", file_path="/w/shop/tax.py", content="RATE = 0.19\n"), cwd="/w")
    yield ToolCard(_call("7", "Read", "     1→import math\n     2→", file_path="/w/shop/cart.py"), cwd="/w")
    yield ToolCard(_call("8", "Grep", "cart.py:12\ntax.py:3", pattern="round\\(", path="shop"))
    yield ToolCard(_call("9", "Glob", "No files found", pattern="**/*.rs"))
    page = "# Rounding\n\nMoney has **two** digits."
    yield ToolCard(_call("10", "WebFetch", page, url="https://example.com/rounding", prompt="What about money?"))
    yield ToolCard(_call("11", "TodoWrite", todos=[{"content": "Read", "status": "completed"}, {"content": "Fix"}]))
    yield ToolCard(_call("12", "mcp__tracker__close_issue", '{"ok":true}', issue="SHOP-12", comment="Fixed."))
    yield ToolCard(_call("13", "Telescope", "3 stars", target="M 31", exposure=2.5))
    agent = _call("14", "Agent", state="running", subagent_type="reviewer", description="Review the change")
    yield ToolCard(agent, inner={"14": _steps()})


def _steps() -> list[Item]:
    said = Said(key="s1", parent="14", text="I'll look at the tests first.", message_id="m", is_done=True)
    last = Said(key="s2", parent="14", text="The rounding is right,\nthe tax is not.", message_id="m", is_done=True)
    calls = [
        _call("c1", "Glob", "test_cart.py", pattern="tests/*.py"),
        _call("c2", "Bash", "1 passed", command="pytest"),
    ]
    return [said, *calls, last]


if __name__ == "__main__":
    from tui.widgets.demo import show

    show(demo)
