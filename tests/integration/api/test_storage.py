"""The tables on SQLite and PostgreSQL, and the transcripts with the SDK's own conformance suite."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from claude_agent_sdk import SessionStore
from claude_agent_sdk.testing import run_session_store_conformance
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.errors import IdempotencyKeyReusedError, IdempotencyRunningError, InvalidCursorError
from api.storage import SessionRow, Storage, TranscriptStore, TurnRow
from api.storage.database import make_database
from runtime.clock import timestamp
from runtime.database.errors import DatabaseUnavailableError
from tests.support.api import running_api
from tests.support.databases import NewUrl
from tests.support.demo import Demo
from tests.support.http_caller import new_session, say
from tests.support.pids import is_alive
from tests.support.postgres import Postgres
from tests.support.waiting import until


@pytest.fixture
async def storage(new_url: NewUrl) -> AsyncIterator[Storage]:
    async with Storage(await new_url()) as opened:
        yield opened


def session(number: int = 1, *, owner: str = "ada", title: str = "Title", **changes: Any) -> SessionRow:
    return SessionRow(
        id=f"s{number}", owner=owner, title=title, cwd="/w", permission_mode="default", transcript_id="t", **changes
    )


async def test_the_sdk_accepts_the_transcript_store(new_url: NewUrl) -> None:
    async with AsyncExitStack() as opened:
        count = 0

        async def fresh() -> SessionStore:
            nonlocal count
            count += 1
            database = await opened.enter_async_context(make_database(await new_url()))
            return cast(SessionStore, TranscriptStore(database))

        await run_session_store_conformance(fresh, skip_optional=frozenset({"list_session_summaries"}))
        assert count > 10


async def test_a_transcript_line_is_stored_unchanged(storage: Storage) -> None:
    key = {"project_key": "p", "session_id": "s"}
    odd = {
        "type": "user",
        "uuid": "u",
        "text": "NUL \0, half \ud83d, 中文, \u2028",
        "deep": [[[{"a": None}]]],
        "n": 2**60,
    }
    await storage.transcripts.append(key, [odd])
    await storage.transcripts.append(key, [odd, {"type": "title"}, {"type": "title"}])
    assert await storage.transcripts.load(key) == [odd, {"type": "title"}, {"type": "title"}]


async def test_a_long_transcript_is_written_in_order(storage: Storage) -> None:
    key = {"project_key": "p", "session_id": "s"}
    lines = [{"type": "user", "uuid": str(number)} for number in range(1203)]
    await storage.transcripts.append(key, lines)
    assert await storage.transcripts.load(key) == lines


async def test_parallel_writers_wait_for_each_other(storage: Storage) -> None:
    key = {"project_key": "p", "session_id": "s"}
    await asyncio.gather(*(storage.transcripts.append(key, [{"type": "x", "uuid": str(n)}]) for n in range(50)))
    assert len(await storage.transcripts.load(key) or []) == 50


async def test_sessions_outlive_the_process(new_url: NewUrl) -> None:
    url = await new_url()
    row = session(model="opus", options={"systemPrompt": "short"}, cost_usd=0.25)
    async with Storage(url) as storage:
        assert await storage.sessions.add(row)
        assert not await storage.sessions.add(row)
    async with Storage(url) as storage:
        assert await storage.sessions.get("s1") == row
        await storage.sessions.change("s1", title="New", num_turns=3, last_seq=9)
        changed = await storage.sessions.get("s1")
        assert changed is not None
        assert (changed.title, changed.num_turns, changed.last_seq, changed.model) == ("New", 3, 9, "opus")
        await storage.sessions.remove("s1")
        assert await storage.sessions.get("s1") is None


async def test_pages_cover_every_session_once_newest_first(storage: Storage) -> None:
    for number in range(7):
        await storage.sessions.add(session(number, updated_at=f"2026-01-01T00:00:00.00{number // 2}Z"))
    await storage.sessions.add(session(99, owner="bob"))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = await storage.sessions.page("ada", limit=3, cursor=cursor)
        seen += [row.id for row in page]
        if cursor is None:
            break
    assert seen == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]
    assert len((await storage.sessions.page(None, limit=50))[0]) == 8


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "Zm9v", "\ud800", "a" * 10_000])
async def test_an_invalid_cursor_is_refused(storage: Storage, cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        await storage.sessions.page("ada", limit=3, cursor=cursor)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("straße", ["s1"]),
        ("STRASSE", ["s1"]),
        ("100%", ["s2"]),
        ("_", []),
        ("karte berlin", ["s1"]),
        ("berlin 100", []),
    ],
)
async def test_search_reads_titles_and_prompts_in_any_case(storage: Storage, search: str, found: list[str]) -> None:
    await storage.sessions.add(session(1, title="Karte von Berlin"))
    await storage.sessions.add(session(2, title="Plain"))
    await storage.turns.add(TurnRow(id="t1", session_id="s1", prompt="Welche Straße?"))
    await storage.turns.add(TurnRow(id="t2", session_id="s2", prompt="100% of it"))
    page, _ = await storage.sessions.page("ada", limit=10, search=search)
    assert [row.id for row in page] == found


async def test_a_search_of_a_thousand_words_is_answered(storage: Storage) -> None:
    await storage.sessions.add(session(title="word0"))
    page, _ = await storage.sessions.page("ada", limit=10, search=" ".join(f"word{n}" for n in range(3000)))
    assert page == ()


async def test_a_turn_starts_once_and_finishes_once(storage: Storage) -> None:
    await storage.sessions.add(session())
    await storage.turns.add(TurnRow(id="t1", session_id="s1", prompt="hi", attachments=[{"path": "a"}]))
    assert [turn.id for turn in await storage.turns.of_session("s1", "queued", "running")] == ["t1"]
    at = "2026-01-01T00:00:00.000Z"
    assert await storage.turns.start("t1", at=at)
    assert await storage.turns.start("t1", at=at), "the answer to the first try may have been lost"
    assert not await storage.turns.start("t1", at=at.replace("000Z", "001Z"))
    assert not await storage.turns.withdraw("t1")
    assert await storage.turns.finish("t1", {"stopReason": "end_turn"})
    assert not await storage.turns.finish("t1", {"stopReason": "again"})
    (turn,) = await storage.turns.of_session("s1", "finished")
    assert (turn.outcome, turn.attachments) == ({"stopReason": "end_turn"}, [{"path": "a"}])
    assert await storage.turns.of_session("s1", "queued", "running") == []


async def test_turns_are_deleted_with_their_session(storage: Storage) -> None:
    await storage.sessions.add(session())
    await storage.turns.add(TurnRow(id="t1", session_id="s1", prompt="hi"))
    await storage.sessions.remove("s1")
    assert await storage.turns.of_session("s1") == []


async def test_of_fifty_equal_queries_one_runs(storage: Storage) -> None:
    async def claim() -> str:
        try:
            return "runs" if await storage.idempotency.claim("ada", "key", "hash") is None else "replays"
        except IdempotencyRunningError:
            return "waits"

    tries = await asyncio.gather(*(claim() for _ in range(50)))
    assert sorted(tries) == ["runs"] + ["waits"] * 49
    await storage.idempotency.store_answer("ada", "key", b"answer")
    assert await storage.idempotency.claim("ada", "key", "hash") == b"answer"
    assert await storage.idempotency.claim("bob", "key", "hash") is None
    with pytest.raises(IdempotencyKeyReusedError):
        await storage.idempotency.claim("ada", "key", "other")


async def test_an_idempotency_key_is_free_after_a_failure_a_crash_and_a_day(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'agent' / 'sessions.db'}"
    async with Storage(url) as storage:
        assert await storage.idempotency.claim("ada", "key", "hash") is None
        await storage.idempotency.release("ada", "key")
        assert await storage.idempotency.claim("ada", "key", "other") is None
    async with Storage(url) as storage:
        assert await storage.idempotency.claim("ada", "key", "third") is None
        await storage.idempotency.store_answer("ada", "key", b"old")
        async with storage.database.write() as connection:
            await connection.execute(text("UPDATE answers SET started_at = '2026-01-01T00:00:00.000Z'"))
        assert await storage.idempotency.claim("ada", "key", "fourth") is None


async def test_an_idempotency_key_of_a_dead_replica_is_free_again(storage: Storage) -> None:
    async def claim_as_of(**ago: int) -> bytes | None:
        async with storage.database.write() as connection:
            await connection.execute(
                text("UPDATE answers SET started_at = :since"), {"since": timestamp(ago=timedelta(**ago))}
            )
        return await storage.idempotency.claim("ada", "key", "hash")

    assert await storage.idempotency.claim("ada", "key", "hash") is None
    with pytest.raises(IdempotencyRunningError):
        await claim_as_of(minutes=59)
    assert await claim_as_of(hours=2) is None


async def test_a_changed_folder_has_to_be_accepted_again(storage: Storage) -> None:
    assert not await storage.trusted_folders.is_accepted("ada", "/w", "h1")
    await storage.trusted_folders.accept("ada", "/w", "h1")
    assert await storage.trusted_folders.is_accepted("ada", "/w", "h1")
    assert not await storage.trusted_folders.is_accepted("bob", "/w", "h1")
    await storage.trusted_folders.accept("ada", "/w", "h2")
    assert not await storage.trusted_folders.is_accepted("ada", "/w", "h1")


async def test_a_user_keeps_the_same_number_and_numbers_run_out(storage: Storage) -> None:
    people = storage.system_users
    assert [await people.slot(name, slots=2) for name in ("ada", "bob", "ada", "cy")] == [0, 1, 0, None]


async def test_text_that_no_driver_accepts_is_stored_readably(storage: Storage) -> None:
    await storage.sessions.add(session(title="a\0b\ud800"))
    row = await storage.sessions.get("s1")
    assert row is not None
    assert row.title == "a\ufffdb?"
    assert await storage.sessions.get("\0\ud800") is None


async def test_an_error_does_not_quote_stored_text(storage: Storage) -> None:
    await storage.sessions.add(session())
    await storage.turns.add(TurnRow(id="t1", session_id="s1", prompt="hunter2"))
    with pytest.raises(SQLAlchemyError) as failed:
        await storage.turns.add(TurnRow(id="t1", session_id="s1", prompt="hunter2"))
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("place", ["?host=/nowhere", "?host=127.0.0.1&port=1"])
async def test_an_unreachable_database_is_a_connection_error(place: str) -> None:
    with pytest.raises(DatabaseUnavailableError):
        async with make_database(f"postgresql://user@/name{place}"):
            pass


async def test_refused_credentials_of_the_database_are_a_connection_error(postgres: Postgres) -> None:
    with pytest.raises(DatabaseUnavailableError, match="nobody_of_that_name"):
        async with make_database(postgres.url("postgres").replace("postgres@", "nobody_of_that_name@")):
            pass


async def test_the_folder_is_private(tmp_path: Path) -> None:
    async with Storage(f"sqlite+aiosqlite:///{tmp_path / 'agent' / 'sessions.db'}"):
        assert (tmp_path / "agent").stat().st_mode & 0o777 == 0o700


async def test_a_session_survives_a_kill_and_moves_on_with_postgresql(demo: Demo, postgres: Postgres) -> None:
    url = await postgres.make_database()
    async with running_api(demo, DATABASE_URL=url, WARM_WORKERS="0") as api:
        session_id = await new_session(api.client)
        await say(api.client, session_id, "demo:say remember the blue door")
        processes = api.claude_pids()
        await api.kill()
        await until(lambda: not any(is_alive(pid) for pid in processes))  # or they write meanwhile
        shutil.rmtree(api.data)
        await api.start()
        assert (await api.client.get("/health")).status_code == 200
        await say(api.client, session_id, "demo:recall")
        messages = (await api.client.get(f"/sessions/{session_id}/messages")).json()["messages"]
        assert "remember the blue door" in messages[-1]["content"][0]["text"]
        assert not (api.data / "agent" / "sessions.db").exists()
