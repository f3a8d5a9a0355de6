"""One question, one answer: what `POST /query` does."""

from collections.abc import AsyncIterator

from api.claude.options import QueryOptions
from api.claude.sessions import Sessions
from api.schema.base import Record
from api.schema.events import Event, Usage


class QueryResult(Record, omit_defaults=False):
    """The answer of `POST /query`; the route adds `success` and `timestamp`."""

    response: str
    message_count: int
    session_id: str
    model: str
    stop_reason: str
    num_turns: int
    duration_ms: int
    cost_usd: float
    usage: Usage


class Queries:
    """Runs queries on warm workers."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def run(self, prompt: str, options: QueryOptions, *, user: str) -> AsyncIterator[Event | QueryResult]:
        """The turn's events as they happen, then the result. Closing the iterator interrupts the turn.

        Raises:
            ModelError: Claude's API refused or failed.
            TurnTimeoutError: the turn outlived `timeoutSeconds`; carries the session id.
            BusyError: the waiting line is full.
        """
        raise NotImplementedError
