"""The whole environment of a Claude Code process: an allow list, the credential, and what we know about its host."""

import os
from collections.abc import Mapping
from pathlib import Path

from api.credentials import SECRET_VARIABLES, Credential

INHERITED = (
    *("PATH", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "SHELL", "USER", "LOGNAME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *("LD_PRELOAD", "NSS_WRAPPER_PASSWD", "NSS_WRAPPER_GROUP"),  # the name of a user that the system does not know
    *("VIRTUAL_ENV", "JAVA_HOME", "GOPATH", "CARGO_HOME", "RUSTUP_HOME"),
    *("PIP_INDEX_URL", "UV_INDEX_URL", "NPM_CONFIG_REGISTRY", "GOPROXY"),
    *("CLOUD_ML_REGION", "API_TIMEOUT_MS", "MAX_THINKING_TOKENS", "MAX_MCP_OUTPUT_TOKENS", "MCP_TIMEOUT"),
    *("MCP_TOOL_TIMEOUT", "BASH_DEFAULT_TIMEOUT_MS", "BASH_MAX_TIMEOUT_MS", "BASH_MAX_OUTPUT_LENGTH"),
)
INHERITED_PREFIXES = (
    "LC_",
    "ANTHROPIC_",
    "CLAUDE_CODE_",
    "AWS_",
    "GOOGLE_",
    "GCLOUD_",
    "VERTEX_",
    "AZURE_",
    "DISABLE_",
)

TELEMETRY = "CLAUDE_CODE_ENABLE_TELEMETRY"
"""Asks Claude Code itself to export what it measures."""

ALWAYS = {
    # An outer Claude Code must not make this one think that it is nested.
    "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING": "true",
    "CLAUDE_CODE_SDK_READS_SESSION_STATE": "1",
    # Ten tries over minutes is the CLI's own idea; a caller wants to know within seconds.
    "CLAUDE_CODE_MAX_RETRIES": "2",
    # At 1 the CLI needs bubblewrap and forces every permission mode to `default`, so secrets go through pipes instead.
    # 0, because it turns itself on in CI.
    "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB": "0",
    "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",
    "DISABLE_AUTOUPDATER": "1",
}


def cli_environment(
    credential: Credential, home: Path, *, temp: Path | None = None, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment to start Claude Code with.

    Args:
        home: its HOME; its own settings and transcripts are below.
        temp: for its temporary files; where ours go when absent.
        inherited: what to take from; this process's own environment when absent.
    """
    taken = os.environ if inherited is None else inherited
    allowed = {name: value for name, value in taken.items() if _is_allowed(name)}
    if taken.get(TELEMETRY):  # where its traces go, and with which key, is then no secret from what Claude runs
        allowed |= {name: value for name, value in taken.items() if name.startswith("OTEL_")}
    spoken = {name: value for name, value in credential.environment.items() if value}
    own = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(config_folder(home))}
    return {**allowed, **ALWAYS, **spoken, **own, **({"TMPDIR": str(temp)} if temp else {})}


def config_folder(home: Path) -> Path:
    """Where that home's Claude Code keeps settings and transcripts."""
    return home / ".claude"


def _is_allowed(name: str) -> bool:
    return name not in SECRET_VARIABLES and (name in INHERITED or name.startswith(INHERITED_PREFIXES))
