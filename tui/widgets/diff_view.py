"""A unified diff as a widget. Preview: `python -m tui.widgets.diff_view`."""

from textual.content import Content

from tui.text.diff import lay_out, parse_diff, unified_diff
from tui.widgets.lines import Lines


class DiffView(Lines):
    """Shows the diff side by side if there is room, otherwise unified."""

    def __init__(self, diff: str, path: str = "") -> None:
        super().__init__()
        self._diff = parse_diff(diff, path)

    def lay_out(self, width: int) -> list[Content]:
        return lay_out(self._diff, width)


def showcase() -> list[DiffView]:
    """A changed function."""
    old = "import math\n\n\ndef area(radius):\n    return 3.14 * radius ** 2\n"
    new = 'import math\n\n\ndef area(radius: float) -> float:\n    """Of a circle."""\n    return math.pi * radius**2\n'
    return [DiffView(unified_diff(old, new, "circle.py"), "circle.py")]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
