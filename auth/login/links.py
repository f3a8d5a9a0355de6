"""Sign-in links: made, looked at, consumed once."""

import hmac
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.login.tokens import Tokens, hash_of, new_secret
from auth.storage.database import Database
from auth.storage.tables import links

LIFETIME = 600
"""Seconds."""
LIVE_AT_MOST = 3
"""Links an address can have at once."""
KEPT = 86_400
"""Seconds that a dead link is remembered, to tell `used` from `never existed` in the audit."""


def lane(address: str) -> str:
    """Names the line in which an address's links are made and used up."""
    return f"links of {address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link as its row has it."""

    address: str
    nonce: str | None
    is_live: bool
    is_used: bool

    def was_asked_for_with(self, nonce: str) -> bool:
        """Whether the browser with this nonce is the one that asked for the link."""
        return self.nonce is not None and hmac.compare_digest(self.nonce, hash_of(nonce))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link just made: the only moment at which its token is known."""

    id: str
    token: str


class TooManyLinksError(Exception):
    """The address has as many live links as it may have."""

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        """Seconds until the oldest of them is dead."""


class Links:
    """The table of links."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    async def make(self, address: str, *, nonce: str | None, now: float, limited: bool = True) -> NewLink:
        """Makes a link; `limited` is off for the person at the machine.

        Raises:
            TooManyLinksError: three are live.
        """
        id_ = new_secret()
        row = {
            "id": hash_of(id_),
            "address": address,
            "nonce": hash_of(nonce) if nonce else None,
            "created_at": now,
            "expires_at": now + LIFETIME,
        }
        live = (links.c.address == address) & links.c.used_at.is_(None) & (links.c.expires_at > now)
        async with self._database.write_alone(lane(address)) as connection:
            await connection.execute(delete(links).where(links.c.expires_at < now - KEPT))
            if limited:
                found = select(func.count(), func.min(links.c.expires_at)).where(live)
                count, first_end = (await connection.execute(found)).one()
                if count >= LIVE_AT_MOST:
                    raise TooManyLinksError(first_end - now)
            await connection.execute(insert(links).values(row))
        return NewLink(id=id_, token=self._tokens.issue(id_, now=now, expires=now + LIFETIME))

    async def forget(self, link: NewLink) -> None:
        """Takes back a link that could not be sent."""
        async with self._database.write() as connection:
            await connection.execute(delete(links).where(links.c.id == hash_of(link.id)))

    async def find(self, token: str, *, now: float) -> Link | None:
        """The link of a token, dead or alive; consumes nothing.

        Raises:
            InvalidTokenError: the token is none of ours.
        """
        id_ = self._tokens.read(token)
        async with self._database.read() as connection:
            row = (await connection.execute(select(links).where(links.c.id == hash_of(id_)))).one_or_none()
        if row is None:
            return None
        return Link(
            address=row.address,
            nonce=row.nonce,
            is_live=row.used_at is None and row.expires_at > now,
            is_used=row.used_at is not None,
        )

    async def consume(self, connection: AsyncConnection, token: str, *, now: float) -> str | None:
        """The address, to exactly one caller; every other link of that address dies with it.

        Raises:
            InvalidTokenError: the token is none of ours.
        """
        id_ = self._tokens.read(token)
        won = (
            update(links)
            .where(links.c.id == hash_of(id_), links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
            .returning(links.c.address)
        )
        address: str | None = (await connection.execute(won)).scalar_one_or_none()
        if address is not None:
            others = update(links).where(links.c.address == address, links.c.used_at.is_(None)).values(used_at=now)
            await connection.execute(others)
        return address
