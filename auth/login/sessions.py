"""Login sessions: a signed cookie and a live row, both."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from auth.login.tokens import InvalidTokenError, Tokens, hash_of, new_secret
from auth.storage.database import Database
from auth.storage.tables import browsers, logins

KEPT = 30 * 86_400
"""Seconds that an ended login is remembered."""
BROWSER_KEPT = 400 * 86_400
"""Seconds after which a browser counts as new again."""
TOUCH_EVERY = 30.0
"""Seconds between two writes of `seen_at`, so that reading costs no write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One signed-in browser."""

    id: str
    """SHA-256 of what the cookie carries."""
    name: str
    address: str
    created_at: float
    seen_at: float
    expires_at: float
    ip: str
    browser: str


class Logins:
    """The table of login sessions."""

    def __init__(self, database: Database, tokens: Tokens, *, idle: float, longest: float) -> None:
        self._database = database
        self._tokens = tokens
        self._idle = idle
        self.longest = longest
        """Seconds that a login can last."""
        self.touch_every = min(TOUCH_EVERY, idle / 4)
        """Seconds between two notes that the person is there."""

    def _is_live(self, now: float) -> ColumnElement[bool]:
        return logins.c.ended_at.is_(None) & (logins.c.expires_at > now) & (logins.c.seen_at > now - self._idle)

    async def begin(self, connection: AsyncConnection, address: str, *, ip: str, browser: str, now: float) -> str:
        """Makes the row and returns the cookie's value."""
        id_ = new_secret()
        row = {
            "id": hash_of(id_),
            "name": str(uuid.uuid4()),
            "address": address,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + self.longest,
            "ip": ip,
            "browser": browser,
        }
        await connection.execute(insert(logins).values(row))
        await connection.execute(delete(logins).where(logins.c.expires_at < now - KEPT))
        return self._tokens.issue(id_, now=now, expires=now + self.longest)

    async def find(self, cookie: str, *, now: float, touch: bool = False) -> Login | None:
        """The live login of a cookie; `touch` counts this as the person being there."""
        try:
            id_ = hash_of(self._tokens.read(cookie))
        except InvalidTokenError:
            return None
        async with self._database.read() as connection:
            found = select(logins).where(logins.c.id == id_, self._is_live(now))
            row = (await connection.execute(found)).one_or_none()
        if row is None:
            return None
        if touch and now - row.seen_at > self.touch_every:
            await self.touch(id_, now=now)
        return _login(row)

    async def touch(self, id_: str, *, now: float) -> None:
        """Moves the idle deadline; a login that is dead stays dead."""
        async with self._database.write() as connection:
            await connection.execute(update(logins).where(logins.c.id == id_, self._is_live(now)).values(seen_at=now))

    async def live_among(self, ids: Iterable[str], *, now: float) -> dict[str, str]:
        """Which of these logins are alive, and whose."""
        async with self._database.read() as connection:
            found = select(logins.c.id, logins.c.address).where(logins.c.id.in_(list(ids)), self._is_live(now))
            return {row.id: row.address for row in await connection.execute(found)}

    async def of(self, address: str, *, now: float) -> list[Login]:
        """Every live login of an address, the one last seen first."""
        async with self._database.read() as connection:
            found = select(logins).where(logins.c.address == address, self._is_live(now))
            rows = await connection.execute(found.order_by(logins.c.seen_at.desc()))
            return [_login(row) for row in rows]

    async def end(self, address: str, *, now: float, name: str | None = None) -> list[str]:
        """Ends the login called `name`, or every one of the address; returns the ids of those that ended."""
        which = logins.c.address == address
        if name is not None:
            which &= logins.c.name == name
        async with self._database.write() as connection:
            return await self._end(connection, which, now=now)

    async def end_of_cookie(self, connection: AsyncConnection, cookie: str | None, *, now: float) -> list[str]:
        """Ends the login that a browser leaves behind when it begins another; returns its id if there was one."""
        try:
            id_ = hash_of(self._tokens.read(cookie or ""))
        except InvalidTokenError:
            return []
        return await self._end(connection, logins.c.id == id_, now=now)

    async def _end(self, connection: AsyncConnection, which: ColumnElement[bool], *, now: float) -> list[str]:
        ended = update(logins).where(which, logins.c.ended_at.is_(None)).values(ended_at=now)
        ids = list((await connection.execute(ended.returning(logins.c.id))).scalars())
        await self._database.announce(connection)
        return ids

    async def remember_browser(self, connection: AsyncConnection, address: str, browser: str, *, now: float) -> bool:
        """Notes the browser; True when this address had not been seen with it."""
        key = (browsers.c.address == address) & (browsers.c.browser == hash_of(browser))
        await connection.execute(delete(browsers).where(browsers.c.seen_at < now - BROWSER_KEPT))
        insert_new = self._database.insert_new(browsers, address=address, browser=hash_of(browser), seen_at=now)
        is_new = (await connection.execute(insert_new)).rowcount > 0
        if not is_new:
            await connection.execute(update(browsers).where(key).values(seen_at=now))
        return is_new


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
