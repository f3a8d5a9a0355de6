"""Starts Claude Code processes: with the right environment, in the right folder, not too many at once."""

import asyncio
import os
from typing import Any

import claude_agent_sdk as sdk

from api.claude.command import ProcessOptions
from api.claude.environment import cli_environment, config_folder
from api.claude.process import ClaudeProcess
from api.claude.prompt_files import with_prompt_files
from api.claude.transcript_files import TranscriptFiles
from api.credentials import Credential
from api.errors import CliFailedError, NotConfiguredError
from api.metrics import Metrics
from api.processes.system_users import SystemUser, SystemUsers
from api.settings import Settings
from api.storage import Storage
from api.versions import bundled_cli

STARTS_AT_ONCE = 2
"""A start is half a second of pure computing; eight at once take six seconds each."""


class ProcessLauncher:
    """Makes connected processes out of launches."""

    def __init__(self, settings: Settings, storage: Storage, metrics: Metrics, store: sdk.SessionStore) -> None:
        self._settings = settings
        self._metrics = metrics
        self._store = store
        self._gate = asyncio.Semaphore(STARTS_AT_ONCE)
        self._storage = storage
        self.server_info: dict[str, Any] | None = None
        """What Claude Code offers, in its own words: models, commands, agents."""
        self.accounts = SystemUsers(settings, storage.people)

    @property
    def allows_bypass(self) -> bool:
        """Whether the mode bypassPermissions may be asked for; Claude Code itself refuses to start with it as root."""
        return self._settings.allow_bypass_permissions and (self._settings.separate_users or os.geteuid() != 0)

    def check_credentials(self) -> None:
        """Makes sure that there is something to start with.

        Raises:
            NotConfiguredError: there are no credentials.
        """
        if self._settings.credential is None:
            raise NotConfiguredError

    async def start(self, launch: ProcessOptions, *, owner: str, reason: str) -> ClaudeProcess:
        """A connected process in that conversation.

        Args:
            owner: whose conversation it is, and so which account runs it.
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
            raise CliFailedError("Claude Code is not installed on the server.")
        async with self._gate:
            account = await self.accounts.of(owner)
            launch = await with_prompt_files(await self._files(account).prepare(launch), account)
            self._metrics.cli_started(reason)
            cli = ClaudeProcess(
                launch,
                program=program,
                environment=cli_environment(credential, account.home, temp=account.temp),
                store=self._store,
                run_as=account.run_as,
            )
            try:
                await cli.start()
                self.server_info = await cli.server_info()
            except BaseException:
                cli.close()
                raise
            return cli

    async def surroundings(self, owner: str) -> tuple[SystemUser, dict[str, str]]:
        """The account of a person's own commands, and their environment: Claude Code's, but for the secrets."""
        account = await self.accounts.of(owner)
        nothing = Credential(kind="none", reason="", environment={})
        return account, cli_environment(nothing, account.home, temp=account.temp)

    async def files(self, owner: str) -> TranscriptFiles:
        """The files that Claude Code keeps of this person's conversations."""
        return self._files(await self.accounts.of(owner))

    def _files(self, account: SystemUser) -> TranscriptFiles:
        return TranscriptFiles(self._storage.transcripts, config_folder(account.home), run_as=account.run_as)
