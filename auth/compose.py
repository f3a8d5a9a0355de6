"""Puts the door together from its settings, and takes it apart again."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from auth.audit import Audit
from auth.background import Background
from auth.door import Door
from auth.health import Health, watching
from auth.keyring import make_private, open_keyring
from auth.limits import NearLimits
from auth.links import Links
from auth.logins import Logins
from auth.mail import open_mailer
from auth.pages import Pages
from auth.proxy import open_rooms
from auth.settings import Settings
from auth.store import open_database
from auth.streams import Streams
from auth.summary import open_modes
from auth.tokens import Tokens

REVOKED_SEEN = 2.0
"""Seconds between two looks whether the logins with something open are still alive."""


@asynccontextmanager
async def open_door(settings: Settings, log: FilteringBoundLogger) -> AsyncIterator[Door]:
    """A door with everything in it running.

    Raises:
        SettingError: a setting cannot be used.
    """
    keyring = open_keyring(settings)
    audit = Audit(make_private(settings.auth_dir))
    background = Background(log)
    streams = Streams()
    async with open_database(settings) as engine, open_rooms(settings.run_dir) as rooms:
        health = Health(rooms, demo=settings.demo)
        door = Door(
            settings=settings,
            site=settings.site,
            allowlist=settings.allowlist,
            keys=settings.keys,
            engine=engine,
            links=Links(engine, Tokens(audience="login", keys=keyring.link)),
            logins=Logins(
                engine,
                Tokens(audience="session", keys=keyring.session),
                idle=settings.session_idle_minutes * 60,
                longest=settings.session_max_hours * 3600,
            ),
            limits=NearLimits(),
            audit=audit,
            mailer=open_mailer(settings),
            pages=Pages(),
            rooms=rooms,
            health=health,
            streams=streams,
            background=background,
            log=log,
            now=time.time,
            notice=" ".join(open_modes(settings)),
        )
        tasks = [asyncio.create_task(_watch_logins(door)), asyncio.create_task(_warn_hourly(door))]
        try:
            async with watching(health):
                yield door
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await background.close()
            audit.close()


async def _watch_logins(door: Door) -> None:
    """Ends what is open under a login that was ended elsewhere, idled out, or is not allowed any more."""
    while True:
        await asyncio.sleep(REVOKED_SEEN)
        if not (holding := door.streams.logins):
            continue
        try:
            live = await door.logins.live_among(holding, now=door.now())
        except (SQLAlchemyError, OSError) as error:  # the database is away: look again, rather than never
            door.log.warning("logins_not_checked", kind=type(error).__name__)
            continue
        allowed = {login for login, address in live.items() if door.allowlist.allows(address)}
        door.streams.revoke(holding - allowed)


async def _warn_hourly(door: Door) -> None:
    while door.notice:
        await asyncio.sleep(3600)
        door.log.warning("open_mode", notice=door.notice)
