"""What outlives the process: sessions, turns, transcripts and what people have decided, in SQL."""

from api.storage.answers import Answers
from api.storage.database import Database
from api.storage.fence import LeaseLostError
from api.storage.leases import Leases
from api.storage.migrate import NewerDatabaseError
from api.storage.people import People
from api.storage.replica import Lease, Replica
from api.storage.sessions import SessionRow, SessionRows
from api.storage.storage import Storage
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRow, TurnRows
from api.storage.usage import UsageRows

__all__ = [
    "Answers",
    "Database",
    "Lease",
    "LeaseLostError",
    "Leases",
    "NewerDatabaseError",
    "People",
    "Replica",
    "SessionRow",
    "SessionRows",
    "Storage",
    "TranscriptStore",
    "TrustedFolders",
    "TurnRow",
    "TurnRows",
    "UsageRows",
]
