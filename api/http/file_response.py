"""Sends an open file: whole, in part, or not when the caller has it. Nothing sent may run in the door's origin."""

import mimetypes
from datetime import UTC, datetime
from urllib.parse import quote

from quart import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import is_resource_modified, quote_etag

from api.files import OpenFile, Place

HARMLESS = {
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
    *("audio/mpeg", "audio/ogg", "audio/wav", "video/mp4", "video/webm", "application/pdf"),
}
"""Shown as what they are; text is shown as plain text, and the rest is only kept."""
AS_TEXT = {"application/json", "application/x-sh", "application/xml", "application/toml", "application/yaml"}


def send_file(file: OpenFile, place: Place) -> Response:
    """The answer to a GET of the file.

    Raises:
        RequestedRangeNotSatisfiable: the asked part is not in the file.
    """
    headers = {
        "ETag": quote_etag(file.tag),
        "Last-Modified": datetime.fromtimestamp(int(file.modified), UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
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
    kind, disposition = _presentation(place)
    headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(place.parts[-1], errors='replace')}"
    start, stop, status = 0, file.size, 200
    if part := _asked_part(file):
        start, stop = part
        status = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    response = Response(file.read(start, stop), status, headers, content_type=kind)
    response.content_length = stop - start
    response.timeout = None  # a large file on a slow line takes as long as it takes
    return response


def _asked_part(file: OpenFile) -> tuple[int, int] | None:
    asked = request.range
    condition = request.if_range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if condition.etag is not None and condition.etag != file.tag:
        return None
    if condition.date is not None and condition.date.timestamp() != int(file.modified):
        return None
    part = asked.range_for_length(file.size)
    if part is None:
        file.close()
        raise RequestedRangeNotSatisfiable(length=file.size)
    return part


def _presentation(place: Place) -> tuple[str, str]:
    kind = mimetypes.guess_type(place.parts[-1])[0] or ""
    if "download" not in request.args:
        if kind in HARMLESS:
            return kind, "inline"
        if kind.startswith("text/") or kind in AS_TEXT:
            return "text/plain; charset=utf-8", "inline"
    return "application/octet-stream", "attachment"
