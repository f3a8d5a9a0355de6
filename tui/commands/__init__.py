"""What a prompt that begins with `/` does; everything else is for Claude."""

from tui.commands.palette import show_palette
from tui.commands.run import run_command

__all__ = ["run_command", "show_palette"]
