"""All tables of the API, on one database."""

from types import TracebackType
from typing import Self

from api.storage.database import make_database
from api.storage.fencing_tokens import FencingTokens
from api.storage.idempotent_answers import IdempotencyStore
from api.storage.sessions import SessionRows
from api.storage.system_users import SystemUserAssignments
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRows
from api.storage.usage import UsageRows


class Storage:
    """The stores of one process. Use in an `async with` block: entering opens the database and runs the migrations."""

    def __init__(self, url: str) -> None:
        self.database = make_database(url)
        self.fencing = FencingTokens()
        self.sessions = SessionRows(self.database, self.fencing)
        self.usage = UsageRows(self.database)
        self.turns = TurnRows(self.database, self.fencing, self.usage)
        self.transcripts = TranscriptStore(self.database, self.fencing)
        self.idempotency = IdempotencyStore(self.database)
        self.trusted_folders = TrustedFolders(self.database)
        self.system_users = SystemUserAssignments(self.database)

    async def __aenter__(self) -> Self:
        """Opens the database. With SQLite, no other process uses the file, so claimed keys were left by a crash."""
        await self.database.__aenter__()
        if self.database.is_sqlite:
            await self.idempotency.release_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.database.__aexit__(kind, error, trace)
