"""The entrance for other replicas: whoever comes over the network must know the word from our database."""

import hmac

from quart import Quart, Response, request

from api.errors import StrangerError

HEADER = "X-Replica-Secret"
NAME = "replicas"
"""What the word is called in the database."""


class ReplicaAuth:
    """Tells replicas from strangers. The unix socket is another entrance, which its file's mode guards."""

    def __init__(self) -> None:
        self.secret = ""
        """Known once the database is open; until then nobody passes."""

    @staticmethod
    def headers(secret: str, *, request_id: str) -> list[tuple[str, str]]:
        """What one replica tells another of a request that it passes on."""
        return [(HEADER, secret), ("X-Request-ID", request_id)]

    @staticmethod
    def came_from_replica() -> bool:
        """Whether the request came over the network."""
        return request.scope.get("server") is not None

    def guard(self, app: Quart) -> None:
        """Turns strangers away, whatever they ask for."""

        @app.before_request
        async def _check() -> Response | None:
            if self.came_from_replica():
                given = request.headers.get(HEADER, "")
                if not self.secret or not hmac.compare_digest(given.encode(), self.secret.encode()):
                    raise StrangerError
            return None
