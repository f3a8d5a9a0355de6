"""The main screen's keys: what each does, wherever the focus is."""

from time import monotonic

from textual import on
from textual.binding import Binding
from textual.events import Key

from tui.commands import run_command, show_palette
from tui.screens.chat.answering import Answering
from tui.screens.pick import PickScreen
from tui.widgets.activity import Activity
from tui.widgets.choices import Option
from tui.widgets.items.assistant_text import AssistantTextView
from tui.widgets.items.base import ItemView
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.requests import RequestDock
from tui.widgets.status_line import StatusLine

MODES = ("default", "acceptEdits", "plan")
TWICE = 1.0
"""Seconds in which a second Esc counts as the second of two."""


class ChatScreen(Answering):
    """One conversation, and everything around it."""

    AUTO_FOCUS = ""  # a spare screen has no cursor that blinks for nobody
    BINDINGS = [
        Binding("escape", "interrupt", "Stop", show=False),
        Binding("shift+tab", "next_mode", "Mode", priority=True, show=False),
        Binding("ctrl+o", "sessions", "Sessions"),
        Binding("ctrl+n", "new", "New"),
        Binding("ctrl+w", "close_tab", "Close tab", show=False),
        Binding("alt+right,ctrl+pagedown", "step_tab(1)", "Next tab", show=False),
        Binding("alt+left,ctrl+pageup", "step_tab(-1)", "Previous tab", show=False),
        Binding("pageup", "page(-1)", "Up", show=False, priority=True),
        Binding("pagedown", "page(1)", "Down", show=False, priority=True),
        Binding("ctrl+end", "to_end", "To the end", show=False, priority=True),
        Binding("ctrl+home", "to_top", "To the top", show=False, priority=True),
        Binding("ctrl+p", "palette", "Commands", priority=True),
        Binding("f1", "help", "Help"),
    ]

    _escaped_at = 0.0

    def command(self, text: str) -> bool:
        return run_command(self, text)

    def action_interrupt(self) -> None:
        panel = self.query_one(RequestDock).panel
        if panel is not None and panel.is_saying:
            panel.close_line()
        elif self.session.conversation.running is not None:
            self.interrupt()
        elif self.focused is not self.editor:
            self.editor.focus()
        else:
            self._escape_twice()

    def _escape_twice(self) -> None:
        now = monotonic()
        if now - self._escaped_at < TWICE:
            self._escaped_at = 0.0
            if self.editor.text:
                self.editor.history_of_prompts.add(self.editor.text)
                self.editor.put("")
            else:
                self.command("/rewind")
        else:
            self._escaped_at = now

    def action_next_mode(self) -> None:
        current = self.session.conversation.status.permission_mode
        index = MODES.index(current) if current in MODES else -1
        self.change(permissionMode=MODES[(index + 1) % len(MODES)])

    def action_page(self, step: int) -> None:
        panel = self.query_one(RequestDock).panel
        if panel is not None and panel.has_focus_within and panel.scroll_text(step):
            return
        if step < 0:
            self.view.release_anchor()
            self.view.look_above()
        self.view.scroll_relative(y=step * max(self.view.size.height - 2, 1), animate=False)

    def action_to_end(self) -> None:
        self.view.to_end()

    def action_to_top(self) -> None:
        self.view.action_to_top()

    def action_help(self) -> None:
        self.command("/help")

    @on(PromptEditor.HelpAsked)
    def _help_asked(self) -> None:
        self.action_help()

    def action_palette(self) -> None:
        if self.app.screen is self:
            show_palette(self)

    def action_sessions(self) -> None:
        self.command("/resume")

    def action_send(self) -> None:
        # In its own name: Textual stops a message whose sender, here the clicked frame, is the editor's parent.
        self.editor.call_later(self.editor.send)

    def action_mention(self) -> None:
        self.editor.focus()
        self.editor.insert("@")

    @on(Activity.Stopped)
    def _stopped(self) -> None:
        self.action_interrupt()

    @on(StatusLine.Asked)
    def _part_clicked(self, message: StatusLine.Asked) -> None:
        self.command(message.command)

    @on(AssistantTextView.LinksAsked)
    def _links_asked(self, message: AssistantTextView.LinksAsked) -> None:
        links = message.links
        if len(links) == 1:
            self.bridge.open_link(links[0][1])
            return
        options = [Option(id=address, label=words, detail=address) for words, address in links]
        self.app.push_screen(PickScreen("Open which link?", options), self._open_link)

    def _open_link(self, address: str | None) -> None:
        if address:
            self.bridge.open_link(address)

    def on_key(self, event: Key) -> None:
        """Letters that no item of the conversation knows are meant for the prompt."""
        is_item = isinstance(self.focused, ItemView)
        if is_item and event.is_printable and event.character and event.key not in self.active_bindings:
            self.editor.focus()
            self.editor.insert(event.character)
            event.stop()

    def on_descendant_focus(self) -> None:
        self.outlook.hints()

    @on(ItemView.Copied)
    def _copied(self, message: ItemView.Copied) -> None:
        self.app.copy_to_clipboard(message.text)
        self.notify(message.what.capitalize(), timeout=1.5)
