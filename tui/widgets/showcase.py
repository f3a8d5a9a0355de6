"""Runs one widget alone with sample data: `python -m tui.widgets.…`."""

from collections.abc import Callable, Iterable

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.themes import ANSI_DARK, ANSI_LIGHT, DARK, LIGHT, themes


class Showcase(App[None]):
    """Shows widgets in the app's colours."""

    CSS_PATH = "../styles/app.tcss"
    BINDINGS = [("ctrl+t", "next_theme", "Theme")]

    def __init__(self, make_widgets: Callable[[], Iterable[Widget]]) -> None:
        super().__init__()
        self._make_widgets = make_widgets
        for theme in themes():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes()[0].variables

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield from self._make_widgets()

    def action_next_theme(self) -> None:
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name


def show(make_widgets: Callable[[], Iterable[Widget]]) -> None:
    """Shows the widgets until Ctrl+Q is pressed."""
    Showcase(make_widgets).run()
