import asyncio

import pytest
from textual._binary_encode import dump
from textual_serve.app_service import AppService

from tui.serve.downloads import DownloadedFile, DownloadFailedError, Downloads

KEY = "0123456789abcdef0123456789abcdef"


class App(AppService):
    """An app that offers files and answers requests for chunks from `chunks`."""

    def __init__(self, user: str, chunks: list[bytes | str]) -> None:
        self.downloads = Downloads()
        self.downloads.owner = user
        super().__init__("", write_bytes=discard, write_str=discard, close=do_nothing, download_manager=self.downloads)
        self.chunks = chunks

    async def send_meta(self, data: dict[str, str | int | bool | None]) -> bool:
        assert data["type"] == "deliver_chunk_request"
        if self.chunks:
            await self.on_packed(dump(("deliver_chunk", str(data["key"]), self.chunks.pop(0))))
        return True


async def discard(_: object) -> None: ...


async def do_nothing() -> None: ...


async def offer(*chunks: bytes | str, user: str = "ann") -> App:
    app = App(user, list(chunks))
    await app.downloads.create_download(
        app_service=app, delivery_key=KEY, file_name="report.txt", open_method="browser", mime_type="text/plain"
    )
    return app


def take(app: App) -> DownloadedFile:
    file = app.downloads.take(KEY, "ann")
    assert file
    return file


async def test_a_file_arrives_complete_with_its_name() -> None:
    file = take(await offer(b"one ", "two é", b""))
    assert file.name == "report.txt"
    assert b"".join([chunk async for chunk in file.content]) == "one two é".encode()


async def test_only_the_owner_can_fetch_a_file_and_only_once() -> None:
    downloads = (await offer()).downloads
    assert downloads.take(KEY, "bob") is None
    assert downloads.take(KEY, "") is None
    assert downloads.take("other", "ann") is None
    assert downloads.take(KEY, "ann")
    assert downloads.take(KEY, "ann") is None


async def test_a_fetched_file_is_no_longer_offered() -> None:
    app = await offer(b"one", b"")
    assert [chunk async for chunk in take(app).content] == [b"one"]
    assert app.downloads.take(KEY, "ann") is None


async def test_the_files_of_an_app_without_a_user_cannot_be_fetched() -> None:
    downloads = (await offer()).downloads
    downloads.owner = None
    assert downloads.take(KEY, "ann") is None
    assert downloads.take(KEY, "") is None


async def test_another_app_cannot_put_chunks_into_a_file() -> None:
    app, stranger = await offer(b"mine", b""), await offer(user="bob")
    file = take(app)
    await stranger.on_packed(dump(("deliver_chunk", KEY, b"evil")))
    assert [chunk async for chunk in file.content] == [b"mine"]


async def test_a_download_fails_when_its_app_ends() -> None:
    app = await offer(b"half")
    content = take(app).content
    assert await anext(content) == b"half"
    rest = asyncio.ensure_future(anext(content))
    await asyncio.sleep(0)
    await app.downloads.cancel_app_downloads(app.app_service_id)
    with pytest.raises(DownloadFailedError):
        await rest


async def test_the_files_of_an_ended_app_cannot_be_fetched() -> None:
    app = await offer()
    await app.downloads.cancel_app_downloads(app.app_service_id)
    with pytest.raises(DownloadFailedError):
        await anext(take(app).content)
