"""The client against a real api, over a connection that loses_next_answer answers."""

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


class LossyProxy:
    """A proxy for the api's socket that can lose the next answer."""

    def __init__(self, socket: Path, api: Path) -> None:
        self.socket = socket
        self._api = api
        self.loses_next_answer = False
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answers, requests = await asyncio.open_unix_connection(self._api)
        directions = {
            asyncio.create_task(self._forward_request(reader, requests)),
            asyncio.create_task(self._forward_answer(answers, writer)),
        }
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for end in (requests, writer):
            end.transport.abort()
        await asyncio.gather(*directions, requests.wait_closed(), writer.wait_closed(), return_exceptions=True)
        self.connections -= 1

    async def _forward_request(self, reader: asyncio.StreamReader, requests: asyncio.StreamWriter) -> None:
        while request := await reader.read(65536):
            requests.write(request)

    async def _forward_answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (answer := await answers.read(65536)) and not self.loses_next_answer:
            writer.write(answer)
        self.loses_next_answer = False


@pytest.fixture
async def proxy(api: Api) -> AsyncIterator[LossyProxy]:
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = LossyProxy(folder / "api.sock", api.socket)
    try:
        async with await asyncio.start_unix_server(proxy.serve, proxy.socket):
            yield proxy
        await until(lambda: not proxy.connections)
    finally:
        shutil.rmtree(folder)


async def test_a_prompt_is_withdrawn_although_the_answer_is_lost(api: Api, proxy: LossyProxy) -> None:
    async with open_session(api.client) as session, Client(proxy.socket, None) as client:
        await session.begin("demo:stream 4000")
        queued = await session.send("demo:say queued")
        proxy.loses_next_answer = True
        await client.withdraw(session.id, queued)
        await session.wait_for("turn_withdrawn", lambda data: data["turnId"] == queued)
        assert not proxy.loses_next_answer
        with pytest.raises(RefusedError) as refused:
            await client.withdraw(session.id, queued)
        assert refused.value.code == "turn_not_found"


async def test_a_session_is_deleted_although_the_answer_is_lost(proxy: LossyProxy) -> None:
    async with Client(proxy.socket, None) as client:
        session = await client.create(str(uuid.uuid4()))
        proxy.loses_next_answer = True
        await client.delete(session.id)
        assert not proxy.loses_next_answer
        with pytest.raises(RefusedError, match="No session"):
            await client.delete(session.id)
