"""Checks that the deployment works, lost no prompt and leaked nothing."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench.chaos.load import HEADERS, Load
from bench.chaos.record import AcceptedPrompt, Record
from bench.chaos.target import PROGRAMS, Target, files_of
from tests.support.api import sse_events
from tests.support.tab_client import TabClient

RECOVERY_TIMEOUT = 120.0
"""Seconds in which the deployment has to recover from a fault."""
SETTLE_TIMEOUT = 90.0
"""Seconds until the last prompts have run."""


async def recovery_seconds(load: Load) -> float | None:
    """Waits until everything works again; returns the seconds, or None if it does not within two minutes."""
    began = time.monotonic()
    while time.monotonic() - began < RECOVERY_TIMEOUT:
        with suppress(Exception):  # every kind of failure, also in exception groups
            async with asyncio.timeout(60):
                await check_everything(load)
                return time.monotonic() - began
        await asyncio.sleep(0.25)
    return None


async def check_everything(load: Load) -> None:
    """Checks health, a query, a prompt in a session with its events, and a tab.

    Raises:
        AssertionError: one of them does not work.
    """
    async with httpx2.AsyncClient(base_url=load.target.url, headers=HEADERS, timeout=45) as client:
        assert (await client.get("/health")).status_code == httpx2.codes.OK
        answer = await client.post("/query", json={"prompt": "demo:say working"})
        assert answer.status_code == httpx2.codes.OK, answer.text
        assert answer.json()["response"] == "working"
        session = (await client.post("/sessions", json={"title": "chaos check"})).raise_for_status().json()["id"]
        url, accept = f"/sessions/{session}/messages", {"Accept": "text/event-stream"}
        async with client.stream("POST", url, json={"prompt": "demo:say working"}, headers=accept) as response:
            assert [event.event async for event in sse_events(response)][-1] == "done"
        await client.delete(f"/sessions/{session}")
        cookies = "; ".join(f"{name}={value}" for name, value in load.cookies.items())
        size, headers = {"width": "100", "height": "30"}, {"Origin": load.target.url, "Cookie": cookies}
        async with client.websocket("/ws", params={"tab": "chaos-check", **size}, headers=headers) as socket:
            tab = TabClient(socket, 100, 30)
            following = asyncio.create_task(tab.follow())
            try:
                await tab.wait_for("enter send", seconds=30)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


async def count_ends(target: Target, session: str, turns: Iterable[str]) -> Counter[str]:
    """Counts the ends of each turn in the session, and waits for turns that have not ended yet."""
    wanted, found = set(turns), Counter[str]()
    async with httpx2.AsyncClient(base_url=target.url, headers=HEADERS, timeout=SETTLE_TIMEOUT) as client:
        with suppress(TimeoutError, httpx2.HTTPError):
            async with (
                asyncio.timeout(SETTLE_TIMEOUT) as patience,
                client.stream("GET", f"/sessions/{session}/events", params={"after": 0}) as response,
            ):
                async for event in sse_events(response):
                    if event.event == "turn_finished":
                        found[event.data["turnId"]] += 1
                    if wanted <= found.keys():  # a second end of a turn would arrive immediately
                        patience.reschedule(asyncio.get_running_loop().time() + 0.5)
    return found


async def lost_prompts(target: Target, record: Record) -> list[AcceptedPrompt]:
    """Returns the accepted prompts that do not have exactly one end."""
    sessions: dict[str, list[AcceptedPrompt]] = {}
    for prompt in record.accepted.values():
        sessions.setdefault(prompt.session, []).append(prompt)
    lost = []
    for session, prompts in sessions.items():
        found = await count_ends(target, session, [prompt.turn for prompt in prompts])
        lost += [prompt for prompt in prompts if found[prompt.turn] != 1]
    return lost


SPARE_FILES = 20
"""Open files that connection pools may keep."""
IGNORED = ("cc-socks/", "fswatch-probe")
"""Names of the empty files that a killed Claude Code leaves in its temporary folder."""
QUIET_SECONDS = 25.0
"""Seconds; a little longer than IDLE_TIMEOUT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What the deployment uses while it is idle."""

    processes: int
    files: dict[str, int]
    """Open files and sockets, by program."""
    temporary: frozenset[str]
    sockets: frozenset[str]

    def more_than(self, before: "Resources") -> list[str]:
        """Describes the resources that were not used before."""
        leaks = []
        if self.processes > before.processes:
            leaks.append(f"{self.processes} processes, {before.processes} before")
        for program, count in self.files.items():
            if count > before.files[program] + SPARE_FILES:
                leaks.append(f"{count} open files of {program}, {before.files[program]} before")
        for now, then, what in (
            (self.temporary, before.temporary, "temporary files"),
            (self.sockets, before.sockets, "files in the sockets' folder"),
        ):
            if more := sorted(now - then):
                leaks.append(f"{len(more)} {what}: {', '.join(more[:5])}")
        return leaks


def resources(target: Target) -> Resources:
    """Returns the resources that the deployment uses now."""
    return Resources(
        processes=len(target.processes()),
        files={name: len(files_of(target.deployment.pid_of(name))) for name in PROGRAMS},
        temporary=frozenset(
            name for name in _names(target.folder / "tmp") if not any(word in name for word in IGNORED)
        ),
        sockets=_names(target.deployment.run_dir),
    )


async def wait_steady(target: Target) -> Resources:
    """Waits until the resources stop changing, because the worker and the spare app have started; returns them."""
    before = resources(target)
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        now = resources(target)
        if now == before:
            return now
        before = now


async def wait_settled(target: Target, before: Resources) -> list[str]:
    """Waits until the deployment uses no more than before; describes what it still uses after the timeout."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    while (leaks := resources(target).more_than(before)) and time.monotonic() < deadline:
        await asyncio.sleep(1)
    return leaks


def _names(folder: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
