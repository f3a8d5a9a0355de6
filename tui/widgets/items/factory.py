"""Makes the widget for each kind of item."""

from collections.abc import Mapping, Sequence

from tui.model import AssistantText, Item, NoticeItem, Thinking, ToolCall, TurnSummary, UserPrompt
from tui.widgets.items.assistant_text import AssistantTextView
from tui.widgets.items.base import ItemView
from tui.widgets.items.notice import NoticeView
from tui.widgets.items.thinking import ThinkingView
from tui.widgets.items.tool_card import ToolCard
from tui.widgets.items.turn_summary import TurnSummaryView
from tui.widgets.items.user_prompt import UserPromptView


def make_view(item: Item, cwd: str = "", inner: Mapping[str, Sequence[Item]] | None = None) -> ItemView:
    """The widget for an item.

    Args:
        cwd: the folder that paths are shown relative to.
        inner: the items of each subagent, by the call that started it.
    """
    match item:
        case UserPrompt():
            return UserPromptView(item)
        case AssistantText():
            return AssistantTextView(item)
        case Thinking():
            return ThinkingView(item)
        case ToolCall():
            return ToolCard(item, cwd, inner)
        case NoticeItem():
            return NoticeView(item)
        case TurnSummary():
            return TurnSummaryView(item)
