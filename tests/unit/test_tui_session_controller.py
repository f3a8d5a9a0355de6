"""SessionController reads a session again from its beginning after a reset."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from api.schema import Event, SessionReset
from tests.support.events import assistant_text, stamped
from tests.support.waiting import until
from tui import session_controller as module
from tui.client import Client
from tui.session_controller import SessionController


async def test_late_events_of_the_old_connection_do_not_hide_the_kept_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = list(stamped([assistant_text("kept", "m1")], start=1))
    past = list(
        stamped(
            [assistant_text("kept", "m1"), assistant_text("forgotten", "m2"), SessionReset(new_session_id="s")],
            start=100,
        )
    )
    late = list(stamped([assistant_text("late", "m3")], start=900))
    connections: list[int] = []

    async def follow(_: object, __: str, after: Callable[[], int]) -> AsyncIterator[Event]:
        connections.append(after())
        # All at once, like the frames of one chunk: no cancellation can come between.
        sent = {1: [*past, *late], 2: [*kept, past[-1], *late]}  # the second still sends the reset
        for event in sent.get(len(connections), [*kept, *late]):
            if event.seq > after():
                yield event
        await asyncio.Event().wait()

    monkeypatch.setattr(module, "follow", follow)

    def start_task(follow: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        return asyncio.create_task(follow())

    session = SessionController(
        Client(Path("/nowhere"), None),
        "s",
        start_task=start_task,
        on_changes=lambda *_: None,
        on_connection=lambda _: None,
    )
    session.start_following()
    await until(lambda: session.conversation.last_seq >= late[0].seq and len(connections) >= 3)
    assert connections == [0, 0, 0]
    assert [getattr(item, "text", "") for item in session.conversation.items[1:]] == ["kept", "late"]
    await session.close()
