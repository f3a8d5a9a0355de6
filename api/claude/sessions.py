"""Every conversation of the house: opened, found, listed, limited, parked."""

from types import TracebackType
from typing import Any, Self

from api.claude.options import SessionOptions
from api.claude.session import Session
from api.metrics import Metrics
from api.schema import SessionInfo
from api.settings import Settings
from api.storage import Storage


class Sessions:
    """The sessions of all users. `async with` it: leaving ends every Claude Code process."""

    def __init__(self, settings: Settings, storage: Storage, metrics: Metrics) -> None:
        self._settings = settings
        self._storage = storage
        self._metrics = metrics

    async def __aenter__(self) -> Self:
        """Ends what a crash left running, and runs the prompts that were queued."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    async def create(
        self,
        user: str,
        *,
        session_id: str | None = None,
        title: str | None = None,
        options: SessionOptions | None = None,
    ) -> tuple[Session, bool]:
        """A new session, or the user's own with that id as it is; True when it is new."""
        raise NotImplementedError

    async def find(self, user: str, session_id: str) -> Session:
        """The user's session; `local` finds anybody's.

        Raises:
            SessionNotFoundError: there is none, or it is another's.
        """
        raise NotImplementedError

    async def list(
        self, user: str, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> tuple[tuple[SessionInfo, ...], str | None]:
        """A page of the user's sessions, newest first, and the cursor of the next one."""
        raise NotImplementedError

    async def delete(self, user: str, session_id: str) -> None:
        """Ends the session's process and forgets the conversation."""
        raise NotImplementedError

    async def fork(self, user: str, session_id: str, *, after_message: str | None = None) -> Session:
        """A new session that shares the conversation up to a message."""
        raise NotImplementedError

    async def rewind(self, user: str, session_id: str, *, to_message: str, files: bool = False) -> Session:
        """Forgets the conversation from a user's message on; optionally brings the files back too."""
        raise NotImplementedError

    async def server_info(self, user: str) -> dict[str, Any]:  # the CLI's own shape: models, commands, agents
        """What this Claude Code offers; asked once, then remembered."""
        raise NotImplementedError

    @property
    def counts(self) -> dict[str, int]:
        """For the metrics: sessions by state (`idle`, `running`, `waiting`), `workers`, `line`, `processes`."""
        raise NotImplementedError
