"""What a prompt that begins with `/` or `!` does; everything else is for Claude."""

from tui.commands.run import run_command

__all__ = ["run_command"]
