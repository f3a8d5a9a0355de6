"""Puts system prompts into files: any user can read a command line, and a long one is refused."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from api.claude.command import ProcessOptions
from api.claude.environment import config_folder
from api.claude.home_files import HomeFiles


async def with_prompt_files(options: ProcessOptions, home: Path, *, run_as: Sequence[str] = ()) -> ProcessOptions:
    """The options with their prompts in files that only the owner of the home can read.

    The name of a file is the hash of its text, so that the same prompt is written once.
    """
    files, folder = HomeFiles(run_as), config_folder(home) / "prompts"
    return msgspec.structs.replace(
        options,
        system_prompt_file=await _stored(options.system_prompt, files, folder),
        append_system_prompt_file=await _stored(options.append_system_prompt, files, folder),
    )


async def _stored(text: str | None, files: HomeFiles, folder: Path) -> Path | None:
    if not text:
        return None
    content = text.encode()
    path = folder / f"{hashlib.sha256(content).hexdigest()}.md"
    if not await files.exists(path):
        await files.write(path, content)
    return path
