"""Tool cards of every kind, to look at: `python -m tui.widgets.tool_card`."""

from collections.abc import Iterable

from tui.model import ToolCall
from tui.widgets.items.base import ItemView
from tui.widgets.items.tool_card import ToolCard


def demo() -> Iterable[ItemView]:
    """A card in each state."""
    began, ended = "2026-11-23T12:00:00.000Z", "2026-11-23T12:00:02.400Z"
    listing = "\n".join(f"drwxr-xr-x  2 agent agent  4096 folder-{number}" for number in range(40))
    edit = {
        "file_path": "/w/shop/cart.py",
        "old_string": "total = 0\nreturn total",
        "new_string": "total = 1\nreturn -total",
    }
    yield ToolCard(ToolCall(key="1", name="Bash", input={"command": "ls -la"}, title="", began_at=began))
    yield ToolCard(
        ToolCall(
            key="2",
            name="Bash",
            input={"command": "ls -la"},
            title="",
            output=listing,
            state="done",
            began_at=began,
            ended_at=ended,
        )
    )
    yield ToolCard(
        ToolCall(
            key="3", name="Bash", input={"command": "pytest"}, title="", output="\x1b[31mE  boom\x1b[0m", state="failed"
        )
    )
    yield ToolCard(ToolCall(key="4", name="Edit", input=edit, title="", output="ok", state="done"), cwd="/w")
    yield ToolCard(ToolCall(key="5", name="Bash", input={"command": "rm -rf /"}, title="", state="denied"))


if __name__ == "__main__":
    from tui.widgets.demo import show

    show(demo)
