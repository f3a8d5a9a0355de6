"""Where completions come from: our commands, the CLI's, the files of the workspace."""

from collections.abc import AsyncIterator

from tui.client import Client
from tui.client.responses import Command, FileEntry
from tui.commands.catalog import COMMANDS
from tui.errors import TuiError
from tui.model.completion import Choice, CompletionQuery
from tui.model.fuzzy import best

_HIDDEN = frozenset({".git", "node_modules", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache"})
_MOST_FOLDERS = 60
_MOST = 60
"""CompletionList on offer; nobody walks further."""


class CompletionSource:
    """Asks the api once and remembers; the files are asked again whenever `@` is typed anew."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._commands: tuple[Command, ...] | None = None
        self._files: list[str] = []

    @property
    def known_commands(self) -> tuple[Command, ...]:
        """The CLI's commands, once they were asked for."""
        return self._commands or ()

    async def choices(self, wanted: CompletionQuery | None) -> AsyncIterator[list[Choice]]:
        """The best completions: first what is known at once, then with what the server had to be asked for."""
        if wanted is None:
            yield []
            return
        try:
            if wanted.kind == "command":
                yield self._command_choices(wanted.query)
                await self._ask_commands()
                yield self._command_choices(wanted.query)
            else:
                yield await self._file_choices(wanted.query)
        except TuiError:
            return  # the connection line says why

    def _command_choices(self, query: str) -> list[Choice]:
        ours = [Choice(f"/{command.name}", f"/{command.name}", command.detail) for command in COMMANDS]
        names = {choice.label for choice in ours}
        theirs = [
            Choice(f"/{command.name}", f"/{command.name}", command.description)
            for command in self._commands or ()
            if f"/{command.name}" not in names
        ]
        found = best(query, ours, key=lambda choice: choice.label[1:], limit=_MOST)
        return found + best(query, theirs, key=lambda choice: choice.label[1:], limit=_MOST)

    async def _ask_commands(self) -> None:
        if self._commands is None:
            self._commands = await self._client.commands()

    async def _file_choices(self, query: str) -> list[Choice]:
        if not query or not self._files:
            self._files = await self._walk()
        found = best(query, self._files, key=str, limit=_MOST)
        return [Choice(f"@{path}", path, is_folder=path.endswith("/")) for path in found]

    async def _walk(self) -> list[str]:
        """The files of the workspace, near ones first."""
        found: list[str] = []
        folders = [""]
        for number, folder in enumerate(folders):
            if number >= _MOST_FOLDERS:
                break
            for entry in (await self._client.folder(folder)).entries:
                if entry.name in _HIDDEN:
                    continue
                path = f"{folder}{entry.name}"
                if _is_folder(entry):
                    folders.append(f"{path}/")
                    found.append(f"{path}/")
                else:
                    found.append(path)
        return found


def _is_folder(entry: FileEntry) -> bool:
    return entry.type in ("directory", "folder")
