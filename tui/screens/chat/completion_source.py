"""Finds completions: the app's commands, Claude Code's commands, the files of the workspace."""

from collections.abc import AsyncIterator

from tui.client import Client
from tui.client.responses import Command, FileEntry
from tui.commands.catalog import COMMANDS
from tui.errors import TuiError
from tui.model.completion import Completion, CompletionQuery
from tui.model.fuzzy import best_matches

_HIDDEN = frozenset({".git", "node_modules", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache"})
_MAX_FOLDERS = 60
_MAX_COMPLETIONS = 60


class CompletionSource:
    """Loads Claude Code's commands once, and the files again for each new `@`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._commands: tuple[Command, ...] | None = None
        self._files: list[str] = []

    @property
    def claude_commands(self) -> tuple[Command, ...]:
        """Claude Code's commands; empty until they are loaded."""
        return self._commands or ()

    async def find(self, query: CompletionQuery | None) -> AsyncIterator[list[Completion]]:
        """Yields the best completions: first those already known, then again with the server's."""
        if query is None:
            yield []
            return
        try:
            if query.kind == "command":
                yield self._match_commands(query.text)
                if self._commands is None:
                    self._commands = await self._client.commands()
                yield self._match_commands(query.text)
            else:
                yield await self._match_files(query.text)
        except TuiError:
            return  # the status line shows that the connection is lost

    def _match_commands(self, text: str) -> list[Completion]:
        names = {command.name for command in COMMANDS}
        own = [Completion(f"/{command.name}", f"/{command.name}", command.summary) for command in COMMANDS]
        others = [
            Completion(f"/{command.name}", f"/{command.name}", command.description)
            for command in self.claude_commands
            if command.name not in names
        ]
        return [
            match
            for group in (own, others)
            for match in best_matches(text, group, key=lambda completion: completion.label[1:], limit=_MAX_COMPLETIONS)
        ]

    async def _match_files(self, text: str) -> list[Completion]:
        if not text or not self._files:
            self._files = await self._list_files()
        paths = best_matches(text, self._files, key=str, limit=_MAX_COMPLETIONS)
        return [Completion(f"@{path}", path, is_folder=path.endswith("/")) for path in paths]

    async def _list_files(self) -> list[str]:
        """The files and folders of the workspace, breadth first."""
        paths: list[str] = []
        folders = [""]
        for number, folder in enumerate(folders):
            if number >= _MAX_FOLDERS:
                break
            for entry in (await self._client.folder(folder)).entries:
                if entry.name in _HIDDEN:
                    continue
                path = f"{folder}{entry.name}"
                if _is_folder(entry):
                    path += "/"
                    folders.append(path)
                paths.append(path)
        return paths


def _is_folder(entry: FileEntry) -> bool:
    return entry.type in ("directory", "folder")
