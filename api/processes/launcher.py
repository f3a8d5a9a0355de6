"""Starts Claude Code processes: with the right environment and system user, and not too many at once."""

import asyncio
import os
from typing import Any

from api.claude.command import ProcessOptions
from api.claude.environment import cli_environment, config_folder
from api.claude.process import ClaudeProcess
from api.claude.prompt_files import with_prompt_files
from api.claude.transcript_files import TranscriptFiles
from api.claude.transcript_writer import TranscriptWriter
from api.credentials import Credential
from api.errors import CliFailedError, NotConfiguredError
from api.metrics import Metrics
from api.processes.system_users import SystemUser, SystemUsers
from api.settings import Settings
from api.storage import Storage
from api.versions import bundled_cli
from runtime.background_tasks import BackgroundTasks

STARTS_AT_ONCE = 2
"""A start keeps a core busy for half a second. Eight starts at once take six seconds each."""


class ProcessLauncher:
    """Starts and connects processes."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        metrics: Metrics,
        transcripts: TranscriptWriter,
        tasks: BackgroundTasks,
    ) -> None:
        """
        Args:
            transcripts: stores what the processes write to their transcripts.
        """
        self._settings = settings
        self._metrics = metrics
        self._transcripts = transcripts
        self._tasks = tasks
        self._starting = asyncio.Semaphore(STARTS_AT_ONCE)
        self._storage = storage
        self.server_info: dict[str, Any] | None = None
        """What Claude Code offers, in its own form: models, commands, agents. None until a process has started."""
        self.system_users = SystemUsers(settings, storage.system_users)

    @property
    def allows_bypass(self) -> bool:
        """Whether the mode bypassPermissions is allowed. Claude Code does not start with it as root."""
        return self._settings.allow_bypass_permissions and (self._settings.separate_users or os.geteuid() != 0)

    def check_credentials(self) -> None:
        """Checks that there are credentials.

        Raises:
            NotConfiguredError: there are none.
        """
        if self._settings.credential is None:
            raise NotConfiguredError

    async def start(self, options: ProcessOptions, *, owner: str, reason: str) -> ClaudeProcess:
        """Starts and connects a process.

        Args:
            owner: the owner of the conversation, which decides the system user.
            reason: for the metrics: `session`, `resume`, `worker` or `query`.

        Raises:
            CliFailedError: it did not start.
            NotConfiguredError: there are no credentials.
        """
        credential = self._settings.credential
        program = self._settings.claude_cli or bundled_cli()
        if credential is None:
            raise NotConfiguredError
        if program is None:
            raise CliFailedError("Claude Code is not installed on the server")
        async with self._starting:
            user = await self.system_users.of(owner)
            options = await self._files(user).prepare(options)
            options = await with_prompt_files(options, user.home, run_as=user.run_as)
            self._metrics.cli_started(reason)
            process = ClaudeProcess(
                options,
                program=program,
                environment=cli_environment(credential, user.home, temp=user.temp),
                transcripts=self._transcripts,
                tasks=self._tasks,
                run_as=user.run_as,
            )
            try:
                await process.start()
                self.server_info = await process.server_info()
            except BaseException:
                process.close()
                raise
            return process

    async def shell_environment(self, owner: str) -> tuple[SystemUser, dict[str, str]]:
        """The system user of a person's shell commands, and Claude Code's environment without its secrets."""
        user = await self.system_users.of(owner)
        nothing = Credential(kind="none", reason="", environment={})
        return user, cli_environment(nothing, user.home, temp=user.temp)

    async def transcript_files(self, owner: str) -> TranscriptFiles:
        """The files in which Claude Code keeps this person's conversations."""
        return self._files(await self.system_users.of(owner))

    def _files(self, user: SystemUser) -> TranscriptFiles:
        return TranscriptFiles(self._storage.transcripts, config_folder(user.home), run_as=user.run_as)
