"""Transcript lines are stored although the storage fails."""

import asyncio
from collections.abc import Sequence
from typing import Any

import claude_agent_sdk as sdk
import pytest

from api.claude import transcript_writer
from api.claude.transcript_writer import TranscriptWriter
from runtime.background_tasks import BackgroundTasks

KEY: sdk.SessionKey = {"project_key": "p", "session_id": "s"}


class Failing:
    """A store whose first `failures` writes fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.lines: list[str] = []

    async def append(self, key: Any, entries: Sequence[Any]) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.lines += [f"{key.get('subpath', '')}{entry}" for entry in entries]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript_writer, "RETRY_SECONDS", (0.0,))


async def test_lines_wait_in_order_and_the_failure_is_reported_once() -> None:
    store, reports, over = Failing(3), [], asyncio.Event()

    def on_change(transcript_id: str, has_failed: bool) -> None:
        reports.append((transcript_id, has_failed))
        if not has_failed:
            over.set()

    async with BackgroundTasks() as tasks, asyncio.timeout(5):
        lines = TranscriptWriter(store, tasks, on_change=on_change)
        for entry in "abc":
            await lines.append(KEY, [entry])
        await lines.append({**KEY, "subpath": "agent-"}, ["x"])
        await over.wait()
        await lines.append(KEY, ["d"])
    assert [line for line in store.lines if len(line) == 1] == ["a", "b", "c", "d"]
    assert reports.count(("s", True)) == reports.count(("s", False))
    assert "agent-x" in store.lines


async def test_waiting_lines_are_tried_once_more_at_the_end() -> None:
    store = Failing(1)
    async with BackgroundTasks() as tasks:
        lines = TranscriptWriter(store, tasks, on_change=lambda *_: None)
        await lines.append(KEY, ["a"])
        await lines.close()
    assert store.lines == ["a"]
