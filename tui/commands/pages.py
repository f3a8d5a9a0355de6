"""Commands that show a page: help, context, cost."""

from typing import TYPE_CHECKING

from textual.content import Content

from api.schema.spending import Spending
from tui.commands.catalog import COMMANDS
from tui.errors import TuiError
from tui.model.clock import duration, parse_time
from tui.model.status import Status
from tui.screens.text_page import TextScreen
from tui.text.markdown import Document
from tui.text.markdown.blocks import EMPTY

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

_KEYS = (
    ("Enter", "send"),
    ("Alt+Enter, Ctrl+J", "new line"),
    ("Shift+Tab", "what Claude may do without asking"),
    ("Esc", "stop Claude; twice when idle: clear the prompt, or rewind"),
    ("↑ ↓", "earlier prompts; ↑ in an empty prompt takes a queued one back"),
    ("Tab", "to the conversation: ↑ ↓ walk, Enter unfolds, y copies as source"),
    ("PageUp, PageDown", "scroll; Ctrl+End follows again"),
    ("y a n c", "answer a request: once, always, no, no and why"),
    ("Ctrl+O", "sessions"),
    ("Ctrl+N, Ctrl+W", "open, close a tab"),
    ("Alt+← Alt+→", "walk the tabs"),
    ("Ctrl+P", "command palette"),
    ("Ctrl+Q", "leave; the session goes on"),
)


def show_help(screen: "ChatScreen", _: str) -> None:
    """`/help`, `?`, F1: the keys of what has the focus first."""
    focused = screen.focused
    here = (
        next((node.HELP for node in focused.ancestors_with_self if hasattr(node, "HELP") and node.HELP), "")
        if focused
        else ""
    )

    def page(width: int) -> list[Content]:
        lines = [Content.styled("Here", "bold $primary"), *Document(here).lines(width), EMPTY] if here else []
        lines += [Content.styled("Keys", "bold $primary"), *_rows(_KEYS, width), EMPTY]
        commands = [(f"/{command.name} {command.usage}".strip(), command.detail) for command in COMMANDS]
        lines += [Content.styled("Commands", "bold $primary"), *_rows(commands, width)]
        lines += _rows((("!COMMAND", "run it in the workspace"), ("@PATH", "mention a file")), width)
        lines += [
            EMPTY,
            *Content.styled("Claude Code's own commands work too; type / to see all.", "$muted").wrap(width),
        ]
        return lines

    screen.app.push_screen(TextScreen("Help", page))


def _rows(rows: "list[tuple[str, str]] | tuple[tuple[str, str], ...]", width: int) -> list[Content]:
    left = min(max(len(name) for name, _ in rows) + 2, max(width // 2, 12))
    lines: list[Content] = []
    for name, text in rows:
        if len(name) >= left:  # too long to stand beside its words
            lines.append(Content(name))
            name = ""
        first, *rest = Content.styled(text, "$muted").wrap(max(width - left, 8)) or [EMPTY]
        lines.append(Content(f"{name:<{left}}") + first)
        lines += [Content(" " * left) + line for line in rest]
    return lines


def show_context(screen: "ChatScreen", _: str) -> None:
    """`/context`: how full it is, with a bar."""
    status = screen.session.conversation.status

    def page(width: int) -> list[Content]:
        if status.context_percent is None:
            return Content("The context is empty until the first answer.").wrap(width)
        used = round(min(status.context_percent, 100) / 100 * width)
        colour = "$text-error" if status.context_percent >= 90 else "$primary"
        bar = Content.styled("█" * used, colour) + Content.styled("░" * (width - used), "$faint")
        rows = (
            ("Used", f"{status.context_tokens:,} tokens, {status.context_percent:.1f}%"),
            ("Room", f"{status.context_max:,} tokens"),
            ("Model", status.model or "the default"),
        )
        words = "When it is full Claude Code summarises and goes on. /compact does that now, /clear begins anew."
        return [bar, EMPTY, *_rows(rows, width), EMPTY, *Content.styled(words, "$muted").wrap(width)]

    screen.app.push_screen(TextScreen("Context", page))


def show_cost(screen: "ChatScreen", _: str) -> None:
    """`/cost`: this session, and this day."""
    screen.run_worker(_show_cost(screen), group="view")


async def _show_cost(screen: "ChatScreen") -> None:
    try:
        spending = await screen.client.spending()
    except TuiError:
        spending = None  # the session's own numbers are known without the server
    status = screen.session.conversation.status

    def page(width: int) -> list[Content]:
        lines = [Content.styled("This session", "bold $primary"), *_rows(cost_rows(status), width)]
        if spending is not None:
            lines += [EMPTY, Content.styled("Today", "bold $primary"), *_rows(day_rows(spending), width)]
        return lines

    screen.app.push_screen(TextScreen("Cost", page))


def cost_rows(status: Status) -> list[tuple[str, str]]:
    """What a session took, a row each."""
    rows = [
        ("Cost", f"${status.cost_usd:.4f}"),
        ("Turns", str(status.num_turns)),
        ("Time", duration(status.duration_ms / 1000)),
        ("Tokens in", f"{status.input_tokens:,}"),
        ("Tokens out", f"{status.output_tokens:,}"),
        ("From cache", f"{status.cache_tokens:,}"),
    ]
    limit = status.rate_limit
    if limit is not None:
        rows.append(("Rate limit", f"{limit.kind or 'limit'}: {limit.status}, resets {limit.resets_at or 'unknown'}"))
    return rows


def day_rows(spending: Spending) -> list[tuple[str, str]]:
    """What the day took so far, and what it may take."""
    budget = f" of ${spending.max_budget_usd:.2f}" if spending.max_budget_usd else ""
    rows = [
        ("Cost", f"${spending.cost_usd:.4f}{budget}"),
        ("Turns", str(spending.turns)),
        ("Tokens in", f"{spending.input_tokens:,}"),
        ("Tokens out", f"{spending.output_tokens:,}"),
    ]
    if spending.max_turns_per_minute:
        rows.append(("This minute", f"{spending.turns_this_minute} of {spending.max_turns_per_minute} turns"))
    resets = parse_time(spending.resets_at)
    if spending.max_budget_usd and resets:
        rows.append(("Starts anew", f"{resets.astimezone():%H:%M}"))
    return rows
