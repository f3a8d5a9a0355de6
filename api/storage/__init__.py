"""What outlives the process: sessions, turns, transcripts and what people have decided, in SQL."""

from api.storage.database import Database
from api.storage.fencing_token import LeaseLostError
from api.storage.idempotency import IdempotencyStore
from api.storage.leases import Leases
from api.storage.migrate import NewerDatabaseError
from api.storage.replica import Lease, Replica
from api.storage.sessions import SessionRow, SessionRows
from api.storage.storage import Storage
from api.storage.system_users import SystemUserAssignments
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRow, TurnRows
from api.storage.usage import UsageRows

__all__ = [
    "Database",
    "IdempotencyStore",
    "Lease",
    "LeaseLostError",
    "Leases",
    "NewerDatabaseError",
    "Replica",
    "SessionRow",
    "SessionRows",
    "Storage",
    "SystemUserAssignments",
    "TranscriptStore",
    "TrustedFolders",
    "TurnRow",
    "TurnRows",
    "UsageRows",
]
