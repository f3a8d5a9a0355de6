"""Mounts only a part of a conversation: its end, and as much above as the user scrolls up to."""

import asyncio
from collections.abc import Iterable

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message

from tui.model import Conversation, Item
from tui.widgets.items import ItemView, make_view

FIRST_ITEMS = 24
"""Items mounted when a conversation opens; more follow until the screen is full."""
PAGE_ITEMS = 40
"""Items mounted each time the top is reached."""
MAX_MOUNTED = 240
"""Items kept mounted while the end is followed; older ones are unmounted, and mounted again on scrolling up."""
MANY_ITEMS = 60
"""More new items at once are not mounted one by one: the end is mounted again."""
NEAR_TOP_ROWS = 6
"""Rows from the top at which more items are mounted."""


class ItemWindow(VerticalScroll, can_focus=False):
    """Mounts and unmounts items; a subclass updates their content."""

    class TopReached(Message):
        """The user scrolled up to the first item of the conversation that is loaded."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.conversation = conversation
        self.views: dict[str, ItemView] = {}
        """The mounted items in order, by their keys."""
        self._first = 0
        """The index of the first mounted item."""
        self._is_paging = False

    @property
    def is_behind(self) -> bool:
        """Whether the user scrolled up, away from the end."""
        return self._anchored and self._anchor_released and self.max_scroll_y > 0

    def make(self, items: Iterable[Item]) -> list[ItemView]:
        """Makes views of these items for the caller to mount."""
        views = [make_view(item, self.conversation.status.cwd, self.conversation.inner) for item in items]
        self.views.update((view.item_key, view) for view in views)
        return views

    async def mount_end(self) -> int:
        """Mounts the end of the conversation and returns how many items it has at that moment."""
        with self.app.batch_update():
            await asyncio.shield(self.remove_children()())  # a cancelled removal would leave half of them
            self.views.clear()
            items = list(self.conversation.items)
            self._first = max(len(items) - FIRST_ITEMS, 0)
            await self.mount_all(self.make(items[self._first :]))
        self.call_after_refresh(self._fill)
        return len(items)

    def prune(self) -> None:
        """Unmounts the oldest items if there are too many and the end is followed."""
        excess = len(self.views) - MAX_MOUNTED
        if excess < PAGE_ITEMS or self.is_behind:
            return
        for key in list(self.views)[:excess]:
            self.views.pop(key).remove()
        self._first += excess

    async def add_above(self, count: int) -> None:
        """Accounts for older items that were loaded, and mounts some of them if the user is near the top."""
        self._first += count
        if self.scroll_y < NEAR_TOP_ROWS and not self._is_paging:
            self._is_paging = True
            await self._mount_page()

    def load_above(self) -> None:
        """Mounts or requests the items above, if the user is near the top."""
        if self.scroll_y < NEAR_TOP_ROWS and not self._is_paging:
            self._load_above()

    def _load_above(self) -> None:
        if self._first > 0:
            self._is_paging = True
            self.call_later(self._mount_page)
        else:
            self.post_message(self.TopReached())

    def _fill(self) -> None:
        if self._first > 0 and self.max_scroll_y <= 0 and self.size and not self._is_paging:
            self._load_above()

    async def _mount_page(self) -> None:
        start = max(self._first - PAGE_ITEMS, 0)
        items = self.conversation.items[start : self._first]
        later, self.views = self.views, {}
        views = self.make(items)
        self.views.update(later)
        self._first = start
        height = self.virtual_size.height
        with self.app.batch_update():
            await self.mount_all(views, before=0)
            tighten(views)
        self.call_after_refresh(self._keep_position, height)

    def _keep_position(self, old_height: int) -> None:
        if self.is_behind:
            self.scroll_relative(y=self.virtual_size.height - old_height, animate=False, immediate=True)
        self._is_paging = False
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value:
            self.load_above()

    def release_anchor(self) -> None:
        """Stops following the end, unless the whole conversation is in sight."""
        if self.max_scroll_y > 0:
            super().release_anchor()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.release_anchor()
        self.load_above()


def tighten(views: Iterable[ItemView]) -> None:
    """Removes the gaps between single-line cards of the same kind."""
    before: ItemView | None = None
    for view in views:
        is_tight = type(before) is type(view) and before is not None and view.is_compact and before.is_compact
        view.set_class(is_tight, "-tight")
        before = view
