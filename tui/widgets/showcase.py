"""Runs one widget alone, in our colours: what `python -m tui.widgets.…` does."""

from collections.abc import Callable, Iterable

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.themes import ANSI_DARK, ANSI_LIGHT, DARK, themes


class Showcase(App[None]):
    """Shows what `make` makes."""

    CSS_PATH = "../styles/app.tcss"
    BINDINGS = [("ctrl+t", "next_theme", "Theme")]

    def __init__(self, make: Callable[[], Iterable[Widget]]) -> None:
        super().__init__()
        self._make = make
        for theme in themes():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes()[0].variables

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield from self._make()

    def action_next_theme(self) -> None:
        self.theme = "clay-light" if self.theme == DARK.name else DARK.name


def show(make: Callable[[], Iterable[Widget]]) -> None:
    """Runs the demo until Ctrl+Q."""
    Showcase(make).run()
