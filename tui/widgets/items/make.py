"""Which widget shows which item."""

from tui.model import Ended, Item, Noticed, Prompted, Said, Thought, ToolCall
from tui.widgets.items.base import ItemView
from tui.widgets.items.ended import EndedView
from tui.widgets.items.noticed import NoticedView
from tui.widgets.items.prompted import PromptedView
from tui.widgets.items.said import SaidView
from tui.widgets.items.thought import ThoughtView
from tui.widgets.items.tool_card import ToolCard


def make_view(item: Item, cwd: str = "", children: list[ToolCall] | None = None) -> ItemView:
    """The item's widget."""
    match item:
        case Prompted():
            return PromptedView(item)
        case Said():
            return SaidView(item)
        case Thought():
            return ThoughtView(item)
        case ToolCall():
            return ToolCard(item, cwd, children)
        case Noticed():
            return NoticedView(item)
        case Ended():
            return EndedView(item)
