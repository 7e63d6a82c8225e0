"""Where a load is put: a host that runs already, or one of its own that begins with a ledger in use."""

import contextlib
import pathlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from rig import till_process

from . import cards, fill, provision
from .cards import LoadCard
from .line import Address
from .own_host import OwnHost
from .provision import Control
from .terminal import Identity

_CARDS = 200  # more than terminals, as in life: two rarely wait for one account
_FILLERS = 100


@dataclass
class Place:
    """A host that is ready: where it is, what it knows, and how its books are read; `secure` is its port for TLS."""

    address: Address
    terminals: "list[Identity]"
    deck: "list[LoadCard]"
    ledger: "SqlLedger | None"
    control: "Control | None"
    own: "OwnHost | None" = None
    secure: "Address | None" = None


@contextlib.asynccontextmanager
async def running(
    host: "tuple[str, int]", control: int, ca: "str | None", url: "str | None", state: pathlib.Path, count: int
) -> "AsyncIterator[Place]":
    """A host that runs already, with `count` terminals; its ledger is read when its URL is given."""
    context = ssl.create_default_context(cafile=ca) if ca else None
    at, terminals = Control(host[0], control), provision.identities(count)
    deck = await at.provision(terminals)
    ledger = SqlLedger(url, keeper=Keeper(state)) if url else None
    try:
        yield Place(Address(host[0], host[1], context), terminals, deck, ledger, at)
    finally:
        if ledger:
            ledger.close()


@contextlib.asynccontextmanager
async def started(
    url: "str | None",
    state: pathlib.Path,
    count: int,
    rows: int,
    options: "list[str]",
    progress: "Callable[[str], None]",
    program: str = till_process.PROGRAM,
) -> "AsyncIterator[Place]":
    """A host of our own, with `count` terminals and a ledger that is filled up to `rows` before it begins."""
    state.mkdir(parents=True, exist_ok=True)
    url = url or f"sqlite:///{(state / 'ledger.sqlite').as_posix()}"
    ledger = SqlLedger(url, keeper=Keeper(state))
    try:
        terminals, deck = provision.identities(count), cards.deal(_CARDS)
        provision.on_ledger(ledger, terminals, deck)
        if rows:
            fillers = provision.identities(_FILLERS, "F")
            provision.on_ledger(ledger, fillers, [])
            fill.fill(ledger, rows, [each.terminal for each in fillers], provision.MERCHANT, deck, progress)
        async with OwnHost(url, state, *options, program=program) as own:
            secure = Address("127.0.0.1", own.ports["tls"], ssl.create_default_context(cafile=state / "ca.pem"))
            yield Place(Address("127.0.0.1", own.ports["tcp"]), terminals, deck, ledger, None, own, secure)
    finally:
        ledger.close()
