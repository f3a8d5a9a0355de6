"""The mounted part of a conversation: its end, and as much before it as somebody scrolls up to."""

import asyncio
from collections.abc import Iterable

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message

from tui.model import Conversation, Item
from tui.widgets.items import ItemView, make_view

FIRST = 24
"""Items mounted when a conversation opens; more follow until the screen is full."""
PAGE = 40
"""Items mounted more when the top is reached."""
MOST = 240
"""Items kept mounted while the end is followed; older ones go, and page in again."""
MANY = 60
"""More new items at once than this are not mounted one by one: the end is shown anew."""
NEAR_TOP = 6
"""Rows from the top at which more is mounted."""


class ItemWindow(VerticalScroll, can_focus=False):
    """Mounts and unmounts; what the items show is the business of whoever builds on this."""

    class TopReached(Message):
        """The person scrolled up to the first item that is known."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.conversation = conversation
        self.views: dict[str, ItemView] = {}
        """The mounted items by their keys, in order."""
        self._first = 0
        """Index of the first mounted item."""
        self._is_paging = False

    @property
    def is_behind(self) -> bool:
        """A person scrolled up."""
        return self._anchored and self._anchor_released and self.max_scroll_y > 0

    def make(self, items: Iterable[Item]) -> list[ItemView]:
        """Views of these items, which the caller mounts."""
        views = [make_view(item, self.conversation.status.cwd, self.conversation.inner) for item in items]
        self.views.update((view.item_key, view) for view in views)
        return views

    async def mount_end(self) -> int:
        """Shows the end of the conversation; how many items it has by then."""
        with self.app.batch_update():
            await asyncio.shield(self.remove_children()())  # cancelled meanwhile, it would stay half done
            self.views.clear()
            items = list(self.conversation.items)
            self._first = max(len(items) - FIRST, 0)
            await self.mount_all(self.make(items[self._first :]))
        self.call_after_refresh(self._fill)
        return len(items)

    def prune(self) -> None:
        """Lets the oldest go when there are too many and nobody looks at them."""
        excess = len(self.views) - MOST
        if excess < PAGE or self.is_behind:
            return
        for key in list(self.views)[:excess]:
            self.views.pop(key).remove()
        self._first += excess

    async def grew_above(self, count: int) -> None:
        """So many older items are known now."""
        self._first += count
        if self.scroll_y < NEAR_TOP and not self._is_paging:
            self._is_paging = True
            await self._page_in()

    def look_above(self) -> None:
        """Somebody wants to see what is above, though there may be no row left to scroll."""
        if self.scroll_y < NEAR_TOP and not self._is_paging:
            self._look_above()

    def _look_above(self) -> None:
        if self._first > 0:
            self._is_paging = True
            self.call_later(self._page_in)
        else:
            self.post_message(self.TopReached())

    def _fill(self) -> None:
        if self._first > 0 and self.max_scroll_y <= 0 and self.size and not self._is_paging:
            self._look_above()

    async def _page_in(self) -> None:
        start = max(self._first - PAGE, 0)
        items = self.conversation.items[start : self._first]
        later, self.views = self.views, {}
        views = self.make(items)
        self.views.update(later)
        self._first = start
        height = self.virtual_size.height
        with self.app.batch_update():
            await self.mount_all(views, before=0)
            tighten(views)
        self.call_after_refresh(self._keep_place, height)

    def _keep_place(self, height: int) -> None:
        if self.is_behind:
            self.scroll_relative(y=self.virtual_size.height - height, animate=False, immediate=True)
        self._is_paging = False
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value:
            self.look_above()

    def release_anchor(self) -> None:
        """Lets go of the end; a conversation that fits stands at the bottom and stays there."""
        if self.max_scroll_y > 0:
            super().release_anchor()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.release_anchor()
        self.look_above()


def tighten(views: Iterable[ItemView]) -> None:
    """Single-line cards in a row stand without gaps."""
    before: ItemView | None = None
    for view in views:
        is_tight = type(before) is type(view) and before is not None and view.is_compact and before.is_compact
        view.set_class(is_tight, "-tight")
        before = view
