"""Two doors on one PostgreSQL behind a load balancer, to be tested as if they were one."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.auth import SHARED, AuthDoor, door_environment, running_rooms
from tests.support.balancer import running_balancer
from tests.support.network import free_port


@dataclass(slots=True, kw_only=True)
class Doors(AuthDoor):
    """The balancer's side: one port, the audits of both. Mails and log lines of both are in one file already."""

    doors: tuple[AuthDoor, AuthDoor]

    def audit(self) -> list[dict[str, Any]]:
        lines = [line for door in self.doors for line in AuthDoor.audit(door)]
        return sorted(lines, key=lambda line: str(line["time"]))


@asynccontextmanager
async def running_doors(database_url: str, **settings: str) -> AsyncIterator[Doors]:
    """Two doors with these settings, and one Resend for both."""
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    port, mail_port = free_port(), free_port()
    common = {"DATABASE_URL": database_url, "PUBLIC_URL": f"http://localhost:{port}", **settings}
    async with AsyncExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        doors = []
        for number in range(2):
            own = folder / str(number)
            (own / "run").mkdir(parents=True)
            if number:
                (own / "door.log").symlink_to(folder / "0" / "door.log")
            await running.enter_async_context(running_rooms(own, free_port() if number else mail_port))
            environment = door_environment(own, free_port(), mail_port, {**SHARED, **common})
            door = AuthDoor(folder=own, port=int(environment["PORT"]), environment=environment)
            await door.start()
            running.push_async_callback(door.stop)
            doors.append(door)
        one, two = doors
        running.enter_context(running_balancer(port, (one.port, two.port)))
        both = Doors(folder=one.folder, port=port, environment=one.environment, doors=(one, two), kept_connections=0)
        yield both
        for door in doors:
            await door.stop()
            door.secrets |= both.secrets
            assert door.leaks() == []
