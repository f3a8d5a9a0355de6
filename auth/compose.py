"""Puts the door together from its settings, and takes it apart again."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from structlog.typing import FilteringBoundLogger

from auth.audit import Audit
from auth.audit_table import keeping_audit
from auth.background import Background
from auth.background_jobs import keeping_up
from auth.door import Door
from auth.health import Health, watching
from auth.limits.in_memory import Limits, NearLimits
from auth.limits.shared import SharedLimits
from auth.login.links import Links
from auth.login.sessions import Logins
from auth.login.signing_keys import make_private
from auth.login.tokens import Tokens
from auth.mail.messages import open_mailer
from auth.open_streams import Streams
from auth.pages.renderer import Pages
from auth.proxy import open_rooms
from auth.settings import Settings
from auth.startup_summary import open_modes
from auth.storage.clock_skew import clock_trouble
from auth.storage.database import LATECOMER_SECONDS, open_database
from auth.storage.notifications import listening
from auth.storage.secret import DIFFERS, agrees_with_others, open_keyring


@asynccontextmanager
async def open_door(settings: Settings, log: FilteringBoundLogger) -> AsyncIterator[Door]:
    """A door with everything in it running.

    Raises:
        SettingsError: a setting cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, patience=LATECOMER_SECONDS))
        keyring = await open_keyring(settings, database)
        if not await agrees_with_others(keyring, database, note=True):
            log.warning("secrets_differ", notice=DIFFERS)
        if trouble := await clock_trouble(database):
            log.warning("clock_differs", notice=trouble)
        audit_table = await stack.enter_async_context(keeping_audit(database, log))
        audit = Audit(make_private(settings.auth_dir), table=audit_table)
        stack.callback(audit.close)
        rooms = await stack.enter_async_context(open_rooms(settings.run_dir))
        health = Health(rooms, demo=settings.demo, log=log)
        limits: Limits = NearLimits()
        if database.is_shared:
            limits = SharedLimits(database, NearLimits())
        door = Door(
            settings=settings,
            site=settings.site,
            allowlist=settings.allowlist,
            keys=settings.keys,
            database=database,
            links=Links(database, Tokens(audience="login", keys=keyring.link)),
            logins=Logins(
                database,
                Tokens(audience="session", keys=keyring.session),
                idle=settings.session_idle_minutes * 60,
                longest=settings.session_max_hours * 3600,
            ),
            limits=limits,
            audit=audit,
            mailer=open_mailer(settings),
            pages=Pages(),
            rooms=rooms,
            health=health,
            streams=Streams(),
            background=Background(log),
            log=log,
            now=time.time,
            notice=" ".join(open_modes(settings)),
        )
        stack.push_async_callback(door.background.close)
        news = await stack.enter_async_context(listening(database))
        await stack.enter_async_context(keeping_up(door, news, audit_table))
        await stack.enter_async_context(watching(health))
        yield door
