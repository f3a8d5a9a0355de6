"""Files that apps offer: each may be fetched once, by the person whose app offered it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from textual._binary_encode import load

CHUNK = 64 * 1024
CHUNK_SECONDS = 20.0


class DownloadFailedError(RuntimeError):
    """The app stopped in the middle of a file."""


class Source(Protocol):
    """The tab whose app offers a file."""

    user: str

    def ask_for_chunk(self, key: str, size: int, /) -> bool: ...


@dataclass(slots=True)
class Download:
    source: Source
    key: str
    name: str
    mime_type: str
    encoding: str
    in_browser: bool
    """Shown by the browser rather than saved."""
    chunks: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    """What the app has delivered; empty bytes end the file, None says that the app is gone."""


class Downloads:
    """The files on offer and under way."""

    def __init__(self) -> None:
        self._offered: dict[str, Download] = {}
        self._running: dict[str, Download] = {}

    def offer(self, source: Source, key: str, meta: Mapping[str, object]) -> None:
        """Notes a file that an app offers."""
        self._offered[key] = Download(
            source=source,
            key=key,
            name=PurePath(str(meta.get("path", ""))).name or "download",
            mime_type=str(meta.get("mime_type") or "application/octet-stream"),
            encoding=str(meta.get("encoding") or ""),
            in_browser=meta.get("open_method") == "browser",
        )

    def take(self, key: str, user: str) -> Download | None:
        """The file, once, and only for its owner."""
        download = self._offered.get(key)
        if download is None or download.source.user != user:
            return None
        self._running[key] = self._offered.pop(key)
        return download

    async def content(self, download: Download) -> AsyncIterator[bytes]:
        """The file's bytes, fetched from the app chunk by chunk.

        Raises:
            DownloadFailedError: the app ended or fell silent; the file must not look complete.
        """
        try:
            while True:
                if not download.source.ask_for_chunk(download.key, CHUNK):
                    raise DownloadFailedError
                try:
                    chunk = await asyncio.wait_for(download.chunks.get(), CHUNK_SECONDS)
                except TimeoutError:
                    raise DownloadFailedError from None
                if chunk is None:
                    raise DownloadFailedError
                if not chunk:
                    return
                yield chunk
        finally:
            self._running.pop(download.key, None)

    def receive(self, source: Source, payload: bytes) -> None:
        """Takes in a chunk that an app delivers."""
        match load(payload):
            case ("deliver_chunk", str(key), str() | bytes() as chunk):
                download = self._running.get(key)
                if download and download.source is source:
                    encoded = chunk.encode(download.encoding or "utf-8") if isinstance(chunk, str) else chunk
                    download.chunks.put_nowait(encoded)

    def forget(self, source: Source) -> None:
        """The app is gone, and with it its files."""
        self._offered = {key: each for key, each in self._offered.items() if each.source is not source}
        for download in self._running.values():
            if download.source is source:
                download.chunks.put_nowait(None)
