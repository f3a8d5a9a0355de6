"""Finds what to show below a call's heading, for each kind of tool."""

import re
import textwrap
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from tui.model.items import ToolCall
from tui.text.diff import unified_diff
from tui.text.tools.heading import AGENTS, EDITS, QUIET, TODOS

Kind = Literal["output", "code", "diff", "markdown", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    kind: Kind
    text: str = ""
    path: str = ""
    """The file, which decides the colours."""
    head: int = 0
    """Lines at the beginning that are shown while it is folded."""
    tail: int = 0
    """Lines at the end that are shown while it is folded."""


NONE = Body(kind="none")
_DENIED = re.compile(r"^The user doesn't want to (proceed|do this)")


def body_of(call: ToolCall) -> Body:
    """The body of a call in its current state."""
    if call.is_waiting:
        return NONE  # the open request shows it
    name, given = call.name, call.input
    path = str(given.get("file_path") or given.get("notebook_path") or "")
    if name in EDITS:
        diff = call.diff or drafted_diff(name, given)
        if call.state != "failed" and diff:
            return Body(kind="diff", text=diff, path=path, head=24)
    if call.state == "failed":
        return Body(kind="output", text=_error(call.output), head=12, tail=12)
    if call.state == "denied":
        return Body(kind="output", text=_reason(call.output), head=4)
    if name in TODOS or name in QUIET:
        return NONE
    if name == "ExitPlanMode":
        return Body(kind="markdown", text=str(given.get("plan") or ""), head=12)
    if name in AGENTS:
        return Body(kind="markdown", text=_report(call.output), head=6)
    if name in ("WebFetch", "WebSearch"):
        return Body(kind="markdown", text=call.output, head=4)
    if name in ("Read", "Grep", "Glob", "LS"):
        return Body(kind="code" if name == "Read" else "output", text=call.output, path=path)
    if name in ("Bash", "BashOutput", "AskUserQuestion", "KillShell"):
        return Body(kind="output", text=call.output.rstrip("\n"), head=5, tail=5)
    return Body(kind="output", text=_fields(given, call.output), head=6, tail=2)


def drafted_diff(name: str, given: dict[str, Any]) -> str:  # each tool has its own
    """The diff of an edit that was not made yet, made from its input."""
    path = str(given.get("file_path") or given.get("notebook_path") or "")
    if name == "Write":
        return unified_diff("", str(given.get("content") or ""), path)
    if name == "NotebookEdit":
        return unified_diff("", str(given.get("new_source") or ""), path)
    edits = given.get("edits") if name == "MultiEdit" else [given]
    parts = [
        unified_diff(str(edit.get("old_string") or ""), str(edit.get("new_string") or ""), path)
        for edit in edits or []
        if isinstance(edit, dict)
    ]
    return "\n".join(part for part in parts if part)


def fields(given: dict[str, Any]) -> str:  # each tool has its own
    """The complete input of a tool, one parameter a line."""
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in given.items()
    )


def _report(output: str) -> str:
    """A subagent's report, without the text that Claude Code adds for the model."""
    _, found, report = output.partition("The report follows:\n")
    report = report.partition("\nagentId:")[0] if found else output
    return textwrap.dedent(report).strip()


def _fields(given: dict[str, Any], output: str) -> str:
    return "\n".join(part for part in (fields(given), output.rstrip("\n")) if part)


def _error(output: str) -> str:
    return output.replace("<tool_use_error>", "").replace("</tool_use_error>", "").strip("\n") or "Failed."


def _reason(output: str) -> str:
    """The reason that the user gave, without the text that Claude Code adds for the model."""
    _, found, reason = output.partition("the user said:\n")
    return reason.strip() if found else "Denied." if _DENIED.search(output) else output.strip()
