"""Commands that reach out of the conversation: files, downloads, the door."""

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING

from api.schema import Attachment
from tui.errors import TuiError
from tui.screens.pick import PickScreen
from tui.text.sanitize import one_line
from tui.widgets.choices import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

_FORMS = {"md": "Markdown", "json": "JSON, everything", "html": "a web page"}


def export(screen: "ChatScreen", form: str) -> None:
    """`/export`: a download in the browser, a file in a terminal."""
    if screen.session.is_new:
        screen.say("There is nothing to export yet.")
    elif form in _FORMS:
        screen.run_worker(_export(screen, form), group="files")
    else:
        options = [Option(id=name, label=name, detail=detail) for name, detail in _FORMS.items()]
        screen.app.push_screen(
            PickScreen("Export as", options), lambda picked: export(screen, picked) if picked else None
        )


async def _export(screen: "ChatScreen", form: str) -> None:
    try:
        data = await screen.client.export(screen.session.session_id, form)
    except TuiError as error:
        screen.say(str(error), "error")
        return
    name = "".join(letter if letter.isalnum() else "-" for letter in screen.session.conversation.title.lower())
    await _deliver(screen, data, f"{name[:40].strip('-') or 'session'}.{form}")


def download(screen: "ChatScreen", path: str) -> None:
    """`/download PATH`."""
    if path:
        screen.run_worker(_download(screen, path.removeprefix("@")), group="files")
    else:
        screen.say("Name the file: /download PATH", "warning")


async def _download(screen: "ChatScreen", path: str) -> None:
    try:
        data = await screen.client.download(path)
    except TuiError as error:
        screen.say(str(error), "error")
        return
    await _deliver(screen, data, Path(path).name)


async def _deliver(screen: "ChatScreen", data: bytes, name: str) -> None:
    """Hands the file to the browser, or writes it where the terminal was started, never over another."""
    if screen.app.is_web:
        screen.app.deliver_binary(io.BytesIO(data), save_filename=name, open_method="download")
        screen.say(f"{one_line(name)} is downloading.")
        return
    path = _free(Path.cwd() / name)
    try:
        await asyncio.to_thread(path.write_bytes, data)
    except OSError as error:
        screen.say(f"Could not write {path}: {error.strerror}.", "error")
        return
    screen.say(f"Written to {path}.")


def _free(path: Path) -> Path:
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.stem.removesuffix(f'-{number - 1}')}-{number}{path.suffix}")
    return path


def upload(screen: "ChatScreen", path: str) -> None:
    """`/upload`: the page's file picker; in a terminal a path of this machine."""
    if path:
        screen.run_worker(_upload(screen, Path(path).expanduser()), group="files")
    elif not screen.bridge.pick_files():
        screen.say("Name a file of this machine: /upload PATH. Files of the workspace go by @.", "warning")


async def _upload(screen: "ChatScreen", path: Path) -> None:
    try:
        data = await asyncio.to_thread(path.read_bytes)
        await screen.client.upload(path.name, data)
    except OSError as error:
        screen.say(f"Could not read {path}: {error.strerror}.", "error")
    except TuiError as error:
        screen.say(str(error), "error")
    else:
        attach(screen, [path.name])


def attach(screen: "ChatScreen", paths: list[str]) -> None:
    """Puts files of the workspace into the prompt."""
    known = {attachment.path for attachment in screen.attachments}
    screen.attachments += [Attachment(path=path, name=Path(path).name) for path in paths if path not in known]
    screen.outlook.attachments()


def log_out(screen: "ChatScreen", _: str) -> None:
    """`/logout`."""
    if not screen.bridge.sign_out():
        screen.say("This terminal has no login to end. /exit leaves.")


def leave(screen: "ChatScreen", _: str) -> None:
    """`/exit`."""
    screen.app.exit()
