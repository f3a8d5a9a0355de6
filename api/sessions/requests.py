"""The open requests of one session to a person: permissions, questions, plans and trust."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from api.errors import RequestClosedError, RequestNotFoundError
from api.schema import Answer, Event, Request, RequestClosed, RequestOpened
from api.schema.requests import Decision

SERVER = "server"
"""Reported instead of a user when the server closes a request without an answer."""
REMEMBERED_CLOSED = 1_000


@dataclass(slots=True)
class _Open:
    request: Request
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    by: str = SERVER


class RequestList:
    """Opens requests and waits for their answers. The first answer to each counts."""

    def __init__(self, publish: Callable[[Event], object], *, timeout: float | None) -> None:
        """
        Args:
            publish: publishes an event.
            timeout: seconds until an open request is denied; None keeps it open.
        """
        self._publish = publish
        self._timeout = timeout
        self._open: dict[str, _Open] = {}
        self._closed: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def all(self) -> tuple[Request, ...]:
        """The open requests, oldest first."""
        return tuple(entry.request for entry in self._open.values())

    async def ask(self, request: Request) -> Answer:
        """Opens the request and waits for its answer. Cancelling the wait closes the request."""
        entry = self._open[request.id] = _Open(request)
        decision: Decision = "cancelled"
        self._publish(RequestOpened(request=request))
        try:
            async with asyncio.timeout(self._timeout):
                answer = await entry.answer
            decision = answer.decision
        except TimeoutError:
            decision = "deny"
            answer = Answer(decision="deny", message="The request was not answered in time.")
        finally:
            self._open.pop(request.id, None)
            self._remember(request.id)
            self._publish(RequestClosed(request_id=request.id, decision=decision, by=entry.by))
        return answer

    def answer(self, request_id: str, answer: Answer, *, by: str) -> None:
        """Answers a request.

        Raises:
            RequestClosedError: it was answered before, or its turn has ended.
            RequestNotFoundError: there was no such request.
        """
        entry = self._open.get(request_id)
        if entry is None and request_id not in self._closed:
            raise RequestNotFoundError
        if entry is None or entry.answer.done():
            raise RequestClosedError
        entry.by = by
        entry.answer.set_result(answer)

    def cancel_all(self) -> None:
        """Closes the open requests, since their turn ends."""
        for entry in self._open.values():
            entry.answer.cancel()

    def _remember(self, request_id: str) -> None:
        self._closed[request_id] = None
        if len(self._closed) > REMEMBERED_CLOSED:
            del self._closed[next(iter(self._closed))]
