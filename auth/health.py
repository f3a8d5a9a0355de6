"""Whether the deployment can answer prompts: polls api and tui every second and reports their last answers."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from auth.errors import RefusedError
from auth.log_once import LogOnce
from auth.routes import Upstream
from auth.upstreams import Upstreams
from runtime.clock import timestamp

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
DOWN_AFTER_SECONDS = 15.0
"""A service that accepts connections but does not answer counts as busy for this long, then as down."""


@dataclass(frozen=True, slots=True)
class _Answer:
    is_healthy: bool = False
    body: dict[str, Any] = field(default_factory=dict)  # Any: the service's own JSON
    time: float = 0.0
    """When it arrived, on the event loop's clock."""


class Health:
    """The last answer of each service."""

    def __init__(self, upstreams: Upstreams, *, is_demo: bool) -> None:
        self._upstreams = upstreams
        self._is_demo = is_demo
        self._answers: dict[Upstream, _Answer] = {}
        self._is_known = asyncio.Event()

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Whether all services are healthy, and the body of `GET /health`."""
        if not self._is_known.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_known.wait(), TIMEOUT_SECONDS)
        answers = {upstream: self._answers.get(upstream, _Answer()) for upstream in Upstream}
        api = answers[Upstream.API].body
        is_healthy = all(answer.is_healthy for answer in answers.values())
        return is_healthy, {
            "status": "healthy" if is_healthy else "unhealthy",
            "hasToken": api.get("hasToken") is True,
            "sdkLoaded": api.get("sdkLoaded") is True,
            "message": "Claude Code SDK API",
            "timestamp": timestamp(),
            "demo": api["demo"] is True if "demo" in api else self._is_demo,
        }

    async def watch(self, upstream: Upstream) -> None:
        """Polls the service until cancelled."""
        failures = LogOnce("health_check_failed", upstream=upstream.value)
        while True:
            answer = _Answer()
            with failures:
                answer = await self._poll(upstream, self._answers.get(upstream, answer))
            self._answers[upstream] = answer
            if len(self._answers) == len(Upstream):
                self._is_known.set()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _poll(self, upstream: Upstream, last: _Answer) -> _Answer:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._get(upstream)
            body = answer.json()
        except TimeoutError:
            # A busy service is not down, so its last answer stays valid for a while.
            return last if now - last.time < DOWN_AFTER_SECONDS else _Answer()
        except (RefusedError, httpx2.HTTPError, httpx2.StreamError, OSError, ValueError):
            return _Answer()
        is_healthy = answer.status_code == httpx2.codes.OK
        return _Answer(is_healthy, body if isinstance(body, dict) else {}, time=now)

    async def _get(self, upstream: Upstream) -> httpx2.Response:
        request = httpx2.Request("GET", f"http://{upstream.value}/health", headers={"host": upstream.value})
        answer = await self._upstreams.send(upstream, request)
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer
