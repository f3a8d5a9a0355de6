"""The identity of this process among the replicas that share a database."""

import uuid
from dataclasses import dataclass

from api.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One of the processes that share a database."""

    id: str
    """Stays the same when the process is restarted."""
    address: str | None
    """Where the other replicas reach it, such as `http://10.0.0.5:8081`; None if they cannot."""
    lease_seconds: float
    """How long one of its leases lasts after it was renewed."""


def replica_of(settings: Settings) -> Replica | None:
    """This replica; None with SQLite, whose file no other process uses."""
    if settings.database_url is None:
        return None
    return Replica(
        id=settings.replica_url or _stored_id(settings),
        address=settings.replica_url,
        lease_seconds=settings.lease_seconds,
    )


def _stored_id(settings: Settings) -> str:
    # In RUN_DIR, because replicas may share DATA_DIR. A restarted process keeps its id, so it takes its sessions back
    # without waiting for the leases to expire.
    file = settings.run_dir / "replica"
    if not file.exists():
        file.write_text(str(uuid.uuid4()))
    return file.read_text()
