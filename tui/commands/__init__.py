"""The app's own slash commands. Every other prompt, also one that begins with `/`, goes to Claude Code."""

from tui.commands.context import CommandContext
from tui.commands.dispatch import run_command, show_palette

__all__ = ["CommandContext", "run_command", "show_palette"]
