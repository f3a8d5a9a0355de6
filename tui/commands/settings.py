"""The commands for model, effort, permission mode and theme: each takes a name, or shows a list without one."""

from tui.commands.context import CommandContext
from tui.errors import TuiError
from tui.themes import themes
from tui.widgets.choices import Option

EFFORTS = {
    "low": "quick and cheap",
    "medium": "balanced",
    "high": "thinks longer",
    "xhigh": "thinks much longer",
    "max": "takes as long as it needs",
}
MODES = {
    "default": ("Ask first", "asks before commands and changes"),
    "acceptEdits": ("Accept edits", "changes files without asking"),
    "plan": ("Plan only", "reads and plans, changes nothing"),
    "dontAsk": ("Never ask", "denies what it would have to ask for"),
    "bypassPermissions": (
        "Bypass permissions",
        "DANGER: does everything without asking; only where the server allows it",
    ),
}


def choose_model(context: CommandContext, name: str) -> None:
    """`/model`."""
    if name:
        context.change_settings(model=name)
    else:
        context.start(_pick_model(context), group="pick")


async def _pick_model(context: CommandContext) -> None:
    try:
        models = await context.client.models()
    except TuiError as error:
        context.add_notice(str(error), "error")
        return
    now = context.session.conversation.status.model
    current = next((model.value for model in models if model.value == now), None) or next(
        (model.value for model in models if model.resolved_model == now), None
    )
    options = [
        Option(id=model.value, label=model.display_name or model.value, detail=model.description) for model in models
    ]
    if not options:
        context.add_notice("The server has no list of models. Name one: /model NAME", "warning")
        return
    if picked := await context.pick("Model", options, selected=current):
        context.change_settings(model=picked)


def choose_effort(context: CommandContext, level: str) -> None:
    """`/effort`."""
    if level in EFFORTS:
        context.change_settings(effort=level)
    else:
        context.start(_pick_effort(context), group="pick")


async def _pick_effort(context: CommandContext) -> None:
    options = [Option(id=name, label=name, detail=detail) for name, detail in EFFORTS.items()]
    current = context.session.conversation.status.effort
    if picked := await context.pick("Effort", options, selected=current):
        context.change_settings(effort=picked)


def choose_mode(context: CommandContext, mode: str) -> None:
    """`/mode`."""
    if mode in MODES:
        context.change_settings(permissionMode=mode)
    else:
        context.start(_pick_mode(context), group="pick")


async def _pick_mode(context: CommandContext) -> None:
    options = [Option(id=name, label=label, detail=detail) for name, (label, detail) in MODES.items()]
    current = context.session.conversation.status.permission_mode
    if picked := await context.pick("Permission mode", options, selected=current):
        context.change_settings(permissionMode=picked)


def choose_theme(context: CommandContext, name: str) -> None:
    """`/theme`."""
    if name in {theme.name for theme in themes()}:
        context.use_theme(name)
    else:
        context.start(_pick_theme(context), group="pick")


async def _pick_theme(context: CommandContext) -> None:
    options = [Option(id=theme.name, label=theme.name, detail="dark" if theme.dark else "light") for theme in themes()]
    if picked := await context.pick("Theme", options, selected=context.theme):
        context.use_theme(picked)
