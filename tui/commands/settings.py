"""Model, effort, permission mode, theme: with a name at once, without one from a list."""

from typing import TYPE_CHECKING

from tui.errors import TuiError
from tui.screens.pick import PickScreen
from tui.themes import themes
from tui.widgets.choices import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

EFFORTS = {
    "low": "quick and cheap",
    "medium": "balanced",
    "high": "thinks longer",
    "xhigh": "thinks much longer",
    "max": "as long as it takes",
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


def choose_model(screen: "ChatScreen", name: str) -> None:
    """`/model`."""
    if name:
        screen.change(model=name)
    else:
        screen.run_worker(_pick_model(screen), group="pick")


async def _pick_model(screen: "ChatScreen") -> None:
    try:
        models = await screen.client.models()
    except TuiError as error:
        screen.say(str(error), "error")
        return
    now = screen.session.conversation.status.model
    current = next((model.value for model in models if model.value == now), None) or next(
        (model.value for model in models if model.resolved_model == now), None
    )
    options = [
        Option(id=model.value, label=model.display_name or model.value, detail=model.description) for model in models
    ]
    if not options:
        screen.say("The server offers no list of models. Name one: /model NAME", "warning")
        return
    picked = await screen.app.push_screen_wait(PickScreen("Model", options, start=current))
    if picked:
        screen.change(model=picked)


def choose_effort(screen: "ChatScreen", level: str) -> None:
    """`/effort`."""
    if level in EFFORTS:
        screen.change(effort=level)
        return
    options = [Option(id=name, label=name, detail=detail) for name, detail in EFFORTS.items()]
    current = screen.session.conversation.status.effort
    screen.app.push_screen(PickScreen("Effort", options, start=current), lambda picked: _set(screen, effort=picked))


def choose_mode(screen: "ChatScreen", mode: str) -> None:
    """`/mode`."""
    if mode in MODES:
        screen.change(permissionMode=mode)
        return
    options = [Option(id=name, label=label, detail=detail) for name, (label, detail) in MODES.items()]
    current = screen.session.conversation.status.permission_mode
    screen.app.push_screen(
        PickScreen("What may Claude do?", options, start=current),
        lambda picked: _set(screen, permissionMode=picked),
    )


def _set(screen: "ChatScreen", **changes: str | None) -> None:
    screen.change(**{name: value for name, value in changes.items() if value})


def choose_theme(screen: "ChatScreen", name: str) -> None:
    """`/theme`; what is chosen is kept for this person."""
    app = screen.app
    names = [theme.name for theme in themes()]
    if name in names:
        _keep_theme(screen, name)
        return
    options = [
        Option(id=theme, label=theme, detail="dark" if app.available_themes[theme].dark else "light") for theme in names
    ]
    app.push_screen(PickScreen("Theme", options, start=app.theme), lambda picked: _keep_theme(screen, picked))


def _keep_theme(screen: "ChatScreen", name: str | None) -> None:
    if name:
        screen.app.theme = name
        screen.user_state.write("theme", name)
