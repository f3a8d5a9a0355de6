"""Fifty sessions that stream fifty deltas a second each, with a reader each: do all of them arrive, and how late?

    python -m bench.api_streams [sessions] [seconds]

Claude Code itself needs about 180 MB and a share of a core for each session, so fewer sessions fit a small machine.
The lag is from the event's `at` to its arrival; the limit is a p95 of 100 ms.
"""

import asyncio
import sys
import time
from datetime import datetime

from bench.api_house import cpu_seconds, house, percentile, row
from tests.parts.api import Api, api_client, sse_events

DELTAS_A_SECOND = 50
LIMIT = 0.1


async def main(sessions: int, seconds: int) -> None:
    """Measures and prints."""
    async with house(MAX_SESSIONS=str(sessions), WARM_WORKERS="0", QUEUE_LIMIT=str(sessions)) as (api, _):
        ids = [(await api.client.post("/sessions", json={})).json()["id"] for _ in range(sessions)]
        for session in ids:  # one start at a time: they are not what is measured
            await stream(api, session, "demo:say ready")
        count = DELTAS_A_SECOND * seconds
        before, start = cpu_seconds(api.pid), time.perf_counter()
        found = await asyncio.gather(*(stream(api, session, f"demo:stream {count} 20") for session in ids))
        passed = time.perf_counter() - start
        words = [words for words, _ in found]
        lags = [lag for _, session in found for lag in session]
        p95 = percentile(lags, 0.95)
        row("", "measured", "limit")
        row(f"{sessions} sessions: words that arrived", f"{sum(words)}", f"{count * sessions}")
        row("lag of an event, p50", f"{percentile(lags, 0.5) * 1000:.1f} ms")
        row("lag of an event, p95", f"{p95 * 1000:.1f} ms", f"{LIMIT * 1000:.0f} ms")
        row("events a second", f"{len(lags) / passed:.0f}")
        row("CPU of the api", f"{(cpu_seconds(api.pid) - before) / passed * 100:.0f} %")
        print("within the limit" if p95 <= LIMIT and sum(words) == count * sessions else "BEYOND THE LIMIT")


async def stream(api: Api, session: str, prompt: str) -> tuple[int, list[float]]:
    """The words that arrived as deltas, and the lag of each event."""
    headers, lags, text = {"Accept": "text/event-stream"}, [], ""
    async with (
        api_client(api.socket) as client,
        client.stream("POST", f"/sessions/{session}/messages", json={"prompt": prompt}, headers=headers) as response,
    ):
        async for event in sse_events(response):
            if event.event == "text_delta":
                lags.append(time.time() - datetime.fromisoformat(event.data["at"]).timestamp())
                text += event.data["text"]
    return len(text.split()), lags


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(numbers + [50, 10][len(numbers) :])))
