"""Random prompts, interrupts, hang-ups and kills for a while: does anything leak?

    python -m bench.api_soak [minutes]

Ends with what is left: processes, open files, tasks, memory, and turns that began without an end.
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

PEOPLE = 4
SETTINGS = {"MAX_SESSIONS": "4", "WARM_WORKERS": "1", "IDLE_TIMEOUT": "5", "QUEUE_LIMIT": "20"}
PROMPTS = (
    *("demo:say hello", "demo:stream 60 10", "demo:stream 2000 20", "demo:run ls", "demo:run mkdir soak", "demo:think"),
    *("demo:fail 500", "demo:cut 5", "demo:hang", "demo:ask", "demo:agent", "demo:write soak.txt hello", "/clear"),
)
PATIENCE = 60.0
PEER = "before it"
MORE_FILES, MORE_MB = 20, 60
"""What may be left: a pool of connections, what Python keeps of the memory of busy times."""


async def measure(minutes: float) -> list[Result]:
    """Lets everybody loose, waits for quiet, and counts."""
    async with running_api_on_demo(**SETTINGS) as (api, _):
        await calm(api)
        files, start = open_files(api.pid), memory(api.pid) / 1e6
        until = time.monotonic() + minutes * 60
        done: dict[str, int] = {}
        await asyncio.gather(*(person(api, number, until, done) for number in range(PEOPLE)), killer(api, until, done))
        await calm(api)
        print(", ".join(f"{count} {what}" for what, count in sorted(done.items())))
        crashes = [line for line in api.log.read_text().splitlines() if "crashed" in line or "Traceback" in line]
        print(*crashes[:5], sep="\n")
        lost = await unfinished(api)
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
    """What there is of it after the storm, against before."""
    return Result(what=what, ours=after, unit=unit, baseline=before, peer=PEER, budget=most)


async def person(api: Api, number: int, until: float, done: dict[str, int]) -> None:
    """Does something, again and again."""
    async with api_client(api.socket, f"person{number}@example.com") as client:
        made = await client.post("/sessions", json={"options": {"permissionMode": random.choice(("default", "plan"))}})
        url = f"/sessions/{made.json()['id']}"
        while time.monotonic() < until:
            action = random.choice((prompt, prompt, query, interrupt, answer, glance, hang_up))
            with suppress(httpx2.HTTPError, TimeoutError):
                async with asyncio.timeout(PATIENCE):
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


async def glance(client: httpx2.AsyncClient, url: str) -> None:
    async with subscribed(client, url.rpartition("/")[2]) as session:
        await session.wait_for("session_state")
        await client.get(f"{url}/messages")


async def hang_up(client: httpx2.AsyncClient, _url: str) -> None:
    body = {"prompt": random.choice(PROMPTS), "stream": random.random() < 0.5}
    with suppress(TimeoutError):
        async with asyncio.timeout(random.uniform(0.05, 2)), client.stream("POST", "/query", json=body) as response:
            async for _ in response.aiter_bytes():
                pass


async def killer(api: Api, until: float, done: dict[str, int]) -> None:
    """Kills a Claude Code now and then."""
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(2, 8))
        if found := children_of(api.pid):
            with suppress(ProcessLookupError):
                os.kill(random.choice(found), signal.SIGKILL)
            done["kills"] = done.get("kills", 0) + 1


async def calm(api: Api) -> None:
    """Waits until every session is parked and one worker is left."""
    until = time.monotonic() + 4 * PATIENCE
    while time.monotonic() < until:
        sessions = (await api.client.get("/sessions?limit=200")).json()["sessions"]
        for session in sessions:
            if session["state"] in ("running", "waiting"):
                await api.client.post(f"/sessions/{session['id']}/interrupt")
        if all(session["state"] in ("parked", "idle") for session in sessions) and len(children_of(api.pid)) == 1:
            return
        await asyncio.sleep(1)


async def unfinished(api: Api) -> int:
    """How many turns began but have no end, or more than one."""
    wrong = 0
    for session in (await api.client.get("/sessions?limit=200")).json()["sessions"]:
        async with subscribed(api.client, session["id"]) as heard:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await heard.wait_for("never")
            began = [event.data["turnId"] for event in heard.of("turn_started")]
            ended = [event.data["turnId"] for event in heard.of("turn_finished")]
            wrong += sorted(began) != sorted(ended)
    return wrong


def open_files(pid: int) -> int:
    """How many files and sockets the process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10))))
