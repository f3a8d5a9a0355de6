"""What a session runs with: model, permission mode, effort. What lasts, and what one life of a process is given."""

from pathlib import Path
from typing import get_args

import claude_agent_sdk as sdk
import msgspec
import structlog

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.schema.sessions import PermissionMode
from api.sessions.context import SessionContext
from api.sessions.options import QueryOptions, StoredOptions, check_mode
from api.sessions.store import SessionStore
from api.storage.sessions import SessionChanges

MODES: tuple[PermissionMode, ...] = get_args(PermissionMode)

log = structlog.get_logger(__name__)


class SessionSettings:
    """The settings of one session, as they are in force."""

    def __init__(self, memory: SessionStore, host: SessionContext) -> None:
        self._memory = memory
        self._host = host
        self._model: str | None = None
        self._deaf: ClaudeProcess | None = None
        """A process that did not take a setting."""
        self.mode: PermissionMode = memory.row.permission_mode
        """In force until the process ends."""

    @property
    def model(self) -> str | None:
        """The one that answers, as far as it is known."""
        return self._model or self._memory.row.model or self._host.settings.claude_model

    async def change(
        self,
        cli: ClaudeProcess | None,
        *,
        model: str | None = None,
        permission_mode: PermissionMode | None = None,
        effort: str | None = None,
    ) -> SessionChanges:
        """Puts what is given in force; the columns that change with it.

        Raises:
            BypassForbiddenError: that permission mode is not allowed here.
        """
        check_mode(permission_mode, allows_bypass=self._host.starter.allows_bypass)
        changes: SessionChanges = {}
        if model is not None:
            changes["model"] = self._model = model
        if effort is not None and effort != self._memory.row.effort:
            changes["effort"] = effort
        if permission_mode is not None:
            self.mode = permission_mode
            changes["permission_mode"] = _lasting(permission_mode)
        if cli:
            try:
                if model is not None:
                    await cli.set_model(model)
                if permission_mode is not None:
                    await cli.set_permission_mode(permission_mode)
            except Exception as error:  # the SDK raises plain ones; the next process gets it right
                log.warning("setting_not_taken", session=self._memory.row.id, error=str(error))
                self._deaf = cli
        return changes

    def suit(self, cli: ClaudeProcess) -> bool:
        """Whether the process runs with what is in force; effort is an argument of its command line."""
        return cli is not self._deaf and cli.launch.effort == self._memory.row.effort

    async def keep(self, options: QueryOptions) -> bool:
        """Keeps what a query brings; whether a process that runs already is too old for it."""
        given = msgspec.structs.asdict(options)
        changed = {name: given[name] for name in StoredOptions.__struct_fields__ if given.get(name)}
        kept = msgspec.structs.replace(self._memory.kept, **changed)
        if kept == self._memory.kept and not options.effort:
            return False
        await self._memory.keep(kept)
        return True

    def told(self, message: sdk.SystemMessage) -> SessionChanges:
        """Takes note of what Claude Code says it runs with; the columns that change with it."""
        data = message.data
        if message.subtype == "init" and isinstance(model := data.get("model"), str):
            self._model = model
        mode = next((mode for mode in MODES if mode == data.get("permissionMode")), self.mode)
        if message.subtype not in ("init", "status") or mode == self.mode:
            return {}
        self.mode = mode
        return {"permission_mode": _lasting(mode)}

    def forget_process(self) -> None:
        """The process has gone: what was allowed for one life of it is over."""
        self.mode = self._memory.row.permission_mode

    def launch(self, *, resume: bool, trusts_folder: bool) -> ProcessOptions:
        """How a process for this conversation is started."""
        row, kept = self._memory.row, self._memory.kept
        return ProcessOptions(
            session_id=row.transcript_id,
            cwd=Path(row.cwd),
            resume=resume,
            model=row.model or self._host.settings.claude_model,
            permission_mode=self.mode,
            effort=row.effort,
            system_prompt=kept.system_prompt,
            append_system_prompt=kept.append_system_prompt,
            max_turns=kept.max_turns,
            max_budget_usd=kept.max_budget_usd,
            allowed_tools=(*kept.allowed_tools, *kept.rules),
            disallowed_tools=kept.disallowed_tools,
            folders=kept.folders,
            output_schema=msgspec.json.encode(kept.output_schema) if kept.output_schema else None,
            trusts_folder=trusts_folder,
            allows_bypass=self._host.starter.allows_bypass,
        )


def _lasting(mode: PermissionMode) -> PermissionMode:
    return "default" if mode == "bypassPermissions" else mode
