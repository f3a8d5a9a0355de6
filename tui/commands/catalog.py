"""Our own commands. The CLI's are asked from the server, and sent to it as prompts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    detail: str
    usage: str = ""


COMMANDS = (
    Command("help", "keys and commands"),
    Command("resume", "find, preview, rename, fork or delete a session"),
    Command("new", "another session in a tab"),
    Command("clear", "forget this conversation and begin anew"),
    Command("rewind", "back to an earlier prompt: conversation, files or both"),
    Command("model", "choose the model", "[NAME]"),
    Command("effort", "how hard Claude thinks", "[LEVEL]"),
    Command("mode", "what Claude may do without asking", "[MODE]"),
    Command("context", "how full the context is"),
    Command("cost", "what this session and this day took"),
    Command("mcp", "the MCP servers and their state"),
    Command("export", "the conversation as a file", "[md|json|html]"),
    Command("rename", "give this session a title", "TITLE"),
    Command("close", "close this tab; the session goes on"),
    Command("fork", "go on in a copy of this session"),
    Command("copy", "copy the last answer"),
    Command("upload", "put files into the prompt"),
    Command("download", "fetch a file of the workspace", "PATH"),
    Command("theme", "choose the colours", "[NAME]"),
    Command("logout", "sign out"),
    Command("exit", "leave; the session goes on"),
)
KEYS = {"help": "F1", "resume": "Ctrl+O", "new": "Ctrl+N", "close": "Ctrl+W", "mode": "Shift+Tab", "exit": "Ctrl+Q"}
"""Commands that have a key of their own."""
ALIASES = {"sessions": "resume", "quit": "exit", "usage": "cost", "permissions": "mode"}
