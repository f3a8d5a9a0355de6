"""System prompts on their way to Claude Code: in files, for anybody may read a command line, and a long one fails."""

import hashlib
from pathlib import Path

import msgspec

from api.claude.command import ProcessOptions
from api.claude.environment import config_folder
from api.claude.home_files import HomeFiles
from api.processes.system_users import SystemUser


async def with_prompt_files(launch: ProcessOptions, account: SystemUser) -> ProcessOptions:
    """The launch with its prompts in files that the account alone may read; each text has one file for good."""
    return msgspec.structs.replace(
        launch,
        system_prompt_file=await _kept(launch.system_prompt, account),
        append_system_prompt_file=await _kept(launch.append_system_prompt, account),
    )


async def _kept(text: str | None, account: SystemUser) -> Path | None:
    if not text:
        return None
    content = text.encode()
    path = config_folder(account.home) / "prompts" / f"{hashlib.sha256(content).hexdigest()}.md"
    files = HomeFiles(account.run_as)
    if not await files.exists(path):
        await files.write(path, content)
    return path
