"""A PostgreSQL server of our own for tests and campaigns: a cluster in a temporary folder, as somebody else where we are root."""

import contextlib
import glob
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import sqlalchemy

_USER = "postgres"
_BINARIES = (*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True), "/usr/local/bin", "/usr/bin")


class Missing(Exception):
    """There is no server to be had; why."""


def programs() -> pathlib.Path:
    """The folder of the newest server's programs.  Raises Missing."""
    for folder in map(pathlib.Path, _BINARIES):
        if (folder / "initdb").exists():
            return folder
    raise Missing("no PostgreSQL here: apt-get install postgresql")


class Server:
    """One cluster; `url(name)` is an empty database in it."""

    def __init__(self, folder: pathlib.Path):
        self._programs, self._folder, self._data = programs(), folder, folder / "data"
        self._numbers = itertools.count(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.getuid() == 0:
            shutil.chown(folder, _USER)
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", _USER, "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *words, check: bool = True) -> None:
        command = [str(self._programs / program), *map(str, words)]
        if os.getuid() == 0:
            command = ["runuser", "-u", _USER, "--", *command]
        done = subprocess.run(command, cwd=self._folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")

    def start(self) -> None:
        """Serve; returns when it does."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """`mode` "immediate" is as if the power had gone."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop", check=False)

    def restart(self, mode: str = "fast") -> None:
        """Stop as `stop` does, and serve again."""
        self.stop(mode)
        self.start()

    def url(self) -> str:
        """A new database."""
        name = f"ledger{next(self._numbers)}"
        engine = sqlalchemy.create_engine(self._url(_USER), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def running():
    """A server for a `with`.  Raises Missing."""
    with tempfile.TemporaryDirectory(prefix="taptill-postgres-") as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        server = Server(path)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
