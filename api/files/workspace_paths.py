"""Paths that a caller names, confined to a workspace."""

from pathlib import Path

from api.errors import BadRequestError


class OutsideWorkspaceError(BadRequestError):
    """cwd must be a folder inside the workspace"""

    code = "invalid_path"


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
