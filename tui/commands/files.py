"""The commands for files: export, download, upload."""

import asyncio
from pathlib import Path

from tui.commands.context import CommandContext
from tui.errors import TuiError
from tui.text.sanitize import one_line
from tui.widgets.choices import Option

_FORMATS = {"md": "Markdown", "json": "JSON, complete", "html": "a web page"}


def export(context: CommandContext, form: str) -> None:
    """`/export`."""
    if context.session.is_new:
        context.add_notice("There is nothing to export yet.")
    else:
        context.start(_export(context, form), group="files")


async def _export(context: CommandContext, form: str) -> None:
    if form not in _FORMATS:
        options = [Option(id=name, label=name, detail=detail) for name, detail in _FORMATS.items()]
        form = await context.pick("Export as", options) or ""
    if not form:
        return
    session = context.session
    try:
        data = await context.client.export(session.session_id, form)
    except TuiError as error:
        context.add_notice(str(error), "error")
        return
    name = "".join(letter if letter.isalnum() else "-" for letter in session.conversation.title.lower())
    await _save(context, data, f"{name[:40].strip('-') or 'session'}.{form}")


def download(context: CommandContext, path: str) -> None:
    """`/download PATH`."""
    if path:
        context.start(_download(context, path.removeprefix("@")), group="files")
    else:
        context.add_notice("Name the file: /download PATH", "warning")


async def _download(context: CommandContext, path: str) -> None:
    try:
        data = await context.client.download(path)
    except TuiError as error:
        context.add_notice(str(error), "error")
        return
    await _save(context, data, Path(path).name)


async def _save(context: CommandContext, data: bytes, name: str) -> None:
    """Offers the file to the browser; in a terminal, writes a new file to the current folder."""
    if context.bridge.download(data, name):
        context.add_notice(f"Downloading {one_line(name)}")
        return
    path = _unused(Path.cwd() / name)
    try:
        await asyncio.to_thread(path.write_bytes, data)
    except OSError as error:
        context.add_notice(f"Could not write {path}: {error.strerror}.", "error")
        return
    context.add_notice(f"Written to {path}.")


def _unused(path: Path) -> Path:
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.stem.removesuffix(f'-{number - 1}')}-{number}{path.suffix}")
    return path


def upload(context: CommandContext, path: str) -> None:
    """`/upload`: opens the browser's file picker; in a terminal, takes a path on this machine."""
    if path:
        context.start(_upload(context, Path(path).expanduser()), group="files")
    elif not context.bridge.pick_files():
        context.add_notice("Name a file on this machine: /upload PATH. To mention a workspace file, type @.", "warning")


async def _upload(context: CommandContext, path: Path) -> None:
    try:
        data = await asyncio.to_thread(path.read_bytes)
        await context.client.upload(path.name, data)
    except OSError as error:
        context.add_notice(f"Could not read {path}: {error.strerror}.", "error")
    except TuiError as error:
        context.add_notice(str(error), "error")
    else:
        context.attach([path.name])
