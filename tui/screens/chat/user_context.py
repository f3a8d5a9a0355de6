"""Everything that belongs to the current user."""

from dataclasses import dataclass
from typing import Self

from tui.client import Client
from tui.identity import Identity
from tui.open_sessions import OpenSessions
from tui.screens.chat.completion_source import CompletionSource
from tui.session_controller import OnChanges, OnConnection, StartTask
from tui.settings import Settings
from tui.user_state import UserState


@dataclass(frozen=True, slots=True, kw_only=True)
class UserContext:
    """Created again when a spare app is claimed."""

    identity: Identity
    state: UserState
    client: Client
    sessions: OpenSessions
    completions: CompletionSource

    @classmethod
    def create(
        cls,
        identity: Identity,
        settings: Settings,
        *,
        start_task: StartTask,
        on_changes: OnChanges,
        on_connection: OnConnection,
    ) -> Self:
        """Creates a context; the callbacks are those of `SessionController`."""
        client = Client(settings.socket, identity.user, request_id=identity.request_id)
        return cls(
            identity=identity,
            state=UserState(settings.state_dir, identity.user),
            client=client,
            sessions=OpenSessions(client, start_task=start_task, on_changes=on_changes, on_connection=on_connection),
            completions=CompletionSource(client),
        )

    async def close(self) -> None:
        """Stops following the sessions and closes the connections."""
        await self.sessions.close()
        await self.client.transport.close()
