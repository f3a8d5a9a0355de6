"""Login sessions: a login is valid while both its signed cookie and its database row are."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from auth.login.tokens import InvalidTokenError, Tokens, hash_secret, new_secret
from auth.storage.notifications import announce_logout
from auth.storage.tables import browsers, logins
from runtime.database.database import Database

RETENTION = 30 * 86_400
"""Seconds for which an expired login is kept."""
BROWSER_RETENTION = 400 * 86_400
"""Seconds after which a browser counts as new again."""
TOUCH_SECONDS = 30.0
"""Seconds between two writes of `seen_at`; requests in between only read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One signed-in browser. Times are seconds since 1970."""

    id: str
    """The SHA-256 of the id in the cookie."""
    name: str
    """Identifies the login in the user's list of logins; it grants no access."""
    address: str
    created_at: float
    seen_at: float
    expires_at: float
    ip: str
    browser: str


class Logins:
    """The logins in the database."""

    def __init__(self, database: Database, tokens: Tokens, *, idle_seconds: float, max_seconds: float) -> None:
        self._database = database
        self._tokens = tokens
        self._idle_seconds = idle_seconds
        self.max_seconds = max_seconds
        self.touch_seconds = min(TOUCH_SECONDS, idle_seconds / 4)

    async def begin(self, connection: AsyncConnection, address: str, *, ip: str, browser: str, now: float) -> str:
        """Begins a login and returns the value of its cookie."""
        login_id = new_secret()
        row = {
            "id": hash_secret(login_id),
            "name": str(uuid.uuid4()),
            "address": address,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + self.max_seconds,
            "ip": ip,
            "browser": browser,
        }
        await connection.execute(insert(logins).values(row))
        await connection.execute(delete(logins).where(logins.c.expires_at < now - RETENTION))
        return self._tokens.issue(login_id, now=now, expires=now + self.max_seconds)

    async def find(self, cookie: str, *, now: float, touch: bool = False) -> Login | None:
        """Finds the live login of a cookie.

        Args:
            touch: whether to move the idle deadline, because a person made the request.
        """
        try:
            login_id = hash_secret(self._tokens.read(cookie))
        except InvalidTokenError:
            return None
        async with self._database.read() as connection:
            found = select(logins).where(logins.c.id == login_id, self._is_live(now))
            row = (await connection.execute(found)).one_or_none()
        if row is None:
            return None
        if touch and now - row.seen_at > self.touch_seconds:
            await self.touch(login_id, now=now)
        return _login(row)

    async def touch(self, login_id: str, *, now: float) -> None:
        """Moves the idle deadline of a live login."""
        async with self._database.write() as connection:
            touched = update(logins).where(logins.c.id == login_id, self._is_live(now)).values(seen_at=now)
            await connection.execute(touched)

    async def live_addresses(self, login_ids: Iterable[str], *, now: float) -> dict[str, str]:
        """The addresses of those of the given logins that are live, by id."""
        async with self._database.read() as connection:
            live = select(logins.c.id, logins.c.address).where(logins.c.id.in_(list(login_ids)), self._is_live(now))
            return {row.id: row.address for row in await connection.execute(live)}

    async def list_for(self, address: str, *, now: float) -> list[Login]:
        """All live logins of an address, the most recently used first."""
        async with self._database.read() as connection:
            found = select(logins).where(logins.c.address == address, self._is_live(now))
            rows = await connection.execute(found.order_by(logins.c.seen_at.desc()))
            return [_login(row) for row in rows]

    async def end(self, address: str, *, now: float, name: str | None = None) -> list[str]:
        """Ends the login called `name`, or all of the address; returns the ids of the ended logins."""
        which = logins.c.address == address
        if name is not None:
            which &= logins.c.name == name
        async with self._database.write() as connection:
            return await self._end(connection, which, now=now)

    async def end_by_cookie(self, connection: AsyncConnection, cookie: str | None, *, now: float) -> list[str]:
        """Ends the login of a browser that begins another one; returns its id, if there was one."""
        try:
            login_id = hash_secret(self._tokens.read(cookie or ""))
        except InvalidTokenError:
            return []
        return await self._end(connection, logins.c.id == login_id, now=now)

    async def remember_browser(self, connection: AsyncConnection, address: str, browser: str, *, now: float) -> bool:
        """Stores that the address uses this browser; returns whether the browser is new."""
        key = (browsers.c.address == address) & (browsers.c.browser == hash_secret(browser))
        await connection.execute(delete(browsers).where(browsers.c.seen_at < now - BROWSER_RETENTION))
        insert_new = self._database.insert_new(
            browsers, [{"address": address, "browser": hash_secret(browser), "seen_at": now}]
        )
        is_new = (await connection.execute(insert_new)).rowcount > 0
        if not is_new:
            await connection.execute(update(browsers).where(key).values(seen_at=now))
        return is_new

    async def _end(self, connection: AsyncConnection, which: ColumnElement[bool], *, now: float) -> list[str]:
        ended = update(logins).where(which, logins.c.ended_at.is_(None)).values(ended_at=now)
        login_ids = list((await connection.execute(ended.returning(logins.c.id))).scalars())
        await announce_logout(self._database, connection)
        return login_ids

    def _is_live(self, now: float) -> ColumnElement[bool]:
        is_used = logins.c.seen_at > now - self._idle_seconds
        return logins.c.ended_at.is_(None) & (logins.c.expires_at > now) & is_used


def _login(row: Row[tuple[str, ...]]) -> Login:
    return Login(
        id=row.id,
        name=row.name,
        address=row.address,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        ip=row.ip,
        browser=row.browser,
    )
