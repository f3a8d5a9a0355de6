"""Shows a tool call to people: its title, and the diff of an edit."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from api.claude.content_blocks import shorten
from api.errors import InvalidPathError
from api.files.workspace import path_inside

EDITS = ("Edit", "MultiEdit", "Write")
MAX_TOOL_TITLE = 200
MAX_DIFF = 65_536
MAX_FILE_BYTES = 1 << 20
DESCRIPTIVE = (
    "command",
    "file_path",
    "notebook_path",
    "path",
    "pattern",
    "url",
    "query",
    "description",
    "subject",
    "skill",
)
"""The inputs that describe a call best, in order of preference."""


def title(name: str, given: Mapping[str, Any]) -> str:
    """One line, such as `Bash: ls -la`."""
    what = next((given[key] for key in DESCRIPTIVE if isinstance(given.get(key), str) and given[key]), "")
    line = " ".join(what.split())
    if len(line) > MAX_TOOL_TITLE:
        line = line[: MAX_TOOL_TITLE - 1] + "…"
    return f"{name}: {line}" if line else name


def diff_of_result(result: object) -> str | None:
    """The unified diff of a finished edit, from Claude Code's record of it."""
    if not isinstance(result, dict) or not isinstance(path := result.get("filePath"), str):
        return None
    if result.get("type") == "create" and isinstance(content := result.get("content"), str):
        return _between("", content, path)
    hunks = [hunk for hunk in result.get("structuredPatch") or [] if isinstance(hunk, dict)]
    lines = [line for hunk in hunks for line in _hunk(hunk)]
    return shorten("\n".join([f"--- {path}", f"+++ {path}", *lines]), MAX_DIFF) if lines else None


def diff_of_proposal(name: str, given: Mapping[str, Any], *, root: Path) -> str | None:
    """The unified diff of a requested edit.

    Args:
        root: the workspace. Files outside it are not read.
    """
    path = given.get("file_path")
    if name not in EDITS or not isinstance(path, str):
        return None
    before = _read(Path(path), root)
    if name == "Write" and isinstance(content := given.get("content"), str):
        return _between(before or "", content, path)
    edits = given.get("edits") if name == "MultiEdit" else [given]
    if not isinstance(edits, list):
        return None
    after = before
    separate = []
    for edit in edits:
        old, new = str(edit.get("old_string", "")), str(edit.get("new_string", ""))
        separate.append(_between(old, new, path) or "")
        if after is not None:
            after = after.replace(old, new) if edit.get("replace_all") else after.replace(old, new, 1)
    return "\n".join(separate) or None if before is None or after is None else _between(before, after, path)


def _between(before: str, after: str, path: str) -> str | None:
    if len(before) + len(after) > 2 * MAX_FILE_BYTES:
        return None
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="")
    return shorten("\n".join(lines), MAX_DIFF) or None


def _hunk(hunk: Mapping[str, Any]) -> Iterable[str]:
    start, lines = hunk.get("oldStart", 1), hunk.get("oldLines", 0)
    new_start, new_lines = hunk.get("newStart", 1), hunk.get("newLines", 0)
    return [f"@@ -{start},{lines} +{new_start},{new_lines} @@", *map(str, hunk.get("lines") or [])]


def _read(path: Path, root: Path) -> str | None:
    try:
        file = path_inside(root, str(path))
        return file.read_text() if file.is_file() and file.stat().st_size <= MAX_FILE_BYTES else None
    except (OSError, ValueError, InvalidPathError):
        return None
