"""What is always in sight, in one row. Try it: `python -m tui.widgets.status_line`."""

from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from tui.model.clock import parse_time
from tui.model.status import Status
from tui.text.hints import clickable
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

MODES = {
    "default": ("asks first", "$muted"),
    "acceptEdits": ("accepts edits", "$text-success"),
    "plan": ("plans only", "$text-secondary"),
    "dontAsk": ("never asks", "$text-warning"),
    "bypassPermissions": ("BYPASS", "bold $text-error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the app knows besides the session."""

    user: str | None = None
    workspace: str = ""
    """Where a session works that has no folder of its own yet."""
    is_demo: bool = False
    lost_for: float | None = None
    """Seconds until the next try to connect; None while the connection stands."""


class StatusLine(Lines):
    """Gives up what matters least first when it is narrow. A click on a part runs the command behind it."""

    class Asked(Message):
        """A part was clicked; its command, such as `/mode`."""

        def __init__(self, command: str) -> None:
            self.command = command
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="status")
        self._status = Status()
        self._around = Around()

    def show(self, status: Status, around: Around) -> None:
        """Shows these from now on."""
        self._status, self._around = status, around
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        left, right = self._left(), self._right()
        while True:
            shown = _joined(left), _joined(right)
            if sum(part.cell_length for part in shown) + 2 <= width or len(left) + len(right) <= 1:
                break
            lowest = max([*left, *right], key=lambda part: part[0])
            (left if lowest in left else right).remove(lowest)
        gap = Content(" " * max(width - sum(part.cell_length for part in shown), 0))
        return [(shown[0] + gap + shown[1]).truncate(width, ellipsis=True)]

    def _left(self) -> list[tuple[int, Content]]:
        """What goes on, each with its rank: 0 stays longest."""
        status = self._status
        mode, style = MODES.get(status.permission_mode, (status.permission_mode, "$muted"))
        return _present(
            (0, self._connection()),
            (1, _runs("/mode", Content.styled(mode, style))),
            (3, _runs("/model", self._muted(one_line(status.model or "default model")))),
            (7, _runs("/effort", self._muted(status.effort or ""))),
            (4, _runs("/context", self._filled())),
            (5, _runs("/cost", self._muted(f"${status.cost_usd:.2f}" if status.cost_usd >= 0.005 else ""))),
            (2, _runs("/cost", self._limit())),
        )

    def _right(self) -> list[tuple[int, Content]]:
        """Where and who."""
        around = self._around
        return _present(
            (8, self._muted(one_line(_short(self._status.cwd or around.workspace)))),
            (6, self._muted(one_line(around.user or "local"))),
            (1, Content.styled("demo", "bold $text-warning") if around.is_demo else Content()),
        )

    def action_ask(self, command: str) -> None:
        self.post_message(self.Asked(command))

    @staticmethod
    def _muted(text: str) -> Content:
        return Content.styled(text, "$muted")

    def _connection(self) -> Content:
        seconds = self._around.lost_for
        if seconds is None:
            return Content()
        return Content.styled("⚠ connection lost, trying again", "bold $text-error")

    def _filled(self) -> Content:
        percent = self._status.context_percent
        if percent is None:
            return Content()
        style = "$text-error" if percent >= 90 else "$text-warning" if percent >= 70 else "$muted"
        return Content.styled(f"{percent:.0f}% context", style)

    def _limit(self) -> Content:
        limit = self._status.rate_limit
        if limit is None:
            return Content()
        resets = parse_time(limit.resets_at)
        if limit.status == "allowed":
            return self._muted(f"limit resets {resets.astimezone():%H:%M}" if resets else "")
        when = f", resets {resets.astimezone():%H:%M}" if resets else ""
        word = "limit reached" if limit.status == "rejected" else "limit near"
        return Content.styled(f"{word}{when}", "$text-error" if limit.status == "rejected" else "$text-warning")


def _runs(command: str, part: Content) -> Content:
    return clickable(part, "ask", command)


def _present(*parts: tuple[int, Content]) -> list[tuple[int, Content]]:
    return [part for part in parts if part[1]]


def _joined(parts: list[tuple[int, Content]]) -> Content:
    return Content.styled(" · ", "$faint").join(part for _, part in parts)


def _short(cwd: str) -> str:
    return "/".join(cwd.rstrip("/").split("/")[-2:]) if cwd.count("/") > 2 else cwd


def showcase() -> list[StatusLine]:
    """What `python -m` shows."""
    line = StatusLine()
    line.show(Status(model="claude-sonnet-5", cwd="/workspace", cost_usd=0.12, context_percent=34), Around())
    return [line]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
