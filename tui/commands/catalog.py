"""The app's commands, as help, completion and the palette list them.

A new command also needs an action in `tui/commands/dispatch.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    summary: str
    argument: str = ""
    """The argument; in brackets if it is optional."""

    @property
    def needs_argument(self) -> bool:
        return bool(self.argument) and not self.argument.startswith("[")


COMMANDS = (
    Command("help", "keys and commands"),
    Command("resume", "find, preview, rename, fork or delete a session"),
    Command("new", "open a new session in a tab"),
    Command("clear", "clear the context and start over"),
    Command("rewind", "go back to an earlier prompt: conversation, files or both"),
    Command("model", "choose the model", "[NAME]"),
    Command("effort", "choose how hard Claude thinks", "[LEVEL]"),
    Command("mode", "choose the permission mode", "[MODE]"),
    Command("context", "show how full the context is"),
    Command("cost", "show the cost of this session and of today"),
    Command("mcp", "show the MCP servers and their state"),
    Command("export", "save the conversation as a file", "[md|json|html]"),
    Command("rename", "rename this session", "TITLE"),
    Command("close", "close this tab; the session continues"),
    Command("fork", "continue in a copy of this session"),
    Command("copy", "copy the last answer"),
    Command("upload", "attach files to the prompt"),
    Command("download", "download a file from the workspace", "PATH"),
    Command("theme", "choose the colours", "[NAME]"),
    Command("logout", "sign out"),
    Command("exit", "leave; the session continues"),
)
KEYS = {"help": "F1", "resume": "Ctrl+O", "new": "Ctrl+N", "close": "Ctrl+W", "mode": "Shift+Tab", "exit": "Ctrl+Q"}
"""The keys of commands that have one."""
ALIASES = {"sessions": "resume", "quit": "exit", "usage": "cost", "permissions": "mode"}
