"""How a turn ended: its time and cost, or its error. Try it: `python -m tui.widgets.items.turn_summary`."""

from textual.binding import Binding
from textual.content import Content, Span
from textual.message import Message
from textual.style import Style

from tui.errors import advice_for
from tui.model import TurnSummary
from tui.model.clock import duration
from tui.text.hints import Hint
from tui.text.markdown.blocks import indent
from tui.text.sanitize import safe_content
from tui.widgets.items.base import ItemView


class TurnSummaryView(ItemView):
    """Offers to try again when the turn failed."""

    BINDINGS = [Binding("r,enter", "retry", "Try again")]

    class RetryAsked(Message):
        """The same prompt again, please."""

        def __init__(self, ended: TurnSummary) -> None:
            self.ended = ended
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
            return self._failed(self.item.error, width)
        if self.item.reason == "interrupted":
            square = Content.styled("■ ", "$text-warning")
            words = Content.styled("Interrupted. Say what to do instead.", "$text-warning")
            return indent(words.wrap(max(width - 2, 1)), square, Content("  "))
        parts = [duration(self.item.duration_ms / 1000)]
        if self.item.cost_usd >= 0.005:
            parts.append(f"${self.item.cost_usd:.2f}")
        if self.item.reason == "max_turns":
            parts.append("stopped at the limit of turns")
        return [Content.styled(" · ".join(parts), "$faint").truncate(width)]

    def _failed(self, error: str, width: int) -> list[Content]:
        cross = Content.styled("✗ ", "$text-error bold")
        lines = indent(safe_content(error, "$text-error").wrap(width - 2), cross, Content("  "))
        hint = advice_for(self.item.code)
        if hint:
            lines += [Content("  ") + line for line in Content.styled(hint, "$muted").wrap(width - 2)]
        if self.item.prompt:
            retry = Content("  Try again", [Span(2, 11, "$primary bold"), Span(2, 11, _RETRY)])
            lines.append(retry + Content.styled("  Tab, then r", "$muted"))
        return lines

    def action_retry(self) -> None:
        if self.item.prompt:
            self.post_message(self.RetryAsked(self.item))


_RETRY = Style.from_meta({"@click": ("retry", ())})


def showcase() -> list[TurnSummaryView]:
    """What `python -m` shows."""
    failed = TurnSummary(
        key="b", reason="error", error="Claude's API is overloaded.", code="model_overloaded", prompt="x"
    )
    return [TurnSummaryView(TurnSummary(key="a", reason="end_turn", duration_ms=3210)), TurnSummaryView(failed)]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
