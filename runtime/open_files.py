"""As many open files as a server can have."""

import resource

MOST = 65_536


def raise_open_files() -> None:
    """Takes what the system gives, up to that: every connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
