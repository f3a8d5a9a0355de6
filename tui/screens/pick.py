"""A list to choose one from, with search; every small choice of the app is made here."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.model.fuzzy import best
from tui.text.hints import BACK, hint_line
from tui.widgets.choices import Choices, Option

SEARCH_FROM = 8
"""So many options get a search line."""


class PickScreen(ModalScreen[str | None]):
    """Gives the id of the option that was chosen, or None."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str, options: list[Option], *, note: str = "", start: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._note = note
        self._options = options
        self._choices = Choices(options)
        self._choices.is_aligned = True
        self._choices.is_searched = len(options) >= SEARCH_FROM
        self._start = start

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title)
            dialog.border_subtitle = hint_line((BACK,))
            if self._choices.is_searched:
                yield Input(placeholder="Search", compact=True, classes="search")
            if self._note:
                yield Static(Content(self._note), classes="note")
            with Vertical(classes="list"):
                yield self._choices

    def on_mount(self) -> None:
        ids = [option.id for option in self._options]
        self._choices.show(self._options, cursor=ids.index(self._start) if self._start in ids else 0)
        self._choices.focus()

    def on_resize(self, event: Resize) -> None:
        """The list scrolls in what the frame, the search line and the note leave of the dialog."""
        around = 4 + 2 * self._choices.is_searched + 2 * bool(self._note)
        self.query_one(".list").styles.max_height = max(event.size.height * 9 // 10 - around, 2)

    def on_key(self, event: Key) -> None:
        searches = self.query(Input)
        if not searches:
            return
        search = searches.first()
        if self._choices.has_focus and event.is_printable and event.character:
            search.value += event.character
            event.stop()
        elif search.has_focus and event.key in ("down", "up"):
            self._choices.focus()
            event.stop()
        elif self._choices.has_focus and event.key == "backspace":
            search.value = search.value[:-1]
            event.stop()

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        found = best(message.value, self._options, key=lambda option: option.label.lstrip("/"), limit=50)
        words = message.value.lower()
        found += [option for option in self._options if words in option.detail.lower() and option not in found]
        nothing = Option(id="", label="Nothing found")
        self._choices.show(found or [nothing], cursor=0)

    @on(Input.Submitted)
    def _submit(self) -> None:
        self.dismiss(self._choices.pointed.id or None)

    @on(Choices.Picked)
    def _pick(self, message: Choices.Picked) -> None:
        self.dismiss(message.option.id or None)
