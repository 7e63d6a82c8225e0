"""The owner of the shop, who comes with a cable in the middle of a history: other settings, another key, or files by hand.

What `till provision` gives is given: refused by its rules where something is open, cut off like anything else, and repeated until
it is done.  By hand nothing asks: the files are there, and the terminal has to see for itself whose an open payment is.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from acquirer import mac as macs

from . import base, port
from .board import POWER_ON
from .nor import PowerCut
from .person import Act
from .settings import TERMINALS, WIFI_SLIP, fitting

_STOP_MS = 180_000  # so long somebody waits for a screen on which the terminal may be stopped
_BETWEEN_MS = 60_000  # with a terminal that was left half provisioned
_TRIES = 4
_STANDS = ("idle", "reversal open", "out of service")


class Owner:
    """Of a `world` (world.World)."""

    def __init__(self, world: Any, the: "base.Base"):
        self._world = world
        self._base = the
        self._known = [world.plan.settings]  # all that were in force
        self._tried = 0
        self.tmk = base.TMK

    def visit(self, act: Act) -> None:
        """One visit with what `act` says; `row`: PROVISION, KEYS or BY_HAND."""
        world = self._world
        world.run(lambda: world.terminal.standing in _STANDS or world.board.power is None or world.shut, _STOP_MS)
        world.run(lambda: world.board.power is not None or world.shut, _STOP_MS)
        tmk = next(key for key in base.TMKS if key != self.tmk) if act.row == "KEYS" else self.tmk
        self.gives(fitting({**world.plan.settings, **act.settings}), tmk, act.row == "BY_HAND")

    def gives(self, settings: dict, tmk: "bytes | None" = None, by_hand: bool = False) -> None:
        """These settings from now on, unless the terminal refuses them."""
        world = self._world
        tmk = tmk or self.tmk
        for _ in range(_TRIES):
            if world.board.power is not None:
                self._stops("the owner stops it")
            try:
                with _unasked() if by_hand else contextlib.nullcontext():
                    self._base.provision(world.board, settings, tmk)
            except PowerCut:
                world.board.switch_off()
                self._lies_between(settings)
                self._starts("the power fails while it is provisioned")
                world.run(lambda: world.shut, _BETWEEN_MS)
                continue
            except (*_errors(), MemoryError) as error:
                world.board.switch_off()
                self._tells(f"refused: {type(error).__name__}: {error}")
                if isinstance(error, _errors()[:2]):
                    break  # by the rules
                self._lies_between(settings)
                continue
            except OSError as error:
                if world.board.power is not None:
                    raise  # the firmware has let it through
                world.board.switch_off()
                self._tells(f"refused: the file system cannot be mounted: {error}")
                continue
            self._agreed(settings, tmk)
            self._set_anew(settings)
            break
        self._starts("the owner starts it again")

    def _stops(self, why: str) -> None:
        """The board is dark for as long as somebody works on it."""
        self._world.note(why)
        self._world.heard({"ev": "power", "on": False, "why": why})
        self._world.dies()

    def _starts(self, why: str) -> None:
        self._world.note(why)
        self._world.power_on(POWER_ON)

    def _lies_between(self, settings: dict) -> None:
        """These settings may be in force, or those before."""
        self._world.in_force.append(settings)
        self._world.judge.set_anew()

    def _set_anew(self, settings: dict) -> None:
        """From now on these are in force."""
        if settings not in self._known:
            self._known.append(settings)
        self._world.in_force = [settings]
        self._tells("done")
        self._world.judge.set_anew()

    def _tells(self, what: str) -> None:
        """What came of a visit."""
        self._world.note(f"the owner: {what}")
        self._world.struck[f"owner {what.partition(':')[0]}"] += 1
        self._world.heard({"ev": "owner", "what": what})

    def puts_right(self) -> None:
        """What no fault explains: settings that keep what is open from its host, or the terminal from its Wi-Fi."""
        world = self._world
        store = world.terminal.store
        pending = world.judge.open_one(store) if store is not None else None
        wanted = world.in_force[-1]
        if pending and not world.terminal.app.terminal.owns(store.pending()):
            self._tried += 1  # whose it is, the screen says; which settings these were, is tried
            wanted = self._known[-self._tried % len(self._known)]
        if pending:
            wanted = world.hosts.settings.get(pending, wanted)
        if wanted.get("wifi_password") == WIFI_SLIP:
            wanted = {name: value for name, value in wanted.items() if name != "wifi_password"}
        if [wanted] != world.in_force:
            self.gives(wanted)

    def _agreed(self, settings: dict, tmk: bytes) -> None:
        """The banks know of it."""
        for bank in self._world.hosts.banks.values():
            for terminal, merchant in TERMINALS.items():
                bank.ledger.set_mac(terminal, settings.get("mac", macs.ECB))
                if tmk != self.tmk:
                    bank.ledger.add_terminal(terminal, merchant, tmk)
        self.tmk = tmk


def _errors() -> "tuple[type[Exception], ...]":
    errors = port.of("core.errors")
    return errors.ConfigError, errors.KeyError_, errors.StoreError


@contextlib.contextmanager
def _unasked() -> Iterator[None]:
    """Meanwhile nobody asks whether what is open belongs to the host of the new settings."""
    module = port.of("adapters.provision")
    asks: Callable[..., None] = module._stays
    module._stays = lambda *given: None
    try:
        yield
    finally:
        module._stays = asks
