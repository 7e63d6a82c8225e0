"""How many files and connections a process may have open at once (POSIX: RLIMIT_NOFILE)."""

import resource

from .failures import Failed


def allow(wanted: int, who: str) -> None:
    """Raise this process's own limit to `wanted`, if it is lower.  Raises Failed when the system does not let it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Failed(f"{who}: {wanted:,} open connections and files are more than the system allows ({hard:,}; see ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
