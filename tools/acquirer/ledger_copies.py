"""Copies of a ledger while it is in use, and a ledger made of a copy again.

SQLite: its online backup, https://www.sqlite.org/backup.html, a file that is a ledger itself.  PostgreSQL: pg_dump and
pg_restore of its own, the archive form ("custom").  The keys in a copy are wrapped as in the ledger: the host master key
is none of it, and has to be kept apart.
"""

import contextlib
import errno
import glob
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator

import sqlalchemy
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .ledger import LedgerError
from .sql_ledger import file_of
from .vault import Keeper, VaultError

try:
    import fcntl
except ImportError:
    fcntl = None

_SQLITE_HEAD = b"SQLite format 3\0"
_ARCHIVE_HEAD = b"PGDMP"
_OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
_TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'counters' AND table_schema = current_schema()"


def backup(url: str, copy: pathlib.Path) -> None:
    """Write the ledger of this moment to the new file `copy`; sales go on meanwhile.  Raises LedgerError, OSError."""
    ledger = file_of(url)
    if ledger is not None and not ledger.is_file():
        raise LedgerError(f"{ledger}: there is no ledger")
    if copy.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(copy))
    with _part(copy) as part:
        if ledger is not None:
            _copied(ledger, part)
        else:
            _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={part}", there=True)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # its name is taken at the very end
        part.replace(copy)


@contextlib.contextmanager
def _part(copy: pathlib.Path) -> "Iterator[pathlib.Path]":
    """A file beside `copy` that nobody else may read, and that is gone at the end.  What a killed backup to that name
    has left goes first: one that still runs holds a lock on its own.
    """
    for left in copy.parent.glob(f"{glob.escape(copy.name)}.*.part"):
        with contextlib.suppress(FileNotFoundError), open(left, "rb") as file:
            if _locked(file.fileno()):
                left.unlink()
    handle, name = tempfile.mkstemp(".part", copy.name + ".", copy.parent)
    part = pathlib.Path(name)
    try:
        _locked(handle)
        yield part
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)


def _locked(file: int) -> bool:
    """Is it ours now?  Never on a system without such locks: there what was left stays."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def restore(url: str, copy: pathlib.Path, keeper: Keeper, replace: bool = False) -> None:
    """Make the ledger what it was when `copy` was made.  One that is in use is refused; one that is there is only replaced
    when `replace` says so.  Raises LedgerError, OSError.
    """
    with open(copy, "rb") as file:
        head = file.read(len(_SQLITE_HEAD))
    ledger = file_of(url)
    if not head.startswith(_SQLITE_HEAD if ledger is not None else _ARCHIVE_HEAD):
        raise LedgerError(f"{copy}: no copy of a ledger of that kind")
    if ledger is None:
        _check_key(_master_keys(url, copy), copy, keeper)
        _unused(url, replace)
        _run(url, "pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", str(copy), there=True)
        return
    if ledger.exists() and not replace:
        raise LedgerError(f"{ledger}: is there already, and is not replaced unless you say so")
    with _reading(copy) as source:
        _check(source, copy, keeper)
        os.close(os.open(ledger, os.O_RDWR | os.O_CREAT, 0o600))
        with _alone(ledger) as target:
            source.backup(target)


def _copied(ledger: pathlib.Path, part: pathlib.Path) -> None:
    with _reading(ledger) as source, contextlib.closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the ledger has beside it


@contextlib.contextmanager
def _reading(file: pathlib.Path) -> "Iterator[sqlite3.Connection]":
    """A connection that finds its file, and writes no data.  Raises LedgerError."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only=ON")
            yield connection
    except sqlite3.Error as error:
        raise LedgerError(f"{file}: {error}") from None


def _check(source: sqlite3.Connection, copy: pathlib.Path, keeper: Keeper) -> None:
    """Is the copy whole, and does this host's master key open it?  Raises LedgerError."""
    if source.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
        raise LedgerError(f"{copy}: damaged")
    _check_key(set(source.execute("SELECT value FROM counters WHERE name = 'master_key'")), copy, keeper)


def _check_key(known: "set[tuple[int]]", copy: pathlib.Path, keeper: Keeper) -> None:
    """`known` has the check values of the master keys that the copy names: it has to be the one of here.  Raises LedgerError."""
    try:
        mine = keeper.open(new=False).check_value
    except VaultError as error:
        raise LedgerError(str(error)) from None
    if known != {(mine,)}:
        raise LedgerError(f"{copy}: of another host master key than the one that is here")


def _master_keys(url: str, copy: pathlib.Path) -> "set[tuple[int]]":
    """The check values that an archive of PostgreSQL has among its counters, read without any database.  Raises LedgerError."""
    rows = _run(url, "pg_restore", "--data-only", "--table=counters", "--file=-", str(copy))
    return {(int(value),) for value in re.findall(r"^master_key\t(\d+)$", rows, re.MULTILINE)}


@contextlib.contextmanager
def _alone(ledger: pathlib.Path) -> "Iterator[sqlite3.Connection]":
    """A connection that has the ledger for itself until the end.  Raises LedgerError when somebody has it open.

    In exclusive locking mode a lock once taken stays; leaving WAL needs that nobody else has the file open.
    """
    with contextlib.closing(sqlite3.connect(ledger, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError:
            mode = "locked"
        if mode != "delete":
            raise LedgerError(f"{ledger}: in use; end the host that has it first")
        yield connection


def _unused(url: str, replace: bool) -> None:
    engine = sqlalchemy.create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            others = connection.scalar(sqlalchemy.text(_OTHERS))
            there = connection.scalar(sqlalchemy.text(_TABLES))
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise LedgerError(f"ledger: cannot open it: {str(error).splitlines()[0]}") from None
    finally:
        engine.dispose()
    if others:
        raise LedgerError(f"ledger: in use by {others} other sessions of its database; end the host that has it first")
    if there and not replace:
        raise LedgerError("ledger: is there already, and is not replaced unless you say so")


def _run(url: str, program: str, *words: str, there: bool = False) -> str:
    """What one of PostgreSQL's own programs prints; `there`: it is told the ledger, all that its URL says.  The password goes by
    the environment, where nobody else reads it.  Raises LedgerError.
    """
    address = sqlalchemy.make_url(url)
    if address.get_backend_name() != "postgresql":
        raise LedgerError(f"ledger: no copies are made of {address.get_backend_name()}")
    if shutil.which(program) is None:
        raise LedgerError(f"{program} is not installed: it comes with PostgreSQL's client programs")
    environment, target = dict(os.environ), []
    if there:
        parts = _parts(address)
        if "sslpassword" in parts:
            raise LedgerError(f"ledger: {program} cannot be told sslpassword without showing it to everybody here")
        password = parts.pop("password", None)
        if password:
            environment["PGPASSWORD"] = str(password)
        target = [f"--dbname={_conninfo(parts)}"]
    done = subprocess.run([program, *target, *words], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise LedgerError(f"{program}: {(done.stderr.strip().splitlines() or ['it failed'])[0]}")
    return done.stdout


def _parts(address: sqlalchemy.URL) -> dict:
    """The parameters that libpq has of a URL, as the ledger itself is opened with them."""
    return dict(PGDialect_psycopg().create_connect_args(address)[1])


def _conninfo(parts: dict) -> str:
    """https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING"""
    quoted = {name: re.sub(r"(['\\])", r"\\\1", str(value)) for name, value in parts.items()}
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())
