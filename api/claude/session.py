"""One Claude conversation: prompts in, events out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from api.schema import Answer, Prompt, Request, SessionInfo
from api.schema.sessions import PermissionMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A prompt that is on disk and will run."""

    turn_id: str
    position: int
    """How many prompts run before it; 0: it runs now."""


class Session:
    """One conversation of one user. Clients come and go; the session goes on."""

    id: str
    user: str

    @property
    def info(self) -> SessionInfo:
        """What `GET /sessions/{id}` says."""
        raise NotImplementedError

    @property
    def last_seq(self) -> int:
        """The seq of the newest event; subscribe after it to hear only what is new."""
        raise NotImplementedError

    async def prompt(self, prompt: Prompt) -> Accepted:
        """Accepts a prompt; when this returns it survives any crash.

        Raises:
            InvalidPromptError: it is blank or too long.
            NotConfiguredError: there are no credentials.
            PromptQueueFullError: too many prompts wait already.
        """
        raise NotImplementedError

    async def withdraw(self, turn_id: str) -> None:
        """Takes a queued prompt back.

        Raises:
            TurnStartedError: it runs already.
            TurnNotFoundError: there is no such prompt, or it ended.
        """
        raise NotImplementedError

    async def interrupt(self) -> None:
        """Ends the running turn within two seconds; nothing happens when none runs."""
        raise NotImplementedError

    @property
    def requests(self) -> tuple[Request, ...]:
        """The open requests, oldest first."""
        raise NotImplementedError

    async def answer(self, request_id: str, answer: Answer, *, by: str) -> None:
        """Answers a request; the first answer wins.

        Raises:
            RequestClosedError: it was answered before, or its turn ended.
            RequestNotFoundError: there never was one with this id.
        """
        raise NotImplementedError

    def frames(self, after: int = 0, *, turn_id: str | None = None) -> AsyncIterator[bytes]:
        """Server-sent event frames: everything after `after`, then live, with a comment line every 15 s.

        Args:
            after: a seq; an unknown or old one gets the conversation as whole messages first.
            turn_id: only this turn's events, closing with `done` or `error`.
        """
        raise NotImplementedError

    async def change(
        self,
        *,
        title: str | None = None,
        model: str | None = None,
        permission_mode: PermissionMode | None = None,
        effort: str | None = None,
    ) -> SessionInfo:
        """Changes what is given.

        Raises:
            BypassForbiddenError: that permission mode is not allowed here.
        """
        raise NotImplementedError
