"""The folder of each user, and the paths that callers may name inside it."""

import hashlib
from pathlib import Path
from urllib.parse import quote

from api.errors import InvalidPathError
from api.settings import Settings

LOCAL = "local"
"""The user of requests that do not come through the gateway, such as a terminal in the container."""
MAX_NAME = 200
"""Bytes of a folder name, to which a hash may be added. File systems allow 255."""
SAFE = "@+-_."


def workspace_of(settings: Settings, user: str) -> Path:
    """The folder in which the user's sessions run. It is made if it is missing."""
    if settings.workspace == "shared":
        folder = settings.workspace_dir
        folder.mkdir(parents=True, exist_ok=True)
    else:
        folder = settings.workspace_dir / folder_name(user)
        if not folder.is_dir():
            settings.workspace_dir.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o770, exist_ok=True)
            folder.chmod(0o2770)  # the mode of mkdir loses the setgid bit
    return folder


def folder_name(user: str) -> str:
    """A plain file name for the user's folder, different for every user."""
    name = quote(user, safe=SAFE, errors="replace")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > MAX_NAME:  # a quoted name never contains "%-"
        return f"{name[:MAX_NAME]}%-{hashlib.sha256(user.encode(errors='replace')).hexdigest()[:16]}"
    return name


def path_inside(workspace: Path, name: str) -> Path:
    """The path `name`, relative to the workspace or absolute, with every link resolved.

    Raises:
        InvalidPathError: it is not inside the workspace.
    """
    root = workspace.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise InvalidPathError("The path cannot be resolved") from None
    if path != root and root not in path.parents:
        raise InvalidPathError("The path leads out of the workspace")
    return path


def folder_inside(workspace: Path, name: str | None) -> Path:
    """The folder `name` inside the workspace; the workspace itself when `name` is None.

    Raises:
        InvalidPathError: it is not a folder inside the workspace.
    """
    if name is None:
        return workspace.resolve()
    try:
        path = path_inside(workspace, name)
    except InvalidPathError:
        raise InvalidPathError from None
    if not path.is_dir():
        raise InvalidPathError
    return path
