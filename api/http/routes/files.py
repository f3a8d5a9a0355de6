"""`/files`: lists, sends, stores and removes the files of the user's workspace."""

from pathlib import Path

from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.errors import IsFolderError, TooLargeError
from api.files import Listing, OpenFile, Upload, WorkspacePath, in_thread, list_folder, remove
from api.files.workspace import workspace_of
from api.http.file_response import send_file
from api.http.openapi_descriptions import BINARY, TEXT, describes
from api.http.request_parsing import caller
from api.http.responses import json_response
from api.schema import Record
from api.settings import Settings

PREFIX = b"/files"


class Stored(Record, omit_defaults=False):
    """A file that was stored."""

    path: str
    """Relative to the workspace."""
    size: int
    """Bytes."""


def files_routes(settings: Settings) -> Blueprint:
    """`GET`, `PUT` and `DELETE /files/{path}`."""
    blueprint = Blueprint("files", __name__)
    limit = settings.max_upload_mb * 1024 * 1024

    @blueprint.get("/files/", defaults={"path": ""}, strict_slashes=False)
    @blueprint.get("/files/<anything:path>")
    @tag(["Files"])
    @document_response(Listing)
    @describes(
        headers={"Range": (TEXT, "Such as `bytes=0-99`, for a part of the file.")},
        media={200: {"application/octet-stream": BINARY}, 206: {"application/octet-stream": BINARY}},
        fails=(400, 404, 416),
    )
    async def get_file(path: str) -> Response:
        """Sends a file, or lists a folder."""
        found = await _requested_path(settings)
        try:
            if path and not path.endswith("/"):
                return send_file(await in_thread(OpenFile.open, found), found)
        except IsFolderError:
            pass
        return json_response(await in_thread(list_folder, found))

    @blueprint.put("/files/<anything:path>")
    @tag(["Files"])
    @document_response(Stored)
    @document_response(Stored, 201)
    @describes(body={"application/octet-stream": BINARY}, fails=(400, 404, 409, 413))
    async def put_file(path: str) -> Response:
        """Stores the body as a file, completely or not at all. Missing folders are made."""
        if path.endswith("/"):
            raise IsFolderError("The path must name a file")
        if (request.content_length or 0) > limit:
            raise _too_large(settings)
        target = await _requested_path(settings)
        with Upload(target) as upload:
            async for part in request.body:
                if upload.size + len(part) > limit:
                    raise _too_large(settings)
                await in_thread(upload.write, part)
            await in_thread(upload.commit)
        return json_response(Stored(path=target.text, size=upload.size), 201 if upload.is_new else 200)

    @blueprint.delete("/files/<anything:path>")
    @tag(["Files"])
    @describes(statuses={204: "It is removed."}, fails=(400, 404, 409))
    async def delete_file(path: str) -> Response:  # noqa: ARG001 - read from the raw path
        """Removes a file, a link or an empty folder."""
        await in_thread(remove, await _requested_path(settings))
        return Response(status=204)

    return blueprint


async def _requested_path(settings: Settings) -> WorkspacePath:
    root: Path = await in_thread(workspace_of, settings, caller())
    # The path that Quart parsed has lost the bytes that are not UTF-8.
    raw = bytes(request.scope["raw_path"]).partition(b"?")[0]
    return WorkspacePath.parse(root, raw.removeprefix(PREFIX))


def _too_large(settings: Settings) -> TooLargeError:
    return TooLargeError(f"File too large. Maximum {settings.max_upload_mb} MiB")
