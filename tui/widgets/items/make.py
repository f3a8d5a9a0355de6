"""Which widget shows which item."""

from collections.abc import Mapping, Sequence

from tui.model import Ended, Item, Noticed, Prompted, Said, Thought, ToolCall
from tui.widgets.items.base import ItemView
from tui.widgets.items.ended import EndedView
from tui.widgets.items.noticed import NoticedView
from tui.widgets.items.prompted import PromptedView
from tui.widgets.items.said import SaidView
from tui.widgets.items.thought import ThoughtView
from tui.widgets.items.tool_card import ToolCard


def make_view(item: Item, cwd: str = "", inner: Mapping[str, Sequence[Item]] | None = None) -> ItemView:
    """The item's widget.

    Args:
        cwd: paths are shown from here.
        inner: the items of each subagent, by its call.
    """
    match item:
        case Prompted():
            return PromptedView(item)
        case Said():
            return SaidView(item)
        case Thought():
            return ThoughtView(item)
        case ToolCall():
            return ToolCard(item, cwd, inner)
        case Noticed():
            return NoticedView(item)
        case Ended():
            return EndedView(item)
