"""The system users that Claude Code runs as: a single one, or in the container one for each person."""

import asyncio
import os
import pwd
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.claude.home_files import run
from api.errors import NoSystemUserLeftError
from api.files.workspace import workspace_of
from api.settings import Settings
from api.storage.system_users import SystemUserAssignments

TEMP = Path(tempfile.gettempdir()) / "house"
"""Created by start.sh, so that no system user can create the folder of another one."""
MAX_SYSTEM_USERS = 64
"""How many system users the image has, each for one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemUser:
    """A user of the operating system that runs Claude Code."""

    name: str
    home: Path
    run_as: Sequence[str] = ()
    """The command prefix that runs a command as this user; empty if this process is that user."""
    temp: Path | None = None
    """The folder of its temporary files, closed to other users; None for the default one."""


class SystemUsers:
    """Finds the system user of a person, and prepares its folders."""

    def __init__(self, settings: Settings, assignments: SystemUserAssignments) -> None:
        self._settings = settings
        self._assignments = assignments
        self._ready: dict[str, SystemUser] = {}

    async def of(self, owner: str) -> SystemUser:
        """The system user that runs Claude Code for a person, with its home and workspace prepared.

        Raises:
            NoSystemUserLeftError: all system users belong to other people.
        """
        if owner not in self._ready:
            name = "claude" if self._settings.workspace == "shared" else await self._numbered(owner)
            home, run_as = self._settings.claude_home / name, self._run_as(name)
            user = SystemUser(name=name, home=home, run_as=run_as, temp=TEMP / name if run_as else None)
            await self._prepare(user, owner)
            self._ready[owner] = user
        return self._ready[owner]

    async def _numbered(self, owner: str) -> str:
        slot = await self._assignments.slot(owner, slots=MAX_SYSTEM_USERS)
        if slot is None:
            raise NoSystemUserLeftError
        return f"claude{slot:02d}"

    def _run_as(self, name: str) -> tuple[str, ...]:
        if not self._settings.separate_users:
            return ()
        # The user has no capabilities, and cannot gain any through a set-user-id program.
        dropped = ("--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs")
        return ("setpriv", "--reuid", name, "--regid", name, "--init-groups", *dropped, "--")

    async def _prepare(self, user: SystemUser, owner: str) -> None:
        if not user.run_as:
            user.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        # The user creates its folders itself, closed to others. This process's group may write to the parent folders.
        us = pwd.getpwuid(os.geteuid()).pw_name
        command = [word if word != "--init-groups" else f"--groups={us}" for word in user.run_as]
        for folder in (user.home, user.temp):
            if folder and not folder.exists():
                await run([*command, "mkdir", "-m", "700", "--", str(folder)])
        if self._settings.workspace == "per-user":
            await asyncio.to_thread(_share, workspace_of(self._settings, owner), pwd.getpwnam(user.name).pw_gid)


def _share(folder: Path, group: int) -> None:
    """Gives the user's group the folder that this process created, and the files that were uploaded to it since."""
    us = os.geteuid()
    if folder.stat().st_gid == group:
        return
    for path in (*folder.rglob("*"), folder):
        if path.lstat().st_uid == us:
            os.chown(path, -1, group, follow_symlinks=False)
    folder.chmod(0o2770)
