"""The row at the bottom: mode, model, context, cost, workspace, user. Preview: `python -m tui.widgets.status_line`."""

from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

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
class Surroundings:
    """The facts in the row that are not part of a session's status."""

    user: str | None = None
    workspace: str = ""
    """Shown until the session has a folder of its own."""
    is_demo: bool = False
    lost_for: float | None = None
    """Seconds until the next attempt to connect; None while connected."""


class StatusLine(Lines):
    """Drops the least important parts first when it is narrow. A click on a part runs the command behind it."""

    surroundings: reactive[Surroundings] = reactive(Surroundings(), init=False)

    class CommandClicked(Message):
        """A click on a part."""

        def __init__(self, command: str) -> None:
            self.command = command
            """Such as `/mode`."""
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="status")
        self._status = Status()

    def show(self, status: Status) -> None:
        """Shows a session's status as it is now."""
        self._status = status
        self.relayout()

    def watch_surroundings(self) -> None:
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        left, right = self._left(), self._right()
        while True:
            shown = _joined(left), _joined(right)
            if sum(part.cell_length for part in shown) + 2 <= width or len(left) + len(right) <= 1:
                break
            least_important = max([*left, *right], key=lambda part: part[0])
            (left if least_important in left else right).remove(least_important)
        gap = Content(" " * max(width - sum(part.cell_length for part in shown), 0))
        return [(shown[0] + gap + shown[1]).truncate(width, ellipsis=True)]

    def _left(self) -> list[tuple[int, Content]]:
        """The session: each part with its rank, where 0 is the last to be dropped."""
        status = self._status
        mode, style = MODES.get(status.permission_mode, (status.permission_mode, "$muted"))
        return _without_empty(
            (0, self._connection()),
            (1, _command("/mode", Content.styled(mode, style))),
            (3, _command("/model", _muted(one_line(status.model or "default model")))),
            (7, _command("/effort", _muted(status.effort or ""))),
            (4, _command("/context", self._context_use())),
            (5, _command("/cost", _muted(f"${status.cost_usd:.2f}" if status.cost_usd >= 0.005 else ""))),
            (2, _command("/cost", self._rate_limit())),
        )

    def _right(self) -> list[tuple[int, Content]]:
        """The surroundings, ranked in the same way."""
        surroundings = self.surroundings
        return _without_empty(
            (8, _muted(one_line(_shortened(self._status.cwd or surroundings.workspace)))),
            (6, _muted(one_line(surroundings.user or "local"))),
            (1, Content.styled("demo", "bold $text-warning") if surroundings.is_demo else Content()),
        )

    def action_run(self, command: str) -> None:
        self.post_message(self.CommandClicked(command))

    def _connection(self) -> Content:
        if self.surroundings.lost_for is None:
            return Content()
        return Content.styled("⚠ connection lost, trying again", "bold $text-error")

    def _context_use(self) -> Content:
        percent = self._status.context_percent
        if percent is None:
            return Content()
        style = "$text-error" if percent >= 90 else "$text-warning" if percent >= 70 else "$muted"
        return Content.styled(f"{percent:.0f}% context", style)

    def _rate_limit(self) -> Content:
        limit = self._status.rate_limit
        if limit is None:
            return Content()
        resets = parse_time(limit.resets_at)
        if limit.status == "allowed":
            return _muted(f"limit resets {resets.astimezone():%H:%M}" if resets else "")
        when = f", resets {resets.astimezone():%H:%M}" if resets else ""
        what = "limit reached" if limit.status == "rejected" else "near the limit"
        return Content.styled(f"{what}{when}", "$text-error" if limit.status == "rejected" else "$text-warning")


def _command(command: str, part: Content) -> Content:
    return clickable(part, "run", command)


def _muted(text: str) -> Content:
    return Content.styled(text, "$muted")


def _without_empty(*parts: tuple[int, Content]) -> list[tuple[int, Content]]:
    return [part for part in parts if part[1]]


def _joined(parts: list[tuple[int, Content]]) -> Content:
    return Content.styled(" · ", "$faint").join(part for _, part in parts)


def _shortened(cwd: str) -> str:
    return "/".join(cwd.rstrip("/").split("/")[-2:]) if cwd.count("/") > 2 else cwd


def showcase() -> list[StatusLine]:
    """A session in the middle of its context."""
    line = StatusLine()
    line.show(Status(model="claude-sonnet-5", cwd="/workspace", cost_usd=0.12, context_percent=34))
    return [line]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
