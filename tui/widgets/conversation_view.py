"""The conversation, anchored to the end until a person scrolls up.

Try it: `python -m tui.widgets.conversation_view`.
"""

import asyncio
from collections.abc import Iterable

from textual.binding import Binding
from textual.message import Message

from tui.model import Added, Appended, AssistantText, Change, Changed, Conversation, Item, ToolCall, UserPrompt
from tui.widgets.item_window import ItemWindow, tighten
from tui.widgets.items import ItemView
from tui.widgets.items.tool_card import ToolCard


class ConversationView(ItemWindow, can_focus=False):
    """Shows the items of one conversation; the model stays their owner."""

    BINDINGS = [
        Binding("up,k", "walk(-1)", "Up", show=False),
        Binding("down,j", "walk(1)", "Down", show=False),
        Binding("home,g", "to_top", "First", show=False),
        Binding("end,G", "to_end", "Last", show=False),
    ]

    class Behind(Message):
        """The person scrolled up, and `count` items came since; 0: the end is in sight."""

        def __init__(self, is_behind: bool, count: int) -> None:
            self.is_behind = is_behind
            self.count = count
            super().__init__()

    class Left(Message):
        """The walk went past the last item."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self._missed = 0
        self._was_behind = False
        self._is_open = False
        self._opening = asyncio.Lock()

    def on_mount(self) -> None:
        self.anchor()

    def update_node_styles(self, animate: bool = True) -> None:
        """Restyles this widget alone: no style of an item depends on it, and restyling thousands takes seconds."""
        self.app.stylesheet.update_nodes([self], animate=animate)

    async def open(self) -> None:
        """Mounts the end of the conversation; what happens meanwhile is caught up with."""
        async with self._opening:
            self._is_open = False
            count = await self.mount_end()
            self._is_open = True
        for view in list(self.views.values())[-3:]:
            view.show_change()
        self.apply([Added(item) for item in self.conversation.items[count:]])
        self._tighten()
        self.anchor()
        self.call_after_refresh(self.anchor)  # where the end is, only the first layout tells

    def apply(self, changes: Iterable[Change]) -> None:
        """Shows what an event did."""
        if not self._is_open:
            return
        added: list[ItemView] = []
        for change in changes:
            match change:
                case Added(item) if item.parent is None:
                    added += self.make([item])
                    self._missed += self.is_behind
                case Appended(item, fragment) if item.parent is None:
                    if view := self.views.get(item.key):
                        view.grow(fragment)
                case Added(item) | Appended(item):
                    self._show_inner(item)
                case Changed(item):
                    self._show_change(item)
                case _:
                    pass
        if added:
            self.mount_all(added)
            self.call_after_refresh(self._tighten)
            self.prune()
        if added or self._was_behind:
            self._tell()

    def tick(self) -> None:
        """A quarter of a second went by."""
        for view in list(self.views.values())[-12:]:
            if view.is_live:
                view.tick()

    def to_end(self) -> None:
        """Follows the end again."""
        self._missed = 0
        self.anchor()
        self._tell()

    def _show_inner(self, item: Item) -> None:
        """Something of a subagent's is new: its call's card shows it."""
        card = self.views.get(self.conversation.root(item) or "")
        if isinstance(card, ToolCard):
            card.show_inner()

    def _show_change(self, item: Item) -> None:
        if item.parent is not None:
            self._show_inner(item)
        elif view := self.views.get(item.key):
            view.show_change()
        if isinstance(item, ToolCall):
            self.call_after_refresh(self._tighten)

    def _tighten(self) -> None:
        tighten(list(self.views.values())[-20:])

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self.is_behind:
            self._missed = 0
        self._tell()

    def _tell(self) -> None:
        if self.is_behind or self._was_behind:
            self._was_behind = self.is_behind
            self.post_message(self.Behind(self.is_behind, self._missed))

    def focus_last(self) -> bool:
        """Puts the focus on the last item; False when there is none."""
        views = [view for view in self.views.values() if view.can_focus]
        if views:
            views[-1].focus()
        return bool(views)

    def action_walk(self, step: int) -> None:
        views = [view for view in self.views.values() if view.can_focus]
        focused = self.screen.focused
        index = views.index(focused) + step if focused in views else len(views) - 1
        if index >= len(views):
            self.post_message(self.Left())
        elif index >= 0:
            views[index].focus()

    def action_to_top(self) -> None:
        self.release_anchor()
        self.scroll_home(animate=False)
        self.look_above()

    def action_to_end(self) -> None:
        self.to_end()
        self.focus_last()


def showcase() -> list[ConversationView]:
    """What `python -m` shows."""
    conversation = Conversation("s")
    said = AssistantText(key="b", message_id="m", text="It was rounded to **one** digit.", is_done=True)
    conversation.items += [UserPrompt(key="a", text="Why is the total wrong?"), said]
    view = ConversationView(conversation)
    view.call_later(view.open)
    return [view]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
