"""Checks requests that arrive over the network, and accepts only replicas that know the shared secret."""

import hmac
import secrets

from quart import Quart, Response, request
from sqlalchemy import select

from api.errors import NotAReplicaError
from api.storage.tables import secrets as table
from runtime.database.database import Database

HEADER = "X-Replica-Secret"
NAME = "replicas"
"""The name of the secret in the database."""


class ReplicaAuth:
    """Distinguishes replicas from other callers. The unix socket is not checked: its file mode protects it."""

    def __init__(self) -> None:
        self.secret = ""
        """Read once the database is open. Until then every request over the network is refused."""

    @staticmethod
    def headers(secret: str, *, request_id: str) -> list[tuple[str, str]]:
        """The headers that one replica adds to a request that it forwards to another."""
        return [(HEADER, secret), ("X-Request-ID", request_id)]

    @staticmethod
    def came_from_replica() -> bool:
        """Whether the request came over the network."""
        return request.scope.get("server") is not None

    def guard(self, app: Quart) -> None:
        """Makes the app refuse requests over the network that do not have the secret."""

        @app.before_request
        async def _check() -> Response | None:
            if self.came_from_replica():
                given = request.headers.get(HEADER, "")
                if not self.secret or not hmac.compare_digest(given.encode(), self.secret.encode()):
                    raise NotAReplicaError
            return None


async def shared_secret(database: Database) -> str:
    """The secret of all replicas on this database; the first replica that starts creates it."""
    row = {"name": NAME, "value": secrets.token_urlsafe(32)}
    async with database.write() as connection:
        await connection.execute(database.insert_new(table, [row]))
        value: str = (await connection.execute(select(table.c.value).where(table.c.name == NAME))).scalar_one()
    return value
