import asyncio
from dataclasses import dataclass, field

import pytest
from textual._binary_encode import dump

from tui.serve.downloads import Download, DownloadFailedError, Downloads


@dataclass
class App:
    """An app that offers files and answers requests for chunks from `chunks`."""

    user: str
    downloads: Downloads
    chunks: list[bytes | str] = field(default_factory=list)
    asked: int = 0

    def ask_for_chunk(self, key: str, _size: int, /) -> bool:
        self.asked += 1
        if self.chunks:
            self.downloads.receive(self, dump(("deliver_chunk", key, self.chunks.pop(0))))
        return True


@pytest.fixture
def downloads() -> Downloads:
    return Downloads()


def offered(downloads: Downloads, *chunks: bytes | str, path: str = "/home/a/report.txt") -> App:
    app = App("ann", downloads, list(chunks))
    downloads.offer(app, "key", {"path": path, "mime_type": "text/plain", "open_method": "browser"})
    return app


def taken(downloads: Downloads) -> Download:
    download = downloads.take("key", "ann")
    assert download
    return download


async def content(downloads: Downloads) -> bytes:
    return b"".join([chunk async for chunk in downloads.content(taken(downloads))])


async def test_a_file_arrives_complete_with_its_name(downloads: Downloads) -> None:
    offered(downloads, b"one ", "two é", b"")
    assert downloads._offered["key"].name == "report.txt"
    assert await content(downloads) == "one two é".encode()


def test_only_the_owner_can_fetch_a_file_and_only_once(downloads: Downloads) -> None:
    offered(downloads)
    assert downloads.take("key", "bob") is None
    assert downloads.take("key", "") is None
    assert downloads.take("other", "ann") is None
    assert downloads.take("key", "ann")
    assert downloads.take("key", "ann") is None


async def test_another_app_cannot_put_chunks_into_a_file(downloads: Downloads) -> None:
    offered(downloads, b"mine", b"")
    stranger = App("bob", downloads)
    download = taken(downloads)
    downloads.receive(stranger, dump(("deliver_chunk", "key", b"evil")))
    assert [chunk async for chunk in downloads.content(download)] == [b"mine"]


async def test_a_download_fails_when_its_app_ends(downloads: Downloads) -> None:
    app = offered(downloads, b"half")
    stream = downloads.content(taken(downloads))
    assert await anext(stream) == b"half"
    rest = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    downloads.forget(app)
    with pytest.raises(DownloadFailedError):
        await rest


def test_the_files_of_an_ended_app_cannot_be_fetched(downloads: Downloads) -> None:
    app = offered(downloads)
    downloads.forget(app)
    assert downloads.take("key", "ann") is None
