"""A conversation that follows its end until the user scrolls up.

Preview: `python -m tui.widgets.conversation_view`.
"""

import asyncio
from collections.abc import Iterable

from textual.binding import Binding
from textual.message import Message
from textual.timer import Timer

from tui.model import Added, Appended, AssistantText, Change, Changed, Conversation, Item, ToolCall, UserPrompt
from tui.widgets.item_window import ItemWindow, tighten
from tui.widgets.items import ItemView
from tui.widgets.items.tool_card import ToolCard

TICK_SECONDS = 0.25
"""Seconds between two updates of the clocks and spinners of running items."""
_LAST_VIEWS = 12
"""Running items are among this many at the end."""


class ConversationView(ItemWindow, can_focus=False):
    """Shows the items of one conversation and applies changes to them; the model owns the items."""

    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home,g", "to_top", "First", show=False),
        Binding("end,G", "to_end", "Last", show=False),
    ]

    class FollowingChanged(Message):
        """The user scrolled away from the end or back to it, or items were added meanwhile."""

        def __init__(self, is_behind: bool, count: int) -> None:
            self.is_behind = is_behind
            """Whether the end is out of sight."""
            self.count = count
            """How many items were added since."""
            super().__init__()

    class EndPassed(Message):
        """Down was pressed on the last item."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self._missed = 0
        self._was_behind = False
        self._is_open = False
        self._opening = asyncio.Lock()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self.anchor()

    def update_node_styles(self, animate: bool = True) -> None:
        """Restyles only this widget: the styles of items do not depend on it, and restyling thousands takes seconds."""
        self.app.stylesheet.update_nodes([self], animate=animate)

    async def open(self) -> None:
        """Mounts the end of the conversation, and applies the changes that arrive meanwhile."""
        async with self._opening:
            self._is_open = False
            count = await self.mount_end()
            self._is_open = True
        for view in list(self.views.values())[-3:]:
            view.show_change()
        self.apply([Added(item) for item in self.conversation.items[count:]])
        self._tighten()
        self.anchor()
        self.call_after_refresh(self.anchor)  # the position of the end is known after the first layout

    def apply(self, changes: Iterable[Change]) -> None:
        """Shows changes of the conversation."""
        self._start_or_stop_ticking()
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
                        view.append(fragment)
                case Added(item) | Appended(item):
                    self._show_subagent_step(item)
                case Changed(item):
                    self._show_change(item)
                case _:
                    pass
        if added:
            self.mount_all(added)
            self.call_after_refresh(self._tighten)
            self.prune()
        if added or self._was_behind:
            self._report_following()

    def _start_or_stop_ticking(self) -> None:
        is_running = self.conversation.running is not None
        if is_running and self._timer is None:
            self._timer = self.set_interval(TICK_SECONDS, self._tick)
        elif not is_running and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        for view in list(self.views.values())[-_LAST_VIEWS:]:
            if view.is_live:
                view.tick()

    def to_end(self) -> None:
        """Scrolls to the end and follows it."""
        self._missed = 0
        self.anchor()
        self._report_following()

    def _show_subagent_step(self, item: Item) -> None:
        card = self.views.get(self.conversation.root(item) or "")
        if isinstance(card, ToolCard):
            card.show_steps()

    def _show_change(self, item: Item) -> None:
        if item.parent is not None:
            self._show_subagent_step(item)
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
        self._report_following()

    def _report_following(self) -> None:
        if self.is_behind or self._was_behind:
            self._was_behind = self.is_behind
            self.post_message(self.FollowingChanged(self.is_behind, self._missed))

    def focus_last(self) -> bool:
        """Focuses the last item; returns False if there is none."""
        views = [view for view in self.views.values() if view.can_focus]
        if views:
            views[-1].focus()
        return bool(views)

    def action_move(self, step: int) -> None:
        views = [view for view in self.views.values() if view.can_focus]
        focused = self.screen.focused
        index = views.index(focused) + step if focused in views else len(views) - 1
        if index >= len(views):
            self.post_message(self.EndPassed())
        elif index >= 0:
            views[index].focus()

    def action_to_top(self) -> None:
        self.release_anchor()
        self.scroll_home(animate=False)
        self.load_above()

    def action_to_end(self) -> None:
        self.to_end()
        self.focus_last()


def showcase() -> list[ConversationView]:
    """A question and an answer."""
    conversation = Conversation("s")
    answer = AssistantText(key="b", message_id="m", text="It was rounded to **one** digit.", is_done=True)
    conversation.items += [UserPrompt(key="a", text="Why is the total wrong?"), answer]
    view = ConversationView(conversation)
    view.call_later(view.open)
    return [view]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
