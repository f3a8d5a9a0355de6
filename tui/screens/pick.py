"""A dialog to pick one option from a list, with a search field for long lists."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.model.fuzzy import best_matches
from tui.text.hints import BACK, hint_line
from tui.widgets.choices import Choices, Option

SEARCH_FROM = 8
"""Lists with at least this many options have a search field."""


class PickScreen(ModalScreen[str | None]):
    """Returns the id of the picked option, or None if the user goes back."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str, options: list[Option], *, selected: str | None = None) -> None:
        """Creates the dialog.

        Args:
            selected: the id of the option that the cursor starts on.
        """
        super().__init__()
        self._title = title
        self._options = options
        self._choices = Choices(options)
        self._choices.is_aligned = True
        self._choices.is_searched = len(options) >= SEARCH_FROM
        self._selected = selected

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title)
            dialog.border_subtitle = hint_line((BACK,))
            if self._choices.is_searched:
                yield Input(placeholder="Search", compact=True, classes="search")
            with Vertical(classes="list"):
                yield self._choices

    def on_mount(self) -> None:
        ids = [option.id for option in self._options]
        self._choices.show(self._options, cursor=ids.index(self._selected) if self._selected in ids else 0)
        self._choices.focus()

    def on_resize(self, event: Resize) -> None:
        """Limits the list's height to the screen without frame and search field."""
        used_rows = 4 + 2 * self._choices.is_searched
        self.query_one(".list").styles.max_height = max(event.size.height * 9 // 10 - used_rows, 2)

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
        found = best_matches(message.value, self._options, key=lambda option: option.label.lstrip("/"), limit=50)
        text = message.value.lower()
        found += [option for option in self._options if text in option.detail.lower() and option not in found]
        self._choices.show(found or [Option(id="", label="No matches")], cursor=0)

    @on(Input.Submitted)
    def _pick_highlighted(self) -> None:
        self.dismiss(self._choices.highlighted.id or None)

    @on(Choices.Picked)
    def _pick(self, message: Choices.Picked) -> None:
        self.dismiss(message.option.id or None)
