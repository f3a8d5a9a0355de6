"""Chooses the credential for Claude Code."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.settings import SettingsError, optional_text, setting, switch, variables_of

PROVIDERS = {"bedrock": "Amazon Bedrock", "vertex": "Google Vertex AI", "foundry": "Microsoft Foundry"}
"""Cloud providers by the part of their switch's name; Claude Code inherits their own variables (AWS_*, …)."""


@dataclass(frozen=True, kw_only=True)
class CredentialVariables:
    """The variables that choose how Claude is reached. Their names and meanings are Claude Code's."""

    claude_code_oauth_token: str | None = setting(optional_text(is_secret=True))
    """A subscription's token, as `claude setup-token` prints it."""
    anthropic_api_key: str | None = setting(optional_text(is_secret=True))
    """A key of Anthropic's API, or what an LLM gateway expects as X-Api-Key."""
    anthropic_auth_token: str | None = setting(optional_text(is_secret=True))
    """What an LLM gateway expects as bearer token."""
    anthropic_base_url: str | None = setting(optional_text())
    """The URL of an LLM gateway, which speaks Anthropic's Messages API."""
    claude_code_use_bedrock: bool = setting(switch())
    """Reach Claude through Amazon Bedrock."""
    claude_code_use_vertex: bool = setting(switch())
    """Reach Claude through Google Vertex AI."""
    claude_code_use_foundry: bool = setting(switch())
    """Reach Claude through Microsoft Foundry."""


VARIABLES = tuple(variables_of(CredentialVariables))

SECRET_VARIABLES = (
    *VARIABLES,
    "DATABASE_URL",
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "RESEND_API_KEY",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
)
"""Never inherited by a Claude Code process, which gets only the credential in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What Claude Code uses to reach a model."""

    kind: str
    """`demo`, `bedrock`, `vertex`, `foundry`, `gateway`, `api_key` or `subscription`."""
    reason: str
    """Which credential it is and why it was chosen, for the start-up summary."""
    environment: Mapping[str, str] = field(repr=False)
    """Variables for Claude Code: those in use with their values, the others empty."""


def choose_credential(given: CredentialVariables, *, demo_port: int | None) -> Credential | None:
    """The credential that is used, or None if there is none.

    Args:
        demo_port: the port of the demo model, which takes precedence over every credential; None without it.

    Raises:
        SettingsError: an LLM gateway is given without a secret of its own, or its URL cannot be used.
    """
    if demo_port is not None:
        url = f"http://127.0.0.1:{demo_port}"
        return _credential("demo", "the demo model, because DEMO=1", ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="demo")
    for word, provider in PROVIDERS.items():
        name = f"CLAUDE_CODE_USE_{word.upper()}"
        if getattr(given, name.lower()):
            return _credential(word, f"{provider}, because {name} is set", **{name: "1"})
    secrets = {
        name: secret
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
        if (secret := getattr(given, name.lower()))
    }
    if given.anthropic_base_url:
        return _llm_gateway(given.anthropic_base_url, secrets)
    if not secrets:
        return None
    name, *others = secrets
    reason = f"{name}, which comes before {' and '.join(others)}" if others else name
    kind = "subscription" if name == "CLAUDE_CODE_OAUTH_TOKEN" else "api_key"
    return _credential(kind, reason, **{name: secrets[name]})


def _llm_gateway(url: str, secrets: Mapping[str, str]) -> Credential:
    if not url.startswith(("http://", "https://")):
        raise SettingsError("ANTHROPIC_BASE_URL must start with https:// or http://: correct it, or unset it.")
    keys = {name: secret for name, secret in secrets.items() if name != "CLAUDE_CODE_OAUTH_TOKEN"}
    if not keys:
        raise SettingsError(
            "ANTHROPIC_BASE_URL is set without ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY: set one of them to what that "
            "gateway expects (any word if it expects nothing), or unset ANTHROPIC_BASE_URL."
        )
    reason = f"the gateway in ANTHROPIC_BASE_URL, with {' and '.join(keys)}"
    return _credential("gateway", reason, ANTHROPIC_BASE_URL=url, **keys)


def _credential(kind: str, reason: str, **environment: str) -> Credential:
    return Credential(kind=kind, reason=reason, environment={**dict.fromkeys(VARIABLES, ""), **environment})
