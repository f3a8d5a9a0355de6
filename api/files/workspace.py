"""Where a user's files are: one folder for all, or one for each person."""

import hashlib
from pathlib import Path
from urllib.parse import quote

from api.errors import OutsideWorkspaceError
from api.settings import Settings

LOCAL = "local"
"""The user at a terminal in the container."""
MAX_NAME = 200
"""Bytes; file systems take 255, and a hash may follow."""
SAFE = "@+-_."


def workspace_of(settings: Settings, user: str) -> Path:
    """The folder in which the user's sessions work; it is made when it is missing."""
    if settings.workspace == "shared":
        folder = settings.workspace_dir
        folder.mkdir(parents=True, exist_ok=True)
    else:
        folder = settings.workspace_dir / folder_name(user)
        if not folder.is_dir():
            settings.workspace_dir.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o770, exist_ok=True)
            folder.chmod(0o2770)  # mkdir's own mode loses the setgid bit
    return folder


def folder_name(user: str) -> str:
    """A name for the user's folder: no other user's, and nothing but a plain name."""
    name = quote(user, safe=SAFE, errors="replace")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > MAX_NAME:  # "%-" is never in a quoted name
        return f"{name[:MAX_NAME]}%-{hashlib.sha256(user.encode(errors='replace')).hexdigest()[:16]}"
    return name


def inside(workspace: Path, name: str) -> Path:
    """The path that `name` means, with every symlink resolved.

    Raises:
        OutsideWorkspaceError: it leads out of the workspace.
    """
    root = workspace.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise OutsideWorkspaceError("The path leads nowhere") from None
    if path != root and root not in path.parents:
        raise OutsideWorkspaceError("The path leads out of the workspace")
    return path


def folder_inside(workspace: Path, name: str | None) -> Path:
    """The folder to work in: the one that `name` means, or the workspace itself.

    Raises:
        OutsideWorkspaceError: it is not a folder inside the workspace.
    """
    if name is None:
        return workspace.resolve()
    try:
        path = inside(workspace, name)
    except OutsideWorkspaceError:
        raise OutsideWorkspaceError from None
    if not path.is_dir():
        raise OutsideWorkspaceError
    return path
