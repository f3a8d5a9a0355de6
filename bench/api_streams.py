"""Measures how late events arrive when many sessions stream fifty deltas a second, each to its own reader.

    python -m bench.api_streams [sessions] [seconds]

Claude Code needs about 180 MB and a part of a core for each session, so use fewer sessions on a small machine. The lag
is the time from the event's `at` to its arrival; its 95th percentile may be at most 100 ms.
"""

import asyncio
import sys
import time
from datetime import datetime

import msgspec

from bench.numbers import percentile
from bench.processes import cpu_seconds, for_each, running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api, api_client

DELTAS_A_SECOND = 50
LIMIT_MS = 100


async def measure(sessions: int, seconds: int) -> list[Result]:
    """Streams in all sessions at once."""
    async with running_api_on_demo(MAX_SESSIONS=str(sessions), WARM_WORKERS="0", QUEUE_LIMIT=str(sessions)) as (api, _):
        ids = [(await api.client.post("/sessions", json={})).json()["id"] for _ in range(sessions)]
        await for_each(ids, lambda session: stream(api, session, "demo:say ready"))
        count = DELTAS_A_SECOND * seconds
        before, mine, start = cpu_seconds(api.pid), time.process_time(), time.perf_counter()
        found = await asyncio.gather(*(stream(api, session, f"demo:stream {count} 20") for session in ids))
        passed = time.perf_counter() - start
        words = sum(words for words, _ in found)
        lags = [lag * 1000 for _, session in found for lag in session]
        cpu = (cpu_seconds(api.pid) - before) / passed * 100
        mine = (time.process_time() - mine) / passed * 100
    streams, every = f"{sessions} streams of {DELTAS_A_SECOND}/s", count * sessions
    return [
        Result(what=f"{streams}: words that arrived", ours=words, unit="", budget=every, more_is_better=True),
        Result(what=f"{streams}: lag, p50", ours=percentile(lags, 0.5)),
        Result(what=f"{streams}: lag, p95", ours=percentile(lags, 0.95), budget=LIMIT_MS),
        Result(what=f"{streams}: CPU of the api", ours=cpu, unit="%"),
        Result(what=f"{streams}: CPU of the readers", ours=mine, unit="%"),
    ]


class Delta(msgspec.Struct):
    """The measured fields of an event."""

    at: datetime
    text: str = ""


async def stream(api: Api, session: str, prompt: str) -> tuple[int, list[float]]:
    """Returns the number of words that arrived as deltas, and the lag of each event in seconds.

    It decodes only the needed bytes, because the fifty readers share one process and must not be the bottleneck.
    """
    headers, lags, texts, rest = {"Accept": "text/event-stream"}, [], [], b""
    decoder = msgspec.json.Decoder(Delta)
    async with (
        api_client(api.socket) as client,
        client.stream("POST", f"/sessions/{session}/messages", json={"prompt": prompt}, headers=headers) as response,
    ):
        async for chunk in response.aiter_raw():
            now = time.time()
            *frames, rest = (rest + chunk).split(b"\n\n")
            for frame in frames:
                head, _, data = frame.partition(b"\ndata: ")
                if head.endswith(b"event: text_delta"):
                    delta = decoder.decode(data)
                    lags.append(now - delta.at.timestamp())
                    texts.append(delta.text)
    return len("".join(texts).split()), lags


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(report(asyncio.run(measure(*(numbers + [50, 10][len(numbers) :])))))
