"""What a person can do about each kind of failure."""

_ADVICE = {
    "model_authentication": "The server's Claude credentials were refused. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and start the server again.",
    "model_rate_limited": "The limit of this Claude account is reached. Wait for the reset shown below, or switch "
    "to a smaller model with /model.",
    "model_overloaded": "Claude's servers are busy. Trying again in a minute usually helps.",
    "model_error": "Claude's API could not answer. Nothing of the conversation is lost.",
    "not_configured": "The server has no Claude credentials. Set CLAUDE_CODE_OAUTH_TOKEN or ANTHROPIC_API_KEY and "
    "start it again, or try it with DEMO=1.",
    "no_slot": "Every place is taken. Close a running session, or wait a moment.",
    "cli_died": "Claude Code stopped unexpectedly; the next prompt starts it again with the same conversation.",
}


def advice(code: str | None) -> str:
    """A sentence for the code of an error, or nothing."""
    return _ADVICE.get(code or "", "")
