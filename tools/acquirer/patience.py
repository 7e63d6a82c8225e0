"""How long a database server is waited for: one that has stopped answering, or whose line is gone, must not hold the host up.

Where the server itself stands still, none of its settings helps: the client gives up, and its connection with it.
"""

import threading
import time
from typing import Any

import psycopg
import sqlalchemy

CONNECT = 5  # s, unless the URL has a connect_timeout
QUICK = 10.0  # s, for a statement of a group of units
LARGE = 60.0  # s, for one that goes through whole tables


class Patient(psycopg.Connection[Any]):
    """A connection whose statements are given up after `seconds`, or once `ended` is set."""

    seconds = LARGE
    ended = threading.Event()

    def wait(self, gen, *args, **options):
        return super().wait(self._bounded(gen), *args, **options)

    def _bounded(self, gen):
        """`gen`, which is told again and again when nothing has come yet.  Raises psycopg.OperationalError."""
        ends = time.monotonic() + self.seconds
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and (self.ended.is_set() or time.monotonic() > ends):
                    self.close()  # what is still under way there can no more be told from what comes next
                    raise psycopg.OperationalError("the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value


def give(engine: sqlalchemy.Engine, ended: threading.Event) -> None:
    """Patience with the server of an engine; a transaction with the execution option `quick` has less of it."""

    @sqlalchemy.event.listens_for(engine, "do_connect")
    def connect(dialect, record, arguments, options) -> Patient:
        made = Patient.connect(*arguments, **{"connect_timeout": CONNECT, **options})
        made.ended = ended
        return made

    @sqlalchemy.event.listens_for(engine, "begin")
    def begun(connection: sqlalchemy.Connection) -> None:
        quick = connection.get_execution_options().get("quick")
        connection.connection.driver_connection.seconds = QUICK if quick else LARGE
