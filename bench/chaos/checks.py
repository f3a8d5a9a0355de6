"""Whether all is well: now, and with everything that was promised."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench.chaos.ledger import Ledger, Promise
from bench.chaos.load import HEADERS, Load
from bench.chaos.place import PROGRAMS, Place, files_of
from tests.support.api import sse_events
from tests.support.tab_client import TabClient

MENDING = 120.0
"""Seconds in which everything has to work again by itself."""
SETTLING = 90.0
"""Seconds until the last prompts have run."""


async def recovers(load: Load) -> float | None:
    """Seconds until every door works again; None when one still does not after two minutes."""
    began = time.monotonic()
    while time.monotonic() - began < MENDING:
        with suppress(Exception):  # whatever does not work, in groups of what is open around it
            async with asyncio.timeout(60):
                await works(load)
                return time.monotonic() - began
        await asyncio.sleep(0.25)
    return None


async def works(load: Load) -> None:
    """Health, a query, a prompt in a session with its events, and a tab.

    Raises:
        AssertionError: one of them does not work.
    """
    async with httpx2.AsyncClient(base_url=load.place.url, headers=HEADERS, timeout=45) as client:
        assert (await client.get("/health")).status_code == httpx2.codes.OK
        answer = await client.post("/query", json={"prompt": "demo:say well"})
        assert answer.status_code == httpx2.codes.OK, answer.text
        assert answer.json()["response"] == "well"
        session = (await client.post("/sessions", json={"title": "is it well"})).raise_for_status().json()["id"]
        url, accept = f"/sessions/{session}/messages", {"Accept": "text/event-stream"}
        async with client.stream("POST", url, json={"prompt": "demo:say well"}, headers=accept) as response:
            assert [event.event async for event in sse_events(response)][-1] == "done"
        await client.delete(f"/sessions/{session}")
        cookies = "; ".join(f"{name}={value}" for name, value in load.cookies.items())
        size, headers = {"width": "100", "height": "30"}, {"Origin": load.place.url, "Cookie": cookies}
        async with client.websocket("/ws", params={"tab": "chaos-check", **size}, headers=headers) as socket:
            tab = TabClient(socket, 100, 30)
            following = asyncio.create_task(tab.follow())
            try:
                await tab.wait_for("enter send", seconds=30)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


async def ends(place: Place, session: str, turns: Iterable[str]) -> Counter[str]:
    """How many ends each turn of the session has; waits for those that have none yet."""
    wanted, found = set(turns), Counter[str]()
    async with httpx2.AsyncClient(base_url=place.url, headers=HEADERS, timeout=SETTLING) as client:
        with suppress(TimeoutError, httpx2.HTTPError):
            async with (
                asyncio.timeout(SETTLING) as patience,
                client.stream("GET", f"/sessions/{session}/events", params={"after": 0}) as response,
            ):
                async for event in sse_events(response):
                    if event.event == "turn_finished":
                        found[event.data["turnId"]] += 1
                    if wanted <= found.keys():  # a second end of one of them would come at once
                        patience.reschedule(asyncio.get_running_loop().time() + 0.5)
    return found


async def lost(place: Place, ledger: Ledger) -> list[Promise]:
    """The promises without exactly one end."""
    sessions: dict[str, list[Promise]] = {}
    for promise in ledger.promises.values():
        sessions.setdefault(promise.session, []).append(promise)
    missing = []
    for session, promises in sessions.items():
        found = await ends(place, session, [promise.turn for promise in promises])
        missing += [promise for promise in promises if found[promise.turn] != 1]
    return missing


SPARE_FILES = 20
"""Open files that a pool may keep."""
ITS_OWN = ("cc-socks/", "fswatch-probe")
"""What Claude Code leaves in its temporary folder when it is killed: files without a byte."""
STILL = 25.0
"""Seconds; a little longer than IDLE_TIMEOUT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the deployment holds when nobody uses it."""

    processes: int
    files: dict[str, int]
    """Open files and sockets, by program."""
    temporary: frozenset[str]
    sockets: frozenset[str]

    def more_than(self, before: "Left") -> list[str]:
        """What is there that was not before, in words."""
        words = []
        if self.processes > before.processes:
            words.append(f"{self.processes} processes, {before.processes} before")
        for program, count in self.files.items():
            if count > before.files[program] + SPARE_FILES:
                words.append(f"{count} open files of {program}, {before.files[program]} before")
        for now, then, what in (
            (self.temporary, before.temporary, "temporary files"),
            (self.sockets, before.sockets, "files beside the sockets"),
        ):
            if more := sorted(now - then):
                words.append(f"{len(more)} {what}: {', '.join(more[:5])}")
        return words


def left(place: Place) -> Left:
    """What there is now."""
    return Left(
        processes=len(place.processes()),
        files={name: len(files_of(place.deployment.pid_of(name))) for name in PROGRAMS},
        temporary=frozenset(name for name in _names(place.folder / "tmp") if not any(word in name for word in ITS_OWN)),
        sockets=_names(place.deployment.run_dir),
    )


async def steady(place: Place) -> Left:
    """What there is once nothing moves any more: the worker and the spare app are there."""
    before = left(place)
    while True:
        await asyncio.sleep(STILL)
        now = left(place)
        if now == before:
            return now
        before = now


async def settled(place: Place, before: Left) -> list[str]:
    """Waits until nothing more is there than before; what still is, in words."""
    deadline = time.monotonic() + SETTLING
    while (words := left(place).more_than(before)) and time.monotonic() < deadline:
        await asyncio.sleep(1)
    return words


def _names(folder: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
