"""The door's settings: environment variables, read once."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from auth.login.addresses import Allowlist
from auth.login.api_keys import ApiKeys
from auth.public_origin import Site
from runtime.settings import unquoted

ROOT = Path(__file__).resolve().parents[1]


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Everything the door is told from outside."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True, arbitrary_types_allowed=True)

    port: int = Field(default=8080, alias="PORT", ge=1, le=65535)
    bind: str = Field(default="", alias="BIND")
    """Addresses to listen on, comma-separated; by default loopback, and every interface under a public PUBLIC_URL."""
    run_dir: Path = Field(default=ROOT / ".data" / "run", alias="RUN_DIR")
    data_dir: Path = Field(default=ROOT / ".data", alias="DATA_DIR")
    database_url: str = Field(default="", alias="DATABASE_URL", repr=False)
    public_url: str = Field(default="", alias="PUBLIC_URL")
    trusted_proxies: Networks = Field(default=(), alias="TRUSTED_PROXIES")
    demo: bool = Field(default=False, alias="DEMO")
    log_format: Literal["console", "json"] = Field(default="console", alias="LOG_FORMAT")
    log_level: str = Field(default="INFO", alias="LOG_LEVEL")
    otel_exporter_otlp_endpoint: str = Field(default="", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    start_id: str = Field(default="", alias="START_ID")
    """Names one start of the whole house, so that a crash of the door alone prints no second sign-in link."""

    allowed_emails: Names | None = Field(default=None, alias="ALLOWED_EMAILS")
    allowed_domains: Names | None = Field(default=None, alias="ALLOWED_DOMAINS")
    session_secret: str = Field(default="", alias="SESSION_SECRET", repr=False)
    session_secret_previous: str = Field(default="", alias="SESSION_SECRET_PREVIOUS", repr=False)
    session_idle_minutes: float = Field(default=60, alias="SESSION_IDLE_MINUTES", gt=0, le=60 * 24 * 30)
    session_max_hours: float = Field(default=12, alias="SESSION_MAX_HOURS", gt=0, le=24 * 90)

    resend_api_key: str = Field(default="", alias="RESEND_API_KEY", repr=False)
    resend_api_url: str = Field(default="https://api.resend.com", alias="RESEND_API_URL")
    email_from: str = Field(default="", alias="EMAIL_FROM")
    auth_print_links: bool = Field(default=False, alias="AUTH_PRINT_LINKS")
    auth_uniform_responses: bool = Field(default=False, alias="AUTH_UNIFORM_RESPONSES")
    mails_per_hour: int = Field(default=60, alias="MAILS_PER_HOUR", ge=1)

    api_key: str = Field(default="", alias="CLAUDE_CODE_SDK_CONTAINER_API_KEY", repr=False)
    allow_public_query: bool = Field(default=False, alias="ALLOW_PUBLIC_QUERY")
    max_tabs: int = Field(default=20, alias="MAX_TABS", ge=1, le=1000)
    max_upload_mb: int = Field(default=100, alias="MAX_UPLOAD_MB", ge=1, le=10_000)

    @model_validator(mode="before")
    @classmethod
    def _unquote(cls, values: dict[str, Any]) -> dict[str, Any]:  # Any: whatever the environment holds
        plain = {name: unquoted(value) if isinstance(value, str) else value for name, value in values.items()}
        # An empty list of addresses means nobody; any other empty variable means its default.
        lists = ("ALLOWED_EMAILS", "ALLOWED_DOMAINS")
        return {name: value for name, value in plain.items() if value != "" or name in lists}

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(part, strict=False) for part in value) if isinstance(value, tuple) else value

    @field_validator("log_level")
    @classmethod
    def _upper(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def auth_dir(self) -> Path:
        return self.data_dir / "auth"

    @property
    def site(self) -> Site:
        return Site.parse(self.public_url, self.port)

    @property
    def keys(self) -> ApiKeys:
        return ApiKeys.parse(self.api_key)

    @property
    def allowlist(self) -> Allowlist:
        return Allowlist.build(self.allowed_emails, self.allowed_domains, loopback=self.site.is_loopback)

    @property
    def sends_mail(self) -> bool:
        return bool(self.resend_api_key)

    @property
    def prints_links(self) -> bool:
        """Whether `/auth/start` may print the link where the server runs."""
        return not self.sends_mail and (self.site.is_loopback or self.auth_print_links)

    @property
    def queries_are_public(self) -> bool:
        """Whether the API answers callers who show neither key nor login."""
        return not self.keys and (self.site.is_loopback or self.allow_public_query)

    @property
    def listen_on(self) -> tuple[str, ...]:
        if self.bind:
            return tuple(part.strip() for part in self.bind.split(","))
        return ("127.0.0.1", "::1") if self.site.is_loopback else ("0.0.0.0", "::")  # noqa: S104
