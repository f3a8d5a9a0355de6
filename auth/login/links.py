"""Sign-in links: creates, finds and consumes them."""

import hmac
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.errors import GatewayError
from auth.login.tokens import Tokens, hash_secret, new_secret
from auth.storage.tables import links
from runtime.database.database import Database

LIFETIME = 600
"""Seconds."""
MAX_LIVE = 3
"""Live links of one address."""
RETENTION = 86_400
"""Seconds for which a dead link is kept; the audit log can then distinguish a used link from an unknown one."""


def link_url(origin_url: str, token: str) -> str:
    """The address of a link, always under PUBLIC_URL, never under the Host of a request."""
    return f"{origin_url}/auth/verify?t={token}"


def lock_name(address: str) -> str:
    """The lock under which the links of an address are created and consumed."""
    return f"links of {address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in the database."""

    address: str
    nonce: str | None
    is_live: bool
    is_used: bool

    def was_requested_with(self, nonce: str) -> bool:
        """Whether the browser with this nonce requested the link."""
        return self.nonce is not None and hmac.compare_digest(self.nonce, hash_secret(nonce))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link that was just created. Its token is not stored anywhere."""

    id: str
    token: str


class TooManyLinksError(GatewayError):
    """The address has MAX_LIVE live links."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__()
        self.wait_seconds = wait_seconds
        """Until the first of them expires."""


class Links:
    """The sign-in links in the database."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    async def create(self, address: str, *, nonce: str | None, now: float, is_limited: bool = True) -> NewLink:
        """Creates a link.

        Args:
            nonce: identifies the browser that requests the link.
            is_limited: whether MAX_LIVE applies; not for commands run on the server itself.

        Raises:
            TooManyLinksError: the address has MAX_LIVE live links.
        """
        link_id = new_secret()
        row = {
            "id": hash_secret(link_id),
            "address": address,
            "nonce": hash_secret(nonce) if nonce else None,
            "created_at": now,
            "expires_at": now + LIFETIME,
        }
        is_live = (links.c.address == address) & links.c.used_at.is_(None) & (links.c.expires_at > now)
        async with self._database.write_exclusively(lock_name(address)) as connection:
            await connection.execute(delete(links).where(links.c.expires_at < now - RETENTION))
            if is_limited:
                live = select(func.count(), func.min(links.c.expires_at)).where(is_live)
                count, first_expiry = (await connection.execute(live)).one()
                if count >= MAX_LIVE:
                    raise TooManyLinksError(first_expiry - now)
            await connection.execute(insert(links).values(row))
        return NewLink(id=link_id, token=self._tokens.issue(link_id, now=now, expires=now + LIFETIME))

    async def delete(self, link: NewLink) -> None:
        """Deletes a link that could not be sent."""
        async with self._database.write() as connection:
            await connection.execute(delete(links).where(links.c.id == hash_secret(link.id)))

    async def find(self, token: str, *, now: float) -> Link | None:
        """Finds the link of a token, live or dead, without consuming it.

        Raises:
            InvalidTokenError: the token is not valid.
        """
        link_id = self._tokens.read(token)
        async with self._database.read() as connection:
            found = select(links).where(links.c.id == hash_secret(link_id))
            row = (await connection.execute(found)).one_or_none()
        if row is None:
            return None
        return Link(
            address=row.address,
            nonce=row.nonce,
            is_live=row.used_at is None and row.expires_at > now,
            is_used=row.used_at is not None,
        )

    async def consume(self, connection: AsyncConnection, token: str, *, now: float) -> str | None:
        """Uses up the link and all others of its address; returns the address to exactly one caller, None to others.

        Raises:
            InvalidTokenError: the token is not valid.
        """
        link_id = self._tokens.read(token)
        use = (
            update(links)
            .where(links.c.id == hash_secret(link_id), links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
            .returning(links.c.address)
        )
        address: str | None = (await connection.execute(use)).scalar_one_or_none()
        if address is not None:
            others = update(links).where(links.c.address == address, links.c.used_at.is_(None)).values(used_at=now)
            await connection.execute(others)
        return address
