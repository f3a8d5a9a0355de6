"""The processes that share a database, and their rights to run sessions."""

from dataclasses import dataclass

from api.schema.sessions import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One of the processes that share a database."""

    id: str
    address: str | None
    """Where the others reach it; None: nowhere."""
    seconds: float
    """How long a lease lasts that is not renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Somebody's right to run a session."""

    session_id: str
    replica: str
    address: str | None
    state: SessionState
    requests: int
    seconds_left: float
