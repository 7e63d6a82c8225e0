"""How many files and connections a process may have open at once (POSIX: RLIMIT_NOFILE)."""

import resource
import sys

from .failures import Failed


def most() -> int:
    """How many this process may ask for."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def allow(wanted: int, who: str) -> None:
    """Raise this process's own limit to `wanted`, if it is lower.  Raises Failed when the system does not let it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if wanted > most():
        raise Failed(f"{who}: {wanted:,} open connections and files are more than the system allows ({hard:,}; see ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
