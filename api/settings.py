"""Every setting of the API, read once from the environment.

Settings that other programs read too are declared, with their ranges, in `runtime/shared_variables.py`. The environment
of Claude Code is built in `api/claude/environment.py`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from api.credentials import Credential, CredentialVariables, choose_credential
from api.schema.sessions import PermissionMode
from runtime import shared_variables as shared
from runtime.settings import (
    InvalidValueError,
    SettingsError,
    Variable,
    choice,
    folder,
    number,
    optional_file,
    optional_text,
    read_environment,
    setting,
    switch,
    whole_number,
)
from runtime.shared_variables import MAX_PORT, LogFormat, LogLevel


def _replica_url(url: str) -> str:
    found = re.fullmatch(r"http://[^/?#@\s]+:([1-9][0-9]{0,4})", url)
    if not found or int(found[1]) > MAX_PORT:
        raise InvalidValueError("must look like http://10.0.0.5:8081, without a path: correct it, or unset it")
    return url


@dataclass(frozen=True, kw_only=True)
class Settings(CredentialVariables):
    """The settings of the API; a field is the variable of that name in upper case."""

    data_dir: Path = setting(shared.DATA_DIR)
    """The folder of everything that must survive a restart."""
    run_dir: Path = setting(shared.RUN_DIR)
    """The folder of the sockets."""
    workspace_dir: Path = setting(shared.WORKSPACE_DIR)
    """The folder in which Claude works."""
    workspace: Literal["shared", "per-user"] = setting(choice("shared", ("shared", "per-user")))
    """Whether all users share one workspace, or each has a folder."""
    database_url: str | None = setting(shared.DATABASE_URL)
    """The PostgreSQL database; SQLite in `data_dir` if None."""
    replica_url: str | None = setting(Variable(default=None, parse=_replica_url, expected="a URL"))
    """Where the other replicas reach this one, such as `http://10.0.0.5:8081`. If None, they answer 409 for sessions
    that run here."""
    lease_seconds: float = setting(number(15, least=1, most=300))
    """How long a replica may be silent before others take over its sessions."""

    claude_model: str | None = setting(optional_text())
    """The model of a session that names none; Claude Code's own default if None."""
    claude_cli: Path | None = setting(optional_file())
    """The program to start as Claude Code; the one that comes with the SDK if None."""
    claude_home: Path = setting(folder("claude", below=shared.DATA_DIR))
    """The folder of the home directories of the Claude Code processes."""
    separate_users: bool = setting(switch())
    """Whether Claude Code runs as other system users than this server; start.sh sets it in the container."""

    max_sessions: int = setting(whole_number(10, least=1, most=1000))
    """How many Claude Code processes may run at once."""
    queue_limit: int = setting(whole_number(100, least=0, most=100_000))
    """How many callers may wait for a process; the next one gets 503."""
    warm_workers: int = setting(whole_number(1, least=0, most=32))
    """How many Claude Code processes are kept ready for `POST /query`."""
    idle_timeout: float = setting(number(900, least=1, most=604_800))
    """Seconds after which the process of an idle session ends; its next prompt resumes it."""
    drain_seconds: int = setting(whole_number(1, least=0, most=86_400))
    """How long running turns may continue after a signal to stop; then they are interrupted."""
    max_budget_usd: float = setting(number(0, least=0, most=1_000_000))
    """What the turns of a user may cost in a day (UTC); 0: no limit."""
    max_turns_per_minute: int = setting(whole_number(0, least=0, most=100_000))
    """How many turns a user may begin within a minute; 0: no limit."""
    request_timeout: float = setting(number(0, least=0, most=2_592_000))
    """Seconds after which an open request is denied; 0: no limit."""
    query_permission_mode: PermissionMode = setting(choice("dontAsk", get_args(PermissionMode)))
    """The permission mode of a `POST /query` that names none."""
    allow_bypass_permissions: bool = setting(switch())
    """Whether callers may choose the mode bypassPermissions."""
    trust_workspace: bool = setting(switch())
    """Whether hooks and MCP servers of a workspace's own settings run without acceptance by a user."""

    demo: bool = setting(shared.DEMO)
    """Answer from the demo model, never from Claude."""
    demo_port: int = setting(shared.demo_port(least=1))
    """The port of the demo model on 127.0.0.1."""

    max_upload_mb: int = setting(shared.MAX_UPLOAD_MB)
    """The largest file that `PUT /files` accepts, in MiB."""
    otel_exporter_otlp_endpoint: str | None = setting(shared.OTEL_EXPORTER_OTLP_ENDPOINT)
    """Where traces go, such as `http://collector:4318`; there are none if None."""
    log_format: LogFormat = setting(shared.LOG_FORMAT)
    """Log lines for a person or for a program."""
    log_level: LogLevel = setting(shared.LOG_LEVEL)
    """The least important log line that is written."""

    def __post_init__(self) -> None:
        """Checks the settings that depend on each other.

        Raises:
            SettingsError: two of them do not fit together.
        """
        if self.query_permission_mode == "bypassPermissions" and not self.allow_bypass_permissions:
            raise SettingsError(
                "QUERY_PERMISSION_MODE=bypassPermissions requires ALLOW_BYPASS_PERMISSIONS=1: "
                "set it, or choose dontAsk."
            )
        if self.replica_url and self.database_url is None:
            raise SettingsError(
                "REPLICA_URL requires DATABASE_URL, which replicas share: set it, or unset REPLICA_URL."
            )
        if self.data_dir.is_relative_to(self.workspace_dir):
            raise SettingsError(
                "DATA_DIR must not be inside WORKSPACE_DIR, where Claude and `GET /files` reach it: set one elsewhere."
            )
        _ = self.credential

    @cached_property
    def credential(self) -> Credential | None:
        """The credential for Claude that is used; None when there is none."""
        return choose_credential(self, demo_port=self.demo_port if self.demo else None)

    def make_folders(self) -> None:
        """Makes the folders that are missing.

        Raises:
            SettingsError: one cannot be made.
        """
        for name in ("data_dir", "run_dir", "workspace_dir"):
            path: Path = getattr(self, name)
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise SettingsError(f"{name.upper()}: cannot create {path}: {error.strerror}.") from None

    @property
    def socket(self) -> Path:
        """The unix socket of this process."""
        return self.run_dir / "api.sock"

    @property
    def sqlite_file(self) -> Path:
        """Where SQLite keeps the data when there is no DATABASE_URL."""
        return self.data_dir / "agent" / "sessions.db"

    @property
    def has_database(self) -> bool:
        """Whether there is a database already."""
        return self.database_url is not None or self.sqlite_file.exists()

    @property
    def storage_url(self) -> str:
        """The database URL for SQLAlchemy's async engine."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.sqlite_file}"
        return "postgresql+asyncpg://" + self.database_url.partition("://")[2]


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; start.sh has loaded `.env` into the environment.

    Raises:
        SettingsError: with one sentence for each value that cannot be used.
    """
    return read_environment(Settings, environment)
