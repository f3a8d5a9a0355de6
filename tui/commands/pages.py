"""The commands that show a page: help, context, cost, MCP servers."""

from collections.abc import Sequence

from textual.content import Content

from api.schema.mcp import McpServer
from api.schema.spending import Spending
from tui.commands.catalog import COMMANDS
from tui.commands.context import CommandContext
from tui.errors import TuiError
from tui.model.clock import duration, parse_time
from tui.model.status import Status
from tui.text.markdown import Document
from tui.text.markdown.blocks import EMPTY

_KEYS = (
    ("Enter", "send"),
    ("Alt+Enter, Ctrl+J", "new line"),
    ("Shift+Tab", "permission mode"),
    ("Esc", "stop Claude; twice when idle: clear the prompt, or rewind"),
    ("↑ ↓", "earlier prompts; ↑ in an empty prompt takes back a queued one"),
    ("Tab", "to the conversation: ↑ ↓ move, Enter unfolds, y copies"),
    ("PageUp, PageDown", "scroll; Ctrl+End goes to the end and follows it"),
    ("y a n c", "answer a request: allow once, allow always, deny, deny and say why"),
    ("Ctrl+O", "sessions"),
    ("Ctrl+N, Ctrl+W", "open, close a tab"),
    ("Alt+← Alt+→", "previous, next tab"),
    ("Ctrl+P", "command palette"),
    ("Ctrl+Q", "leave; the session continues"),
)
_FULL_CONTEXT = (
    "When the context is full, Claude Code summarises it and continues. /compact does that now, /clear starts over."
)


def show_help(context: CommandContext, _: str) -> None:
    """`/help`, `?`, F1."""
    here = context.focus_help

    def lay_out(width: int) -> list[Content]:
        lines = [Content.styled("Here", "bold $primary"), *Document(here).lines(width), EMPTY] if here else []
        lines += [Content.styled("Keys", "bold $primary"), *_rows(_KEYS, width), EMPTY]
        commands = [(f"/{command.name} {command.argument}".strip(), command.summary) for command in COMMANDS]
        lines += [Content.styled("Commands", "bold $primary"), *_rows(commands, width)]
        lines += _rows((("!COMMAND", "run a shell command in the workspace"), ("@PATH", "mention a file")), width)
        more = Content.styled("Claude Code's own commands work too. Type / to see all of them.", "$muted")
        return [*lines, EMPTY, *more.wrap(width)]

    context.show_text("Help", lay_out)


def _rows(rows: Sequence[tuple[str, str]], width: int) -> list[Content]:
    left = min(max(len(name) for name, _ in rows) + 2, max(width // 2, 12))
    lines: list[Content] = []
    for name, text in rows:
        if len(name) >= left:  # too long to fit beside its text
            lines.append(Content(name))
            name = ""
        first, *rest = Content.styled(text, "$muted").wrap(max(width - left, 8)) or [EMPTY]
        lines.append(Content(f"{name:<{left}}") + first)
        lines += [Content(" " * left) + line for line in rest]
    return lines


def show_context(context: CommandContext, _: str) -> None:
    """`/context`."""
    status = context.session.conversation.status

    def lay_out(width: int) -> list[Content]:
        if status.context_percent is None:
            return Content("The context is empty until the first answer.").wrap(width)
        used = round(min(status.context_percent, 100) / 100 * width)
        colour = "$text-error" if status.context_percent >= 90 else "$primary"
        bar = Content.styled("█" * used, colour) + Content.styled("░" * (width - used), "$faint")
        rows = (
            ("Used", f"{status.context_tokens:,} tokens, {status.context_percent:.1f}%"),
            ("Limit", f"{status.context_max:,} tokens"),
            ("Model", status.model or "default"),
        )
        return [bar, EMPTY, *_rows(rows, width), EMPTY, *Content.styled(_FULL_CONTEXT, "$muted").wrap(width)]

    context.show_text("Context", lay_out)


def show_cost(context: CommandContext, _: str) -> None:
    """`/cost`."""
    context.start(_show_cost(context), group="view")


async def _show_cost(context: CommandContext) -> None:
    try:
        spending = await context.client.spending()
    except TuiError:
        spending = None  # the session's own numbers need no server
    status = context.session.conversation.status

    def lay_out(width: int) -> list[Content]:
        lines = [Content.styled("This session", "bold $primary"), *_rows(_session_rows(status), width)]
        if spending is not None:
            lines += [EMPTY, Content.styled("Today", "bold $primary"), *_rows(_day_rows(spending), width)]
        return lines

    context.show_text("Cost", lay_out)


def _session_rows(status: Status) -> list[tuple[str, str]]:
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


def _day_rows(spending: Spending) -> list[tuple[str, str]]:
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
        rows.append(("Resets at", f"{resets.astimezone():%H:%M}"))
    return rows


def show_mcp(context: CommandContext, _: str) -> None:
    """`/mcp`."""
    session, client = context.session, context.client

    async def load() -> tuple[McpServer, ...]:
        if session.is_new:
            await session.create()
        return await client.mcp_servers(session.session_id)

    context.show_mcp_servers(load)
