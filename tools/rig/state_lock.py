"""One owner for a state folder: two programs that write the same flash image, keys and ledger would undo each other's.

The lock is the system's (`flock` on a file `owner` in the folder): it ends with the process that holds it, however that
process ends, so a lock is never stale.  The file stays behind and says nothing by its presence; what stands in it is
only for the line that the next one reads.

What is written while the folder is owned (flash with its keys, ledger, wallet) is its owner's alone to read: 0600 and 0700.
"""

import contextlib
import fcntl
import os
import pathlib

from .failures import Failed, reason

OWNER = "owner"
_KEPT = (OWNER, "flash.img", "nvs-*.json", "cards.json", "wallet.json", "ledger.sqlite*", "master.key", "*.pem")


@contextlib.contextmanager
def hold(command: str, *folders: pathlib.Path):
    """Own `folders` (made when they are not there) for a `with`; `command` is what the next one is told, "till demo".

    Raises Failed with one line: which folder, who has it, what to do.
    """
    with contextlib.ExitStack() as held:
        held.callback(os.umask, os.umask(0o077))  # of this process and of the benches that it starts
        for folder in folders:
            file = _lock(pathlib.Path(folder))
            held.callback(os.close, file)  # closing unlocks
            os.truncate(file, 0)
            os.pwrite(file, f"{os.getpid()} {command}\n".encode(), 0)
            _tighten(pathlib.Path(folder))
        yield


def _tighten(folder: pathlib.Path) -> None:
    """What an earlier version has left open for others to read.  Only what is known by its name: the folder may be anything."""
    for place in (folder, *(each for each in folder.glob("terminal*") if each.is_dir())):
        for path in [path for name in _KEPT for path in place.glob(name)]:
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
        if place != folder and place.stat().st_mode & 0o077:
            place.chmod(0o700)


def _lock(folder: pathlib.Path) -> int:
    path = folder / OWNER
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Failed(f"--state {folder}: {reason(error)}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), os.stat(path)):
                return file
        except FileNotFoundError:
            pass  # the file was taken away before it was locked (--fresh does so): once more, with a new one
        except BlockingIOError:
            text = f"{folder}: in use by {_owner(file)}; end that first, or name another folder with --state"
            os.close(file)
            raise Failed(text) from None
        except OSError as error:
            os.close(file)
            raise Failed(f"--state {folder}: cannot be locked: {reason(error)}") from None
        os.close(file)


def _owner(file: int) -> str:
    """Who has the lock, from what it wrote: "till demo (process 123)"."""
    number, _, command = os.pread(file, 200, 0).decode("utf-8", "replace").strip().partition(" ")
    return f"{command} (process {number})" if command and number.isdigit() else "another program"
