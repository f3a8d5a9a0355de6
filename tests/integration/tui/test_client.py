"""The app's client on the real api, over a wire that loses answers."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.session_client import open_session
from tests.support.waiting import until
from tui.client import Client
from tui.errors import RefusedError


class LossyWire:
    """A socket before the api's own, that can lose the next answer."""

    def __init__(self, socket: Path, api: Path) -> None:
        self.socket = socket
        self._api = api
        self.loses = False
        self.connections = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answers, asked = await asyncio.open_unix_connection(self._api)
        ways = {asyncio.create_task(self._ask(reader, asked)), asyncio.create_task(self._answer(answers, writer))}
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in (asked, writer):
            end.transport.abort()
        await asyncio.gather(*ways, asked.wait_closed(), writer.wait_closed(), return_exceptions=True)
        self.connections -= 1

    async def _ask(self, reader: asyncio.StreamReader, asked: asyncio.StreamWriter) -> None:
        while question := await reader.read(65536):
            asked.write(question)

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (answer := await answers.read(65536)) and not self.loses:
            writer.write(answer)
        self.loses = False


@pytest.fixture
async def wire(api: Api) -> AsyncIterator[LossyWire]:
    folder = Path(tempfile.mkdtemp(prefix="wire-"))
    wire = LossyWire(folder / "api.sock", api.socket)
    try:
        async with await asyncio.start_unix_server(wire.carry, wire.socket):
            yield wire
        await until(lambda: not wire.connections)
    finally:
        shutil.rmtree(folder)


async def test_what_is_taken_back_is_taken_back_though_the_answer_is_lost(api: Api, wire: LossyWire) -> None:
    async with open_session(api.client) as session, Client(wire.socket, None) as client:
        await session.begin("demo:stream 4000")
        queued = await session.send("demo:say queued")
        wire.loses = True
        await client.withdraw(session.id, queued)
        await session.wait_for("turn_withdrawn", lambda data: data["turnId"] == queued)
        assert not wire.loses
        with pytest.raises(RefusedError) as refused:
            await client.withdraw(session.id, queued)
        assert refused.value.code == "turn_not_found"


async def test_what_is_deleted_is_deleted_though_the_answer_is_lost(wire: LossyWire) -> None:
    async with Client(wire.socket, None) as client:
        session = await client.create(str(uuid.uuid4()))
        wire.loses = True
        await client.delete(session.id)
        assert not wire.loses
        with pytest.raises(RefusedError, match="No session"):
            await client.delete(session.id)
