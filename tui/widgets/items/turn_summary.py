"""The end of a turn: its time and cost, or its error. Preview: `python -m tui.widgets.items.turn_summary`."""

from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from tui.errors import advice_for
from tui.model import TurnSummary
from tui.model.clock import duration
from tui.text.hints import Hint, clickable
from tui.text.markdown.blocks import indent
from tui.text.sanitize import safe_content
from tui.widgets.items.base import ItemView


class TurnSummaryView(ItemView):
    """Can have the focus only after an error, to send the prompt again."""

    BINDINGS = [Binding("r,enter", "retry", "Try again")]

    class RetryRequested(Message):
        """The user wants to send the turn's prompt again."""

        def __init__(self, summary: TurnSummary) -> None:
            self.summary = summary
            super().__init__()

    def __init__(self, item: TurnSummary) -> None:
        super().__init__(item, classes="-error" if item.error else None)
        self.item = item
        self.can_focus = item.error is not None

    @property
    def hints(self) -> tuple[Hint, ...]:
        return (Hint("r", "try again"),)

    @property
    def source(self) -> str:
        return self.item.error or ""

    def lay_out(self, width: int) -> list[Content]:
        if self.item.error:
            return self._lay_out_error(self.item.error, width)
        if self.item.reason == "interrupted":
            text = Content.styled("Interrupted. Tell Claude what to do instead.", "$text-warning")
            return indent(text.wrap(max(width - 2, 1)), Content.styled("■ ", "$text-warning"), Content("  "))
        parts = [duration(self.item.duration_ms / 1000)]
        if self.item.cost_usd >= 0.005:
            parts.append(f"${self.item.cost_usd:.2f}")
        if self.item.reason == "max_turns":
            parts.append("stopped at the turn limit")
        return [Content.styled(" · ".join(parts), "$faint").truncate(width)]

    def _lay_out_error(self, error: str, width: int) -> list[Content]:
        cross = Content.styled("✗ ", "$text-error bold")
        lines = indent(safe_content(error, "$text-error").wrap(width - 2), cross, Content("  "))
        advice = advice_for(self.item.code)
        if advice:
            lines += [Content("  ") + line for line in Content.styled(advice, "$muted").wrap(width - 2)]
        if self.item.prompt:
            retry = clickable(Content.styled("Try again", "$primary bold"), "retry")
            lines.append(Content("  ") + retry + Content.styled("  Tab, then r", "$muted"))
        return lines

    def action_retry(self) -> None:
        if self.item.prompt:
            self.post_message(self.RetryRequested(self.item))


def showcase() -> list[TurnSummaryView]:
    """A turn that went well and one that failed."""
    error = "Claude's API is overloaded."
    failed = TurnSummary(key="b", reason="error", error=error, code="model_overloaded", prompt="x")
    return [TurnSummaryView(TurnSummary(key="a", reason="end_turn", duration_ms=3210)), TurnSummaryView(failed)]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
