"""Every setting of the api, read once from the environment; `api/claude/environment.py` says what Claude Code gets."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from api.credentials import Credential, CredentialVariables, choose_credential
from api.refusals import SettingsError, sentences
from api.schema.sessions import PermissionMode
from runtime.database_url import UnusableUrlError, driver_arguments
from runtime.settings import unquoted

ROOT = Path(__file__).parents[1]
HIGHEST_PORT = 65_535


class _Environment(EnvSettingsSource):
    """The environment, with one matching pair of quotes taken off each value, as `--env-file` leaves them on."""

    def _load_env_vars(self) -> dict[str, str | None]:
        values = {name: unquoted(value or "") for name, value in super()._load_env_vars().items()}
        return {name: value for name, value in values.items() if value}


class Settings(BaseSettings, CredentialVariables):
    """What the environment says; a field is the variable of that name in upper case."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    data_dir: Path = ROOT / ".data"
    """Where everything that must survive is kept."""
    run_dir: Path = ROOT / ".data" / "run"
    """Where the sockets are."""
    workspace_dir: Path = ROOT / "workspace"
    """Where Claude works."""
    workspace: Literal["shared", "per-user"] = "shared"
    """One workspace for all, or a folder for each user."""
    database_url: SecretStr | None = None
    """`postgresql://user:password@host/name`; SQLite in DATA_DIR when unset."""
    replica_url: str | None = None
    """Where the other replicas reach this one, such as `http://10.0.0.5:8081`; unset, others answer 409."""
    lease_seconds: Annotated[float, Field(ge=1, le=300)] = 15
    """How long a replica may be silent until others go on with its sessions."""

    claude_model: str | None = None
    """The model of a session that names none; Claude Code's own default when unset."""
    claude_cli: Path | None = None
    """The program to start as Claude Code; the one that comes with the SDK when unset."""
    claude_home: Path | None = None
    """Where the homes of the Claude Code processes are; DATA_DIR/claude when unset."""
    separate_users: bool = False
    """Whether Claude Code runs as users of its own; start.sh sets it in the container."""

    max_sessions: Annotated[int, Field(ge=1, le=1000)] = 10
    """How many Claude Code processes may run at once."""
    queue_limit: Annotated[int, Field(ge=0, le=100_000)] = 100
    """How many callers may wait for one of them; the next gets 503."""
    warm_workers: Annotated[int, Field(ge=0, le=32)] = 1
    """How many Claude Code processes wait, connected, for a `POST /query`."""
    idle_timeout: Annotated[float, Field(ge=1, le=604_800)] = 900
    """Seconds until an idle session's process ends; its next prompt resumes it."""
    drain_seconds: Annotated[int, Field(ge=0, le=86_400)] = 1
    """How long turns may go on when the server is told to stop; then they are interrupted."""
    max_budget_usd: Annotated[float, Field(ge=0, le=1_000_000)] = 0
    """What a user's turns may cost in a day (UTC); 0: any amount."""
    max_turns_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 0
    """How many turns a user may begin within a minute; 0: any number."""
    request_timeout: Annotated[float, Field(ge=0, le=2_592_000)] = 0
    """Seconds until an open request is denied; 0 leaves it open until someone answers."""
    query_permission_mode: PermissionMode = "dontAsk"
    """The permission mode of a `POST /query` that names none."""
    allow_bypass_permissions: bool = False
    """Whether a caller may ask for the mode bypassPermissions."""
    trust_workspace: bool = False
    """Whether hooks and MCP servers of a workspace's own settings run without a question."""

    demo: bool = False
    """Answer from the demo model, never from Claude."""
    demo_port: Annotated[int, Field(ge=1, le=HIGHEST_PORT)] = 8089
    """Where the demo model listens on 127.0.0.1."""

    max_upload_mb: Annotated[int, Field(ge=1, le=100_000)] = 100
    """The largest file that `PUT /files` takes, in MiB."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where traces go, such as `http://collector:4318`; unset, there are none."""
    log_format: Literal["console", "json"] = "console"
    """Log lines for a person or for a program."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important line that is logged."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names and passes all of them
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Takes arguments first, then the environment; `.env` was loaded by start.sh before anything ran."""
        return init_settings, _Environment(settings_cls)

    @classmethod
    def read(cls) -> "Settings":
        """The settings of this process.

        Raises:
            SettingsError: with one sentence for each value that cannot be used.
        """
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(sentences(error, cls)) from None

    @field_validator("data_dir", "run_dir", "workspace_dir", "claude_cli", "claude_home")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value:
                driver_arguments(value.get_secret_value(), command_seconds=0)
        except UnusableUrlError as error:
            raise ValueError(f"DATABASE_URL {error}.") from None
        return value

    @field_validator("replica_url")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        found = re.fullmatch(r"http://[^/?#@\s]+:([1-9][0-9]{0,4})", value or "")
        if value and not (found and int(found[1]) <= HIGHEST_PORT):
            raise ValueError(
                "REPLICA_URL must look like http://10.0.0.5:8081, without a path: correct it, or unset it."
            )
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.query_permission_mode == "bypassPermissions" and not self.allow_bypass_permissions:
            raise ValueError(
                "QUERY_PERMISSION_MODE=bypassPermissions also takes ALLOW_BYPASS_PERMISSIONS=1: "
                "set it, or choose dontAsk."
            )
        if self.replica_url and self.database_url is None:
            raise ValueError("REPLICA_URL also takes DATABASE_URL, which replicas share: set it, or unset REPLICA_URL.")
        if self.data_dir.is_relative_to(self.workspace_dir):
            raise ValueError(
                "DATA_DIR must not be inside WORKSPACE_DIR, where Claude and `GET /files` reach it: set one elsewhere."
            )
        choose_credential(self, demo_port=self.demo_port if self.demo else None)
        return self

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
            folder: Path = getattr(self, name)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                refusal = f"{name.upper()} must be a folder that can be made, and {folder} cannot: {error.strerror}."
                raise SettingsError([refusal]) from None

    @property
    def socket(self) -> Path:
        """The unix socket of this process."""
        return self.run_dir / "api.sock"

    @property
    def home(self) -> Path:
        """Where the homes of the Claude Code processes are."""
        return self.claude_home or self.data_dir / "claude"

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
        """The database, named as SQLAlchemy's asynchronous engine wants it."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.sqlite_file}"
        return "postgresql+asyncpg://" + self.database_url.get_secret_value().partition("://")[2]
