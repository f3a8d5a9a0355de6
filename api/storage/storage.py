"""All tables together, opened once a process."""

from types import TracebackType
from typing import Self

from api.storage.database import make_database
from api.storage.fencing_tokens import FencingTokens
from api.storage.idempotency import IdempotencyStore
from api.storage.sessions import SessionRows
from api.storage.system_users import SystemUserAssignments
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRows
from api.storage.usage import UsageRows


class Storage:
    """What outlives the process. `async with` it."""

    def __init__(self, url: str) -> None:
        self.database = make_database(url)
        self.fencing = FencingTokens()
        self.sessions = SessionRows(self.database, self.fencing)
        self.usage = UsageRows(self.database)
        self.turns = TurnRows(self.database, self.fencing, self.usage)
        self.transcripts = TranscriptStore(self.database, self.fencing)
        self.answers = IdempotencyStore(self.database)
        self.trusted_folders = TrustedFolders(self.database)
        self.people = SystemUserAssignments(self.database)

    async def __aenter__(self) -> Self:
        """Opens the database; a file of ours is used by no other process, so what is claimed in it is a crash's."""
        await self.database.__aenter__()
        if self.database.is_sqlite:
            await self.answers.release_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.database.__aexit__(kind, error, trace)
