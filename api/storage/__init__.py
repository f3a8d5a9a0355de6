"""The tables of the API in SQL: sessions, turns, transcripts, usage, and the folders that users trust."""

from api.storage.fencing_tokens import LeaseLostError
from api.storage.idempotent_answers import IdempotencyStore
from api.storage.sessions import SessionRow, SessionRows
from api.storage.storage import Storage
from api.storage.system_users import SystemUserAssignments
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRow, TurnRows
from api.storage.usage import UsageRows

__all__ = [
    "IdempotencyStore",
    "LeaseLostError",
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
