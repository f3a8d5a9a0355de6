"""The settings of a session: model, permission mode and effort. Some are stored, some last for one process only."""

from pathlib import Path

import msgspec
import structlog

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.claude.update import Update
from api.schema.sessions import PermissionMode
from api.sessions.options import QueryOptions, check_mode
from api.storage.session_store import SessionStore, StoredOptions
from api.storage.sessions import SessionChanges

log = structlog.get_logger(__name__)


class SessionSettings:
    """The settings of one session that are in force."""

    def __init__(self, store: SessionStore, *, default_model: str | None, allows_bypass: bool) -> None:
        self._store = store
        self._default_model = default_model
        self._allows_bypass = allows_bypass
        self._model: str | None = None
        self._outdated: ClaudeProcess | None = None
        """A process that did not accept a setting."""
        self.mode: PermissionMode = store.row.permission_mode
        """The permission mode in force until the process ends."""

    @property
    def model(self) -> str | None:
        """The model that answers; None if it is not known yet."""
        return self._model or self._store.row.model or self._default_model

    async def change(
        self,
        process: ClaudeProcess | None,
        *,
        model: str | None = None,
        permission_mode: PermissionMode | None = None,
        effort: str | None = None,
    ) -> SessionChanges:
        """Applies settings, and returns the changed columns.

        Raises:
            BypassForbiddenError: the permission mode is not allowed here.
        """
        check_mode(permission_mode, allows_bypass=self._allows_bypass)
        changes: SessionChanges = {}
        if model is not None:
            changes["model"] = self._model = model
        if effort is not None and effort != self._store.row.effort:
            changes["effort"] = effort
        if permission_mode is not None:
            self.mode = permission_mode
            changes["permission_mode"] = _stored(permission_mode)
        if process:
            try:
                if model is not None:
                    await process.set_model(model)
                if permission_mode is not None:
                    await process.set_permission_mode(permission_mode)
            except Exception as error:  # the SDK also raises bare exceptions; the next process starts with the setting
                log.warning("setting_not_accepted", session=self._store.row.id, error=str(error))
                self._outdated = process
        return changes

    def suits(self, process: ClaudeProcess) -> bool:
        """Whether the process runs with the settings in force. The effort can only be set when it starts."""
        return process is not self._outdated and process.options.effort == self._store.row.effort

    async def store_options(self, options: QueryOptions) -> bool:
        """Stores the options of a query. Returns whether a running process lacks them."""
        given = msgspec.structs.asdict(options)
        changes = {name: given[name] for name in StoredOptions.__struct_fields__ if given.get(name)}
        if msgspec.structs.replace(self._store.options, **changes) == self._store.options and not options.effort:
            return False
        await self._store.write_options(**changes)
        return True

    def adopt(self, update: Update) -> SessionChanges:
        """Adopts the model and mode that Claude Code reports, and returns the changed columns."""
        if update.model is not None:
            self._model = update.model
        mode = update.permission_mode
        if mode is None or mode == self.mode:
            return {}
        self.mode = mode
        return {"permission_mode": _stored(mode)}

    def reset_mode(self) -> None:
        """Returns to the stored permission mode: the process that had another one has ended."""
        self.mode = self._store.row.permission_mode

    def process_options(self, *, resume: bool, trusts_folder: bool) -> ProcessOptions:
        """The options to start a process with."""
        row, options = self._store.row, self._store.options
        return ProcessOptions(
            session_id=row.transcript_id,
            cwd=Path(row.cwd),
            resume=resume,
            model=row.model or self._default_model,
            permission_mode=self.mode,
            effort=row.effort,
            system_prompt=options.system_prompt,
            append_system_prompt=options.append_system_prompt,
            max_turns=options.max_turns,
            max_budget_usd=options.max_budget_usd,
            allowed_tools=(*options.allowed_tools, *options.rules),
            disallowed_tools=options.disallowed_tools,
            folders=options.folders,
            output_schema=msgspec.json.encode(options.output_schema) if options.output_schema else None,
            trusts_folder=trusts_folder,
            allows_bypass=self._allows_bypass,
        )


def _stored(mode: PermissionMode) -> PermissionMode:
    return "default" if mode == "bypassPermissions" else mode
