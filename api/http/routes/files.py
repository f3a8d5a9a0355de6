"""`/files`: what is in the user's workspace, to look at, to fetch, to put and to remove."""

from pathlib import Path

from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.errors import IsFolderError, TooLargeError
from api.files import Listing, OpenFile, Place, Upload, in_thread, list_folder, remove
from api.files.workspace import workspace_of
from api.http.file_response import send_file
from api.http.openapi_descriptions import BINARY, TEXT, describes
from api.http.request_parsing import caller
from api.http.responses import json_response
from api.schema import Record
from api.settings import Settings

PREFIX = b"/files"


class Stored(Record, omit_defaults=False):
    """A file that was put."""

    path: str
    """From the workspace on."""
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
        headers={"Range": (TEXT, "`bytes=0-99` for a part of the file.")},
        media={200: {"application/octet-stream": BINARY}, 206: {"application/octet-stream": BINARY}},
        fails=(400, 404, 416),
    )
    async def get_file(path: str) -> Response:
        """Sends a file, or lists a folder."""
        place = await _place(settings)
        try:
            if path and not path.endswith("/"):
                return send_file(await in_thread(OpenFile.open, place), place)
        except IsFolderError:
            pass
        return json_response(await in_thread(list_folder, place))

    @blueprint.put("/files/<anything:path>")
    @tag(["Files"])
    @document_response(Stored)
    @document_response(Stored, 201)
    @describes(body={"application/octet-stream": BINARY}, fails=(400, 404, 409, 413))
    async def put_file(path: str) -> Response:
        """Stores the body as a file: whole, or not at all. Folders on the way are made."""
        if path.endswith("/"):
            raise IsFolderError("The path must name a file")
        if (request.content_length or 0) > limit:
            raise TooLargeError(_too_large(settings))
        place = await _place(settings)
        with Upload(place) as upload:
            async for part in request.body:
                if upload.size + len(part) > limit:
                    raise TooLargeError(_too_large(settings))
                await in_thread(upload.write, part)
            await in_thread(upload.keep)
        return json_response(Stored(path=place.text, size=upload.size), 201 if upload.is_new else 200)

    @blueprint.delete("/files/<anything:path>")
    @tag(["Files"])
    @describes(statuses={204: "It is gone."}, fails=(400, 404, 409))
    async def delete_file(path: str) -> Response:  # noqa: ARG001 - read from the raw path
        """Removes a file, a link or an empty folder."""
        await in_thread(remove, await _place(settings))
        return Response(status=204)

    return blueprint


async def _place(settings: Settings) -> Place:
    root: Path = await in_thread(workspace_of, settings, caller())
    # Quart's own path has lost the bytes that are not UTF-8.
    raw = bytes(request.scope["raw_path"]).partition(b"?")[0]
    return Place.parse(root, raw.removeprefix(PREFIX))


def _too_large(settings: Settings) -> str:
    return f"File too large. Maximum {settings.max_upload_mb} MiB"
