"""Composes a user's message from a prompt and its attachments."""

import asyncio
import base64
import binascii
import mimetypes
from pathlib import Path
from typing import Any

from api.errors import InvalidAttachmentError
from api.files.workspace import path_inside
from api.schema import Attachment

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The image types that Claude accepts."""
MAX_IMAGE_BYTES = 5 << 20
"""The limit of Claude's API, in bytes."""
MAX_ATTACHMENTS = 20


def check_attachments(attachments: tuple[Attachment, ...], workspace: Path) -> None:
    """Checks that the attachments can be sent.

    Raises:
        InvalidAttachmentError: one cannot; the message names it.
    """
    if len(attachments) > MAX_ATTACHMENTS:
        raise InvalidAttachmentError(f"attachments: at most {MAX_ATTACHMENTS}")
    for number, attachment in enumerate(attachments):
        _check(attachment, f"attachments[{number}]", workspace)


async def compose(prompt: str, attachments: tuple[Attachment, ...], workspace: Path) -> str | list[dict[str, Any]]:
    """The content to send: the text alone, or blocks with the attachments before the text."""
    if not attachments:
        return prompt
    blocks = [await asyncio.to_thread(_block, attachment, workspace) for attachment in attachments]
    return [*blocks, {"type": "text", "text": prompt}]


def _check(attachment: Attachment, where: str, workspace: Path) -> None:
    if (attachment.path is None) == (attachment.data is None):
        raise InvalidAttachmentError(f"{where}: either path or data")
    if attachment.path is not None:
        if not path_inside(workspace, attachment.path).is_file():
            raise InvalidAttachmentError(f"{where}.path: no such file in the workspace")
        return
    try:
        raw = base64.b64decode(attachment.data or "", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidAttachmentError(f"{where}.data: not base64") from None
    if len(raw) > MAX_IMAGE_BYTES:
        raise InvalidAttachmentError(f"{where}.data: more than {MAX_IMAGE_BYTES >> 20} MiB")
    if attachment.media_type not in IMAGES and _text(raw) is None:
        raise InvalidAttachmentError(f"{where}: neither UTF-8 text nor one of {', '.join(IMAGES)}")


def _block(attachment: Attachment, workspace: Path) -> dict[str, Any]:
    if attachment.path is not None:
        return _file(path_inside(workspace, attachment.path))
    data = attachment.data or ""
    if attachment.media_type in IMAGES:
        return _image(attachment.media_type, data)
    name = attachment.name or "attachment"
    return {"type": "text", "text": f'<file name="{name}">\n{_text(base64.b64decode(data)) or ""}\n</file>'}


def _file(path: Path) -> dict[str, Any]:
    media_type, _ = mimetypes.guess_type(path.name)
    if media_type in IMAGES and path.is_file() and path.stat().st_size <= MAX_IMAGE_BYTES:
        return _image(media_type, base64.b64encode(path.read_bytes()).decode())
    return {"type": "text", "text": f"The file {path} is attached: read it."}


def _image(media_type: str, data: str) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
