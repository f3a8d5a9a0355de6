"""The soak test: random prompts, interrupts, disconnects and kills for some minutes, then a search for leaks.

    python -m bench.api_soak [minutes]

Reports the processes, open files and memory that are left, and turns without exactly one end.
"""

import asyncio
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx2

from bench.processes import memory, running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api, api_client
from tests.support.pids import children_of
from tests.support.session_client import subscribed

USERS = 4
SETTINGS = {"MAX_SESSIONS": "4", "WARM_WORKERS": "1", "IDLE_TIMEOUT": "5", "QUEUE_LIMIT": "20"}
PROMPTS = (
    *("demo:say hello", "demo:stream 60 10", "demo:stream 2000 20", "demo:run ls", "demo:run mkdir soak", "demo:think"),
    *("demo:fail 500", "demo:cut 5", "demo:hang", "demo:ask", "demo:agent", "demo:write soak.txt hello", "/clear"),
)
TIMEOUT = 60.0
PEER = "before the test"
MORE_FILES, MORE_MB = 20, 60
"""What may remain: connection pools, and memory that Python keeps after busy times."""


async def measure(minutes: float) -> list[Result]:
    """Runs the users, waits until the api is idle, and counts what is left."""
    async with running_api_on_demo(**SETTINGS) as (api, _):
        await wait_idle(api)
        files, start = open_files(api.pid), memory(api.pid) / 1e6
        until = time.monotonic() + minutes * 60
        done: dict[str, int] = {}
        users = (act_as_user(api, number, until, done) for number in range(USERS))
        await asyncio.gather(*users, kill_processes(api, until, done))
        await wait_idle(api)
        print(", ".join(f"{count} {what}" for what, count in sorted(done.items())))
        crashes = [line for line in api.log.read_text().splitlines() if "crashed" in line or "Traceback" in line]
        print(*crashes[:5], sep="\n")
        lost = await count_lost_turns(api)
        return [
            Result(what="turns without exactly one end", ours=lost, unit="", budget=0),
            Result(what="crashes in the log", ours=len(crashes), unit="", budget=0),
            Result(
                what="Claude Code processes", ours=len(children_of(api.pid)), unit="", baseline=1, peer=PEER, budget=1
            ),
            left("open files of the api", open_files(api.pid), files, most=files + MORE_FILES),
            left("memory of the api", memory(api.pid) / 1e6, start, unit="MB", most=start + MORE_MB),
        ]


def left(what: str, after: float, before: float, *, most: float, unit: str = "") -> Result:
    """Returns the result that compares a resource after the test with before."""
    return Result(what=what, ours=after, unit=unit, baseline=before, peer=PEER, budget=most)


async def act_as_user(api: Api, number: int, until: float, done: dict[str, int]) -> None:
    """Performs random actions in one session until the time is over."""
    async with api_client(api.socket, f"person{number}@example.com") as client:
        made = await client.post("/sessions", json={"options": {"permissionMode": random.choice(("default", "plan"))}})
        url = f"/sessions/{made.json()['id']}"
        while time.monotonic() < until:
            action = random.choice((prompt, prompt, query, interrupt, answer, read, disconnect))
            with suppress(httpx2.HTTPError, TimeoutError):
                async with asyncio.timeout(TIMEOUT):
                    await action(client, url)
            done[action.__name__] = done.get(action.__name__, 0) + 1
            await asyncio.sleep(random.uniform(0, 0.5))
        await client.post(f"{url}/interrupt")


async def prompt(client: httpx2.AsyncClient, url: str) -> None:
    await client.post(f"{url}/messages", json={"prompt": random.choice(PROMPTS)})


async def query(client: httpx2.AsyncClient, _url: str) -> None:
    options = {"timeoutSeconds": random.choice((1, 5, 30))}
    await client.post("/query", json={"prompt": random.choice(PROMPTS), "options": options})


async def interrupt(client: httpx2.AsyncClient, url: str) -> None:
    await client.post(f"{url}/interrupt")


async def answer(client: httpx2.AsyncClient, url: str) -> None:
    for request in (await client.get(f"{url}/requests")).json()["requests"]:
        await client.post(f"{url}/requests/{request['id']}", json={"decision": random.choice(("allow", "deny"))})


async def read(client: httpx2.AsyncClient, url: str) -> None:
    async with subscribed(client, url.rpartition("/")[2]) as session:
        await session.wait_for("session_state")
        await client.get(f"{url}/messages")


async def disconnect(client: httpx2.AsyncClient, _url: str) -> None:
    body = {"prompt": random.choice(PROMPTS), "stream": random.random() < 0.5}
    with suppress(TimeoutError):
        async with asyncio.timeout(random.uniform(0.05, 2)), client.stream("POST", "/query", json=body) as response:
            async for _ in response.aiter_bytes():
                pass


async def kill_processes(api: Api, until: float, done: dict[str, int]) -> None:
    """Kills a Claude Code process every few seconds until the time is over."""
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(2, 8))
        if found := children_of(api.pid):
            with suppress(ProcessLookupError):
                os.kill(random.choice(found), signal.SIGKILL)
            done["kills"] = done.get("kills", 0) + 1


async def wait_idle(api: Api) -> None:
    """Waits until no session runs a turn and only one worker is left."""
    until = time.monotonic() + 4 * TIMEOUT
    while time.monotonic() < until:
        sessions = (await api.client.get("/sessions?limit=200")).json()["sessions"]
        for session in sessions:
            if session["state"] in ("running", "waiting"):
                await api.client.post(f"/sessions/{session['id']}/interrupt")
        if all(session["state"] in ("parked", "idle") for session in sessions) and len(children_of(api.pid)) == 1:
            return
        await asyncio.sleep(1)


async def count_lost_turns(api: Api) -> int:
    """Counts the sessions with a turn that does not have exactly one end."""
    wrong = 0
    for session in (await api.client.get("/sessions?limit=200")).json()["sessions"]:
        async with subscribed(api.client, session["id"]) as subscription:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await subscription.wait_for("no such event")
            began = [event.data["turnId"] for event in subscription.of("turn_started")]
            ended = [event.data["turnId"] for event in subscription.of("turn_finished")]
            wrong += sorted(began) != sorted(ended)
    return wrong


def open_files(pid: int) -> int:
    """Returns the number of the process's open files and sockets."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10))))
