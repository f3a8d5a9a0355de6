"""What start-up says about the door: who may come in, what is open, what is off and how to turn it on."""

from auth.settings import Settings


def open_modes(settings: Settings) -> list[str]:
    """One ASCII sentence for each thing that is more open than it could be."""
    modes = []
    if settings.allowlist.anyone:
        modes.append("Anyone may sign in: set ALLOWED_EMAILS.")
    if settings.queries_are_public:
        modes.append("The API answers anyone: set CLAUDE_CODE_SDK_CONTAINER_API_KEY.")
    if not settings.site.is_loopback and not settings.site.is_https:
        modes.append("PUBLIC_URL is plain http, so links and logins travel in the clear: use https.")
    return modes


def advice(settings: Settings) -> list[str]:
    """One sentence for each thing that works, and would work better otherwise."""
    found = [
        f"The API key '{name}' is short enough to guess: use 32 characters or more, as from: openssl rand -hex 16."
        for name in settings.keys.short
    ]
    if settings.site.is_https and not settings.trusted_proxies:
        # We speak plain http, so something in front of us ends TLS.
        found.append("Limits count all visitors as one: set TRUSTED_PROXIES to where your proxy connects from.")
    return found


def summary(settings: Settings) -> list[str]:
    """The lines of the start-up summary."""
    lines = [f"address      {settings.site.url}" + ("" if settings.public_url else "  (PUBLIC_URL is not set)")]
    lines.append(f"may sign in  {who_may_sign_in(settings)}")
    lines.append(f"sign-in mail {_mail(settings)}")
    lines.append(f"API keys     {_keys(settings)}")
    place = "PostgreSQL (DATABASE_URL)" if settings.database_url else str(settings.auth_dir / "auth.db")
    lines.append(f"logins in    {place}")
    if settings.database_url and not settings.session_secret:
        lines.append("secret       shared in that database (SESSION_SECRET keeps it out of it)")
    lines += [f"OPEN         {sentence}" for sentence in open_modes(settings)]
    lines += [f"NOTE         {sentence}" for sentence in advice(settings)]
    return lines


def who_may_sign_in(settings: Settings) -> str:
    """The allowlist, in words."""
    allowed = settings.allowlist
    if allowed.anyone:
        return "anyone"
    if allowed.is_empty and not allowed.is_set:
        return "nobody: PUBLIC_URL is public, so set ALLOWED_EMAILS or ALLOWED_DOMAINS (ALLOWED_DOMAINS=* for anyone)"
    if allowed.is_empty:
        return "nobody: ALLOWED_EMAILS and ALLOWED_DOMAINS are empty"
    return ", ".join([*sorted(allowed.emails), *(f"@{domain}" for domain in sorted(allowed.domains))])


def _mail(settings: Settings) -> str:
    if settings.sends_mail:
        return f"by Resend, from {settings.email_from}"
    if settings.prints_links:
        return "off: links are printed here (set RESEND_API_KEY and EMAIL_FROM to mail them)"
    return "off, and nobody can ask for a link: set RESEND_API_KEY and EMAIL_FROM, or AUTH_PRINT_LINKS=1"


def _keys(settings: Settings) -> str:
    if settings.keys:
        return ", ".join(name for name, _ in settings.keys.entries)
    if settings.queries_are_public:
        return "none: the API is public (set CLAUDE_CODE_SDK_CONTAINER_API_KEY)"
    return "none: the API takes a login only (set CLAUDE_CODE_SDK_CONTAINER_API_KEY, or ALLOW_PUBLIC_QUERY=1)"
