"""The system users that Claude Code runs as: one for all, or in a container one for each person."""

import asyncio
import os
import pwd
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.claude.home_files import run
from api.errors import BusyError
from api.files.workspace import workspace_of
from api.settings import Settings
from api.storage.system_users import SystemUserAssignments

TEMP = Path(tempfile.gettempdir()) / "house"
"""Made by start.sh, so that no account can take another one's place in it."""
NUMBERED = 64
"""How many users for one person each the image has."""


class NoSystemUserLeftError(BusyError):
    """All users that the server has for people's Claude Code are taken by others."""

    code = "no_account_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemUser:
    """Whose Claude Code it is, in the system's own terms."""

    name: str
    home: Path
    run_as: Sequence[str] = ()
    """What stands before a command that this user is to run; empty: we are that user."""
    temp: Path | None = None
    """Where its temporary files go, out of other accounts' reach; None: where everybody's go."""


class SystemUsers:
    """Finds the account of a person, and makes what it needs."""

    def __init__(self, settings: Settings, people: SystemUserAssignments) -> None:
        self._settings = settings
        self._people = people
        self._ready: dict[str, SystemUser] = {}

    async def of(self, owner: str) -> SystemUser:
        """The account that runs Claude Code for this person, with its home and workspace in place.

        Raises:
            NoSystemUserLeftError: all of them belong to other people.
        """
        if owner not in self._ready:
            name = "claude" if self._settings.workspace == "shared" else await self._numbered(owner)
            home, run_as = self._settings.claude_home / name, self._run_as(name)
            account = SystemUser(name=name, home=home, run_as=run_as, temp=TEMP / name if run_as else None)
            await self._prepare(account, owner)
            self._ready[owner] = account
        return self._ready[owner]

    async def _numbered(self, owner: str) -> str:
        slot = await self._people.slot(owner, slots=NUMBERED)
        if slot is None:
            raise NoSystemUserLeftError
        return f"claude{slot:02d}"

    def _run_as(self, name: str) -> tuple[str, ...]:
        if not self._settings.separate_users:
            return ()
        # The user has none of our capabilities, and cannot win any by a set-user-id program.
        dropped = ("--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs")
        return ("setpriv", "--reuid", name, "--regid", name, "--init-groups", *dropped, "--")

    async def _prepare(self, account: SystemUser, owner: str) -> None:
        if not account.run_as:
            account.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        # Their parents are open to our group: the user makes its own folders, and alone has a key to them.
        us = pwd.getpwuid(os.geteuid()).pw_name
        command = [word if word != "--init-groups" else f"--groups={us}" for word in account.run_as]
        for folder in (account.home, account.temp):
            if folder and not folder.exists():
                await run([*command, "mkdir", "-m", "700", "--", str(folder)])
        if self._settings.workspace == "per-user":
            await asyncio.to_thread(_share, workspace_of(self._settings, owner), pwd.getpwnam(account.name).pw_gid)


def _share(folder: Path, group: int) -> None:
    """Gives the account's group the folder that we made, and what was uploaded to it since."""
    us = os.geteuid()
    if folder.stat().st_gid == group:
        return
    for path in (*folder.rglob("*"), folder):
        if path.lstat().st_uid == us:
            os.chown(path, -1, group, follow_symlinks=False)
    folder.chmod(0o2770)
