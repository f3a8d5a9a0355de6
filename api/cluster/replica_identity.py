"""Who this process is among those that share a database."""

import uuid

from api.settings import Settings
from api.storage import Replica


def replica_of(settings: Settings) -> Replica | None:
    """This replica; None with SQLite, whose file is ours alone: then nothing is ever leased."""
    if settings.database_url is None:
        return None
    return Replica(
        id=settings.replica_url or _kept(settings), address=settings.replica_url, seconds=settings.lease_seconds
    )


def _kept(settings: Settings) -> str:
    # The next life of this process has the same name, and takes over at once what the last one ran. DATA_DIR may be
    # shared with other replicas; the folder of the sockets never is.
    file = settings.run_dir / "replica"
    if not file.exists():
        file.write_text(str(uuid.uuid4()))
    return file.read_text()
