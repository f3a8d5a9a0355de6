"""The heading of a call: a label, its subject, and a note about its result."""

from dataclasses import dataclass
from typing import Any

from tui.model.items import ToolCall
from tui.text.sanitize import one_line

_SUBJECTS = {
    "Bash": "command",
    "BashOutput": "bash_id",
    "KillShell": "shell_id",
    "Read": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "Write": "file_path",
    "NotebookEdit": "notebook_path",
    "Grep": "pattern",
    "Glob": "pattern",
    "LS": "path",
    "WebFetch": "url",
    "WebSearch": "query",
    "Task": "description",
    "Agent": "description",
    "Skill": "skill",
    "SlashCommand": "command",
}
_LABELS = {
    "TodoWrite": "Todos",
    "TaskCreate": "Todos",
    "TaskUpdate": "Todos",
    "AskUserQuestion": "Question",
    "ExitPlanMode": "Plan",
    "EnterPlanMode": "Plan mode",
    "NotebookEdit": "Notebook",
    "BashOutput": "Shell output",
    "KillShell": "Stop shell",
    "WebFetch": "Fetch",
    "WebSearch": "Search",
}
EDITS = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})
AGENTS = frozenset({"Task", "Agent"})
TODOS = frozenset({"TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet"})
QUIET = frozenset({"EnterPlanMode", "ToolSearch"})
"""Tools whose output is for the model only."""


@dataclass(frozen=True, slots=True)
class Heading:
    label: str
    subject: str


def heading_of(call: ToolCall, cwd: str = "") -> Heading:
    """Label and subject of a call, one line each; paths are relative to `cwd`."""
    label, subject = _named(call)
    if cwd and subject.startswith(f"{cwd}/"):
        subject = subject[len(cwd) + 1 :]
    return Heading(one_line(label), one_line(subject))


def _named(call: ToolCall) -> tuple[str, str]:
    name, given = call.name, call.input
    if name.startswith("mcp__"):
        server, _, tool = name.removeprefix("mcp__").partition("__")
        return f"{server} · {tool}", _first_text(given)
    if name in AGENTS:
        return str(given.get("subagent_type") or "Agent"), str(given.get("description") or "")
    if name == "TodoWrite":
        return "Todos", _todo_count(given)
    if name in TODOS:
        return "Todos", _todo_change(given)
    if name == "Grep" and given.get("path"):
        return name, f"{given.get('pattern', '')} in {given['path']}"
    if name == "ExitPlanMode":
        return "Plan", ""
    if name == "ToolSearch":
        return "Tools", str(given.get("query") or "").removeprefix("select:")
    if name == "AskUserQuestion":
        questions = given.get("questions") or [{}]
        return "Question", str(questions[0].get("header") or questions[0].get("question") or "")
    subject = given.get(_SUBJECTS[name]) if name in _SUBJECTS else None
    return _LABELS.get(name, name), str(subject if subject is not None else _first_text(given))


def _first_text(given: dict[str, Any]) -> str:  # each tool has its own
    return next((value for value in given.values() if isinstance(value, str)), "")


def _todo_change(given: dict[str, Any]) -> str:  # each tool has its own
    number = f"#{given['taskId']} " if given.get("taskId") else ""
    change = given.get("subject") or given.get("status") or given.get("activeForm") or ""
    return f"{number}{change}".replace("_", " ")


def _todo_count(given: dict[str, Any]) -> str:  # each tool has its own
    todos = given.get("todos")
    if not isinstance(todos, list):
        return ""
    done = sum(1 for todo in todos if isinstance(todo, dict) and todo.get("status") == "completed")
    return f"{done} of {len(todos)} done"


def note_of(call: ToolCall) -> str:
    """The result of a call in a word or two, such as `12 lines`; empty while it runs."""
    if call.state == "denied":
        return "keeps planning" if call.name == "ExitPlanMode" else "denied"
    if call.state == "failed":
        return "failed"
    if call.state != "done" or not call.output:
        return ""
    count = call.output.rstrip("\n").count("\n") + 1
    if call.name == "Read":
        return f"{count} line{'s' * (count != 1)}"
    if call.name in ("Glob", "Grep"):
        return "nothing found" if call.output.startswith("No ") else f"{count} line{'s' * (count != 1)}"
    return ""
