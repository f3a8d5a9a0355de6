"""Answers a GET with a file: all of it, a range, or 304. No file can run scripts in the gateway's origin."""

import mimetypes
from datetime import UTC, datetime
from urllib.parse import quote

from quart import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date, is_resource_modified, quote_etag

from api.files import OpenFile, WorkspacePath

SHOWN_TYPES = {
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
    *("audio/mpeg", "audio/ogg", "audio/wav", "video/mp4", "video/webm", "application/pdf"),
}
"""Types that a browser may show. Text is shown as plain text, and everything else is downloaded."""
TEXT_TYPES = {"application/json", "application/x-sh", "application/xml", "application/toml", "application/yaml"}
"""Types that are shown as plain text, besides `text/*`."""


def send_file(file: OpenFile, path: WorkspacePath) -> Response:
    """The answer with the file, according to the request's range and cache headers.

    Raises:
        RequestedRangeNotSatisfiable: the range is not in the file.
    """
    headers = {
        "ETag": quote_etag(file.tag),
        "Last-Modified": http_date(datetime.fromtimestamp(int(file.modified), UTC)),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    environment = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers}
    environment["REQUEST_METHOD"] = "GET"
    if not is_resource_modified(environment, etag=file.tag, last_modified=headers["Last-Modified"]):
        file.close()
        return Response(status=304, headers=headers)
    kind, disposition = _presentation(path)
    headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(path.parts[-1], errors='replace')}"
    start, stop, status = 0, file.size, 200
    if part := _requested_range(file):
        start, stop = part
        status = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    response = Response(file.read(start, stop), status, headers, content_type=kind)
    response.content_length = stop - start
    response.timeout = None  # a large file may take any time on a slow connection
    return response


def _requested_range(file: OpenFile) -> tuple[int, int] | None:
    wanted = request.range
    condition = request.if_range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if condition.etag is not None and condition.etag != file.tag:
        return None
    if condition.date is not None and condition.date.timestamp() != int(file.modified):
        return None
    part = wanted.range_for_length(file.size)
    if part is None:
        file.close()
        raise RequestedRangeNotSatisfiable(length=file.size)
    return part


def _presentation(path: WorkspacePath) -> tuple[str, str]:
    kind = mimetypes.guess_type(path.parts[-1])[0] or ""
    if "download" not in request.args:
        if kind in SHOWN_TYPES:
            return kind, "inline"
        if kind.startswith("text/") or kind in TEXT_TYPES:
            return "text/plain; charset=utf-8", "inline"
    return "application/octet-stream", "attachment"
