"""All tables together, opened once a process."""

from types import TracebackType
from typing import Self

from api.storage.answers import Answers
from api.storage.database import Database
from api.storage.people import People
from api.storage.sessions import SessionRows
from api.storage.transcripts import TranscriptStore
from api.storage.trust import TrustedFolders
from api.storage.turns import TurnRows


class Storage:
    """What outlives the process. `async with` it."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.sessions = SessionRows(self.database)
        self.turns = TurnRows(self.database)
        self.transcripts = TranscriptStore(self.database)
        self.answers = Answers(self.database)
        self.trusted_folders = TrustedFolders(self.database)
        self.people = People(self.database)

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
