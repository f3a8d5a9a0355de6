"""The conversation: a window of its items, anchored to the end until a person scrolls up.

Try it: `python -m tui.widgets.conversation_view`.
"""

from collections.abc import Iterable

from textual import events
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message

from tui.model import Added, Change, Changed, Conversation, Grew, Item, Prompted, Said, ToolCall
from tui.widgets.items import ItemView, make_view
from tui.widgets.items.tool_card import ToolCard

WINDOW = 60
"""Items mounted when a conversation opens."""
PAGE = 40
"""Items mounted more when the top is reached."""
MOST = 240
"""Items kept mounted while the end is followed; older ones go, and page in again."""


class ConversationView(VerticalScroll, can_focus=False):
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

    class TopReached(Message):
        """The person scrolled up to the first item that is known."""

    class Left(Message):
        """The walk went past the last item."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(id="conversation")
        self.conversation = conversation
        self._views: dict[str, ItemView] = {}
        self._first = 0
        """Index of the first mounted item."""
        self._missed = 0
        self._was_behind = False
        self._is_paging = False
        self._is_opening = False

    def on_mount(self) -> None:
        self.anchor()

    def update_node_styles(self, animate: bool = True) -> None:
        """Restyles this widget alone: no style of an item depends on it, and restyling thousands takes seconds."""
        self.app.stylesheet.update_nodes([self], animate=animate)

    async def open(self) -> None:
        """Mounts the end of the conversation; what happens meanwhile is caught up with."""
        self._is_opening = True
        with self.app.batch_update():
            await self.remove_children()
            self._views.clear()
            items = list(self.conversation.items)
            self._first = max(len(items) - WINDOW, 0)
            await self.mount_all(self._make(items[self._first :]))
        self._is_opening = False
        for view in list(self._views.values())[-3:]:
            view.show_change()
        self.apply([Added(item) for item in self.conversation.items[len(items) :]])
        self._tighten()
        self.anchor()

    def apply(self, changes: Iterable[Change]) -> None:
        """Shows what an event did."""
        if self._is_opening:
            return
        added: list[ItemView] = []
        for change in changes:
            match change:
                case Added(item) if item.parent is None:
                    added += self._make([item])
                    self._missed += self.is_behind
                case Grew(item, fragment) if item.parent is None:
                    if view := self._views.get(item.key):
                        view.grow(fragment)
                case Added(item) | Grew(item):
                    self._show_inner(item)
                case Changed(item):
                    self._show_change(item)
                case _:
                    pass
        if added:
            self.mount_all(added)
            self.call_after_refresh(self._tighten)
            self._prune()
        if added or self._was_behind:
            self._tell()

    @property
    def is_behind(self) -> bool:
        """A person scrolled up."""
        return self._anchored and self._anchor_released and self.max_scroll_y > 0

    def tick(self) -> None:
        """A quarter of a second went by."""
        for view in list(self._views.values())[-12:]:
            if view.is_live:
                view.tick()

    def to_end(self) -> None:
        """Follows the end again."""
        self._missed = 0
        self.anchor()
        self._tell()

    def _make(self, items: Iterable[Item]) -> list[ItemView]:
        views = [make_view(item, self.conversation.status.cwd, self.conversation.inner) for item in items]
        self._views.update((view.item_key, view) for view in views)
        return views

    def _show_inner(self, item: Item) -> None:
        """Something of a subagent's is new: its call's card shows it."""
        card = self._views.get(self.conversation.root(item) or "")
        if isinstance(card, ToolCard):
            card.show_inner()

    def _show_change(self, item: Item) -> None:
        if item.parent is not None:
            self._show_inner(item)
        elif view := self._views.get(item.key):
            view.show_change()
        if isinstance(item, ToolCall):
            self.call_after_refresh(self._tighten)

    def _tighten(self) -> None:
        """Single-line cards in a row stand without gaps."""
        before: ItemView | None = None
        for view in list(self._views.values())[-20:]:
            is_tight = type(before) is type(view) and before is not None and view.is_compact and before.is_compact
            view.set_class(is_tight, "-tight")
            before = view

    def _prune(self) -> None:
        excess = len(self._views) - MOST
        if excess < PAGE or self.is_behind:
            return
        for key in list(self._views)[:excess]:
            self._views.pop(key).remove()
        self._first += excess

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < 6 and old_value > new_value and not self._is_paging:
            if self._first > 0:
                self._is_paging = True
                self.call_later(self._page_in)
            else:
                self.post_message(self.TopReached())
        if not self.is_behind:
            self._missed = 0
        self._tell()

    async def grew_above(self, count: int) -> None:
        """So many older items are known now."""
        self._first += count
        if self.scroll_y < 6 and not self._is_paging:
            self._is_paging = True
            await self._page_in()

    async def _page_in(self) -> None:
        start = max(self._first - PAGE, 0)
        items = self.conversation.items[start : self._first]
        later, self._views = self._views, {}
        views = self._make(items)
        self._views.update(later)
        self._first = start
        height = self.virtual_size.height
        with self.app.batch_update():
            await self.mount_all(views, before=0)
        self.call_after_refresh(self._keep_place, height)

    def _keep_place(self, height: int) -> None:
        self.scroll_relative(y=self.virtual_size.height - height, animate=False, immediate=True)
        self._is_paging = False

    def _tell(self) -> None:
        if self.is_behind or self._was_behind:
            self._was_behind = self.is_behind
            self.post_message(self.Behind(self.is_behind, self._missed))

    def focus_last(self) -> bool:
        """Puts the focus on the last item; False when there is none."""
        views = [view for view in self._views.values() if view.can_focus]
        if views:
            views[-1].focus()
        return bool(views)

    def action_walk(self, step: int) -> None:
        views = [view for view in self._views.values() if view.can_focus]
        focused = self.screen.focused
        index = views.index(focused) + step if focused in views else len(views) - 1
        if index >= len(views):
            self.post_message(self.Left())
        elif index >= 0:
            views[index].focus()

    def action_to_top(self) -> None:
        self.scroll_home(animate=False)

    def action_to_end(self) -> None:
        self.to_end()
        self.focus_last()

    def release_anchor(self) -> None:
        """Lets go of the end; a conversation that fits stands at the bottom and stays there."""
        if self.max_scroll_y > 0:
            super().release_anchor()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.release_anchor()
        self.look_above()

    def look_above(self) -> None:
        """Somebody wants to see what is above, though there is no row left to scroll."""
        if self.scroll_y <= 0:
            self.post_message(self.TopReached())


def demo() -> list[ConversationView]:
    """What `python -m` shows."""
    conversation = Conversation("s")
    said = Said(key="b", message_id="m", text="It was rounded to **one** digit.", is_done=True)
    conversation.items += [Prompted(key="a", text="Why is the total wrong?"), said]
    view = ConversationView(conversation)
    view.call_later(view.open)
    return [view]


if __name__ == "__main__":
    from tui.widgets.demo import show

    show(demo)
