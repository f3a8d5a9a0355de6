"""The files that one app offers for download: only its user may fetch them, and each only once."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from textual_serve.download_manager import DOWNLOAD_CHUNK_SIZE, DownloadManager

CHUNK_SECONDS = 20.0


class DownloadFailedError(RuntimeError):
    """The app ended, or stopped answering, in the middle of a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DownloadedFile:
    """A file on its way to the browser."""

    name: str
    mime_type: str
    opens_in_browser: bool
    """Whether the app wants the browser to show the file instead of saving it."""
    content: AsyncGenerator[bytes, None]
    """Fails with DownloadFailedError when the file is not complete."""


class Downloads(DownloadManager):
    """textual-serve's DownloadManager for one app; `tui.serve.app_process` says what differs and why."""

    def __init__(self) -> None:
        super().__init__()
        self.owner: str | None = None
        """The only user who may fetch the files; None before the app is claimed."""
        self._fetched: set[str] = set()

    def take(self, key: str, user: str) -> DownloadedFile | None:
        """The file, once and only for its owner; otherwise None."""
        download = self._active_downloads.get(key)
        if download is None or key in self._fetched or user != self.owner:
            return None
        self._fetched.add(key)
        return DownloadedFile(
            name=download.file_name or "download",
            mime_type=download.mime_type or "application/octet-stream",
            opens_in_browser=download.open_method == "browser",
            content=self.download(key),
        )

    async def download(self, delivery_key: str) -> AsyncGenerator[bytes, None]:
        """Fetches a file from the app, chunk by chunk.

        Raises:
            DownloadFailedError: the app ended or stopped answering; the file is incomplete.
        """
        download = self._active_downloads[delivery_key]
        request: dict[str, str | int | bool | None] = {
            "type": "deliver_chunk_request",
            "key": delivery_key,
            "size": DOWNLOAD_CHUNK_SIZE,
            "name": download.name,
        }
        try:
            while True:
                if not await download.app_service.send_meta(request):
                    raise DownloadFailedError
                try:
                    chunk = await asyncio.wait_for(download.incoming_chunks.get(), CHUNK_SECONDS)
                except TimeoutError:
                    raise DownloadFailedError from None
                if chunk is None:
                    raise DownloadFailedError
                if not chunk:
                    return
                yield chunk
        finally:
            self._active_downloads.pop(delivery_key, None)
            self._fetched.discard(delivery_key)
