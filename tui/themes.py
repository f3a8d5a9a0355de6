"""The themes: three of our own and some of Textual's, all with the variables that the style sheet uses."""

from dataclasses import replace
from functools import lru_cache

from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="clay-dark",
    primary="#d97757",
    secondary="#8fa8c8",
    accent="#d97757",
    foreground="#e6e2d9",
    background="#191816",
    surface="#211f1d",
    panel="#2b2926",
    success="#8ab573",
    warning="#dcab5e",
    error="#e07163",
    dark=True,
)
LIGHT = Theme(
    name="clay-light",
    primary="#b8562f",
    secondary="#3d6690",
    accent="#b8562f",
    foreground="#2a2722",
    background="#faf9f5",
    surface="#f1efe8",
    panel="#e6e3d9",
    success="#3d7a35",
    warning="#94600a",
    error="#b23a2d",
    dark=False,
)
CONTRAST = Theme(
    name="high-contrast",
    primary="#ffd166",
    secondary="#7cc4ff",
    accent="#ffd166",
    foreground="#ffffff",
    background="#000000",
    surface="#101010",
    panel="#262626",
    success="#7dff8a",
    warning="#ffd166",
    error="#ff8f8f",
    dark=True,
)


def _ansi(front: str, back: str, normal: str, bright: str) -> TerminalTheme:
    """The sixteen ANSI colours of a program's output: black, red, green, yellow, blue, magenta, cyan, white."""

    def rgb(colour: str) -> tuple[int, int, int]:
        return Color.parse(colour).rgb

    return TerminalTheme(
        rgb(back), rgb(front), [rgb(colour) for colour in normal.split()], [rgb(colour) for colour in bright.split()]
    )


ANSI_DARK = _ansi(
    "#e6e2d9",
    "#191816",
    "#57534c #e07163 #8ab573 #dcab5e #7fa6d6 #c08fc9 #6fb5ae #d6d1c6",
    "#8b857a #f08c7e #a5cf8e #edc47f #9dc0ea #d7abde #8fd0c9 #fbf8f1",
)
ANSI_LIGHT = _ansi(
    "#2a2722",
    "#faf9f5",
    "#2a2722 #b23a2d #3d7a35 #8a5a08 #2f62a0 #85409b #1f7672 #6b675f",
    "#57534c #c74f40 #4c8f42 #a26d12 #3f78bd #9b55b2 #2b8c87 #8b857a",
)
_FROM_TEXTUAL = ("nord", "gruvbox", "catppuccin-mocha", "catppuccin-latte", "dracula", "tokyo-night", "solarized-light")


@lru_cache(maxsize=1)
def themes() -> list[Theme]:
    """All themes."""
    from_textual = [BUILTIN_THEMES[name] for name in _FROM_TEXTUAL if name in BUILTIN_THEMES]
    return [complete(theme) for theme in (DARK, LIGHT, CONTRAST, *from_textual)]


def complete(theme: Theme) -> Theme:
    """The theme with the variables of the style sheet, mixed from the theme's own colours."""
    front = Color.parse(theme.foreground or ("#e0e0e0" if theme.dark else "#1f1f1f"))
    back = Color.parse(theme.background or ("#121212" if theme.dark else "#efefef"))
    primary = Color.parse(theme.primary)
    added = Color.parse(theme.success or "#4ebf71")
    removed = Color.parse(theme.error or "#ba3c5b")
    other = Color.parse(theme.secondary or theme.primary)
    warm = Color.parse(theme.warning or theme.primary)

    def mix(colour: Color, share: float) -> str:
        return back.blend(colour, share).hex

    plain = theme.name == CONTRAST.name
    ours = {
        "muted": mix(front, 0.85 if plain else 0.60),
        "faint": mix(front, 0.7 if plain else 0.38),
        "line": mix(front, 0.5 if plain else 0.17),
        "heading": primary.hex,
        "bullet": primary.hex,
        "prompt-background": mix(front, 0.055),
        "code-background": mix(front, 0.075),
        "code-inline": front.blend(primary, 0.55).hex,
        "code-keyword": front.blend(primary, 0.85).hex,
        "code-name": front.blend(other, 0.9).hex,
        "code-number": front.blend(warm, 0.9).hex,
        "code-string": front.blend(added, 0.85).hex,
        "diff-added": mix(added, 0.15),
        "diff-removed": mix(removed, 0.16),
        "diff-added-word": mix(added, 0.38),
        "diff-removed-word": mix(removed, 0.40),
        "border": primary.hex,
        "border-blurred": mix(front, 0.17),
        "scrollbar": mix(front, 0.16),
        "scrollbar-hover": mix(front, 0.28),
        "scrollbar-active": primary.hex,
        "scrollbar-background": back.hex,
        "scrollbar-background-hover": back.hex,
        "scrollbar-background-active": back.hex,
        "scrollbar-corner-color": back.hex,
        "link-color": front.blend(other, 0.85).hex,
        "link-style": "underline",
        "block-cursor-background": mix(primary, 0.28),
        "block-cursor-foreground": front.hex,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": mix(front, 0.1),
        "block-hover-background": mix(front, 0.08),
        "input-cursor-background": front.hex,
        "input-selection-background": f"{primary.hex} 35%",
    }
    return replace(theme, variables={**theme.variables, **ours})
