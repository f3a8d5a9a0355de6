"""Which credential Claude Code is given, and why that one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, SecretStr

PROVIDERS = {"bedrock": "Amazon Bedrock", "vertex": "Google Vertex AI", "foundry": "Microsoft Foundry"}
"""Cloud providers by the word in their switch; their own variables (AWS_*, …) reach the CLI by inheritance."""


class CredentialVariables(BaseModel):
    """The variables that say how Claude is reached; Claude Code's own names and meanings."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    claude_code_oauth_token: SecretStr | None = None
    """A subscription's token, as `claude setup-token` prints it."""
    anthropic_api_key: SecretStr | None = None
    """A key of Anthropic's API, or what a gateway expects as X-Api-Key."""
    anthropic_auth_token: SecretStr | None = None
    """What a gateway expects as bearer token."""
    anthropic_base_url: str | None = None
    """A gateway that speaks Anthropic's Messages API."""
    claude_code_use_bedrock: bool = False
    """Reach Claude through Amazon Bedrock."""
    claude_code_use_vertex: bool = False
    """Reach Claude through Google Vertex AI."""
    claude_code_use_foundry: bool = False
    """Reach Claude through Microsoft Foundry."""


VARIABLES = tuple(name.upper() for name in CredentialVariables.model_fields)

SECRET_VARIABLES = (
    *VARIABLES,
    "DATABASE_URL",
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "RESEND_API_KEY",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
)
"""What a Claude Code process must not find in its environment; the credential in use is handed to it by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What Claude Code uses to reach a model."""

    kind: str
    """`demo`, `bedrock`, `vertex`, `foundry`, `gateway`, `api_key` or `subscription`."""
    reason: str
    """For start-up: which one it is, and why that one."""
    environment: Mapping[str, str] = field(repr=False)
    """What the CLI is given: the variables in use, and an empty value for each one that must not speak."""


def choose_credential(given: CredentialVariables, *, demo_port: int | None) -> Credential | None:
    """The credential that is used, or None when there is none.

    Args:
        demo_port: set when the demo model is asked for; then it is the answer, whatever else is given.

    Raises:
        ValueError: a secret would go to a host that it is not meant for.
    """
    if demo_port is not None:
        url = f"http://127.0.0.1:{demo_port}"
        return _credential("demo", "the demo model, because DEMO=1", ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="demo")
    for word, provider in PROVIDERS.items():
        switch = f"CLAUDE_CODE_USE_{word.upper()}"
        if getattr(given, switch.lower()):
            return _credential(word, f"{provider}, because {switch} is set", **{switch: "1"})
    secrets = {
        name: secret.get_secret_value()
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
        if (secret := getattr(given, name.lower()))
    }
    if given.anthropic_base_url:
        return _gateway(given.anthropic_base_url, secrets)
    if not secrets:
        return None
    name, *others = secrets
    reason = f"{name}, which comes before {' and '.join(others)}" if others else name
    kind = "subscription" if name == "CLAUDE_CODE_OAUTH_TOKEN" else "api_key"
    return _credential(kind, reason, **{name: secrets[name]})


def _gateway(url: str, secrets: Mapping[str, str]) -> Credential:
    if not url.startswith(("http://", "https://")):
        raise ValueError("ANTHROPIC_BASE_URL must start with https:// or http://: correct it, or unset it.")
    keys = {name: secret for name, secret in secrets.items() if name != "CLAUDE_CODE_OAUTH_TOKEN"}
    if not keys:
        raise ValueError(
            "ANTHROPIC_BASE_URL is set without ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY: set one of them to what that "
            "gateway expects (any word if it expects nothing), or unset ANTHROPIC_BASE_URL."
        )
    reason = f"the gateway in ANTHROPIC_BASE_URL, with {' and '.join(keys)}"
    return _credential("gateway", reason, ANTHROPIC_BASE_URL=url, **keys)


def _credential(kind: str, reason: str, **environment: str) -> Credential:
    return Credential(kind=kind, reason=reason, environment={**dict.fromkeys(VARIABLES, ""), **environment})
