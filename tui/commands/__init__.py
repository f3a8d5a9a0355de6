"""What a prompt that begins with `/` does; everything else is for Claude."""

from tui.commands.dispatch import run_command
from tui.commands.palette import show_palette

__all__ = ["run_command", "show_palette"]
