"""The gateway's part of the start-up summary: who may sign in, what is open, and which features are off."""

from auth.settings import Settings


def open_modes(settings: Settings) -> list[str]:
    """One ASCII sentence for each setting that leaves the deployment open."""
    modes = []
    if settings.allowlist.allows_anyone:
        modes.append("Anyone can sign in. Set ALLOWED_EMAILS to restrict it.")
    if settings.is_api_public:
        modes.append("Anyone can use the API. Set CLAUDE_CODE_SDK_CONTAINER_API_KEY to restrict it.")
    if not settings.origin.is_loopback and not settings.origin.is_https:
        modes.append("PUBLIC_URL is plain http, so links and logins are not encrypted. Use https.")
    return modes


def security_notice(settings: Settings) -> str:
    """The sentences of `open_modes`, which every screen shows; empty if there are none."""
    return " ".join(open_modes(settings))


def advice(settings: Settings) -> list[str]:
    """One sentence for each setting that works but should be improved."""
    sentences = [
        f"The API key '{name}' is short enough to guess. Use 32 characters or more, such as from: openssl rand -hex 16."
        for name in settings.keys.short
    ]
    if settings.origin.is_https and not settings.trusted_proxies:
        # The gateway speaks plain http, so there is a proxy that ends TLS.
        sentences.append(
            "Rate limits count all visitors as one. Set TRUSTED_PROXIES to the network from which your proxy connects."
        )
    return sentences


def summarize(settings: Settings) -> list[str]:
    """The lines of the start-up summary."""
    lines = [f"address      {settings.origin.url}" + ("" if settings.public_url else "  (PUBLIC_URL is not set)")]
    lines.append(f"may sign in  {describe_allowlist(settings)}")
    lines.append(f"sign-in mail {_describe_mail(settings)}")
    lines.append(f"API keys     {_describe_keys(settings)}")
    place = "PostgreSQL (DATABASE_URL)" if settings.database_url else str(settings.auth_dir / "auth.db")
    lines.append(f"logins in    {place}")
    if settings.database_url and not settings.session_secret:
        lines.append("secret       shared in that database (set SESSION_SECRET to keep it out of the database)")
    lines += [f"OPEN         {sentence}" for sentence in open_modes(settings)]
    lines += [f"NOTE         {sentence}" for sentence in advice(settings)]
    return lines


def describe_allowlist(settings: Settings) -> str:
    """Who may sign in."""
    allowlist = settings.allowlist
    if allowlist.allows_anyone:
        return "anyone"
    if allowlist.is_empty and not allowlist.is_configured:
        return "no one: PUBLIC_URL is public, so set ALLOWED_EMAILS or ALLOWED_DOMAINS (ALLOWED_DOMAINS=* for anyone)"
    if allowlist.is_empty:
        return "no one: ALLOWED_EMAILS and ALLOWED_DOMAINS are empty"
    return ", ".join([*sorted(allowlist.emails), *(f"@{domain}" for domain in sorted(allowlist.domains))])


def _describe_mail(settings: Settings) -> str:
    if settings.sends_mail:
        return f"by Resend, from {settings.email_from}"
    if settings.prints_links:
        return "off: links are printed here (set RESEND_API_KEY and EMAIL_FROM to mail them)"
    return "off, and links cannot be requested: set RESEND_API_KEY and EMAIL_FROM, or AUTH_PRINT_LINKS=1"


def _describe_keys(settings: Settings) -> str:
    if settings.keys:
        return ", ".join(name for name, _ in settings.keys.entries)
    if settings.is_api_public:
        return "none: the API is public (set CLAUDE_CODE_SDK_CONTAINER_API_KEY)"
    return "none: the API requires a login (set CLAUDE_CODE_SDK_CONTAINER_API_KEY, or ALLOW_PUBLIC_QUERY=1)"
