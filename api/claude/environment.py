"""Builds the environment of Claude Code processes from an allowlist, the credential and fixed values.

`process.py` adds the variables of one process; `credential_pipe.py` replaces the secrets with pipes.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from api.credentials import SECRET_VARIABLES, Credential

INHERITED = (
    *("PATH", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "SHELL", "USER", "LOGNAME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *(
        "LD_PRELOAD",
        "NSS_WRAPPER_PASSWD",
        "NSS_WRAPPER_GROUP",
    ),  # nss_wrapper names a uid without a passwd entry
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
"""Makes Claude Code itself export traces and metrics."""

FIXED_VALUES = {
    # Otherwise it is inherited if this server was started from a Claude Code session.
    "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING": "true",
    "CLAUDE_CODE_SDK_READS_SESSION_STATE": "1",
    # By default Claude Code tries ten times, for minutes. A caller needs the error within seconds.
    "CLAUDE_CODE_MAX_RETRIES": "2",
    # 1 needs bubblewrap and ignores the permission mode; unset means on in CI. So it is 0, and pipes carry the secrets.
    "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB": "0",
    "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",
    "DISABLE_AUTOUPDATER": "1",
}


def cli_environment(
    credential: Credential, home: Path, *, temp: Path | None = None, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment to start Claude Code with.

    Args:
        home: its HOME, with its settings and transcripts.
        temp: the folder of its temporary files; by default that of this process.
        inherited: the environment to take variables from; by default that of this process.
    """
    source = os.environ if inherited is None else inherited
    allowed = {name: value for name, value in source.items() if _is_allowed(name)}
    if source.get(TELEMETRY):  # commands that Claude runs can then read the OTLP endpoint and its key
        allowed |= {name: value for name, value in source.items() if name.startswith("OTEL_")}
    credentials = {name: value for name, value in credential.environment.items() if value}
    own = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(config_folder(home))}
    return {**allowed, **FIXED_VALUES, **credentials, **own, **({"TMPDIR": str(temp)} if temp else {})}


def config_folder(home: Path) -> Path:
    """The folder in a home where Claude Code keeps its settings and transcripts."""
    return home / ".claude"


def _is_allowed(name: str) -> bool:
    return name not in SECRET_VARIABLES and (name in INHERITED or name.startswith(INHERITED_PREFIXES))
