"""What the owner of a shop does in the middle of a history, as acts of a plan."""

import random

from .faults import Fault
from .person import Act
from .settings import DECIMALS, SECOND, TERMINALS, WIFI_SLIP, redrawn

_REFUSED = "90"  # F39 of a host that takes no reversal now
_CARD = "visa-credit"
_KINDS = ("settings", "settings", "open", "moves", "keys", "wifi", "elsewhere", "elsewhere", "elsewhere", "refused")


def drawn(source: random.Random) -> "tuple[Act, ...]":
    """A visit, with what goes before and after."""
    kind = source.choice(_KINDS)
    if kind == "settings":
        return (_visit(redrawn(source)),)
    if kind == "open":  # settings that are not about the host, while something is open
        harmless = {"answer_timeout_s": source.choice((2, 60)), "reversal_tries": source.choice((1, 9)), "floor_limit": 2000}
        return (_left_open(source), _visit(source.choice((harmless, harmless, {"currency": source.choice(tuple(DECIMALS))}))))
    if kind == "moves":
        return (_visit(_elsewhere(source)), _sale(source), _visit({}))
    if kind == "keys":
        return (*((_left_open(source),) if source.random() < 0.3 else ()), _visit({}, "KEYS"))
    if kind == "wifi":
        return (_visit({"wifi_password": WIFI_SLIP}), _sale(source), _visit({}))
    if kind == "elsewhere":
        between = (_sale(source),) if source.random() < 0.5 else ()
        return (
            _left_open(source),
            _visit(_elsewhere(source), "BY_HAND"),
            *between,
            _visit({}, source.choice(("BY_HAND", "PROVISION"))),
        )
    return (_left_open(source), _visit(_elsewhere(source)))


def _visit(settings: dict, row: str = "PROVISION") -> Act:
    return Act("owner", row=row, settings=settings)


def _elsewhere(source: random.Random) -> dict:
    """Settings that lead to another host, or make another terminal of it."""
    terminal, merchant = list(TERMINALS.items())[1]
    return source.choice(({"host": SECOND}, {"host": SECOND}, {"terminal_id": terminal, "merchant_id": merchant}))


def _sale(source: random.Random, *faults: Fault) -> Act:
    return Act("sell", source.randint(100, 9000), _CARD, faults=faults)


def _left_open(source: random.Random) -> Act:
    """A sale of which no answer comes, and a host that takes no reversal for a while."""
    lost = Fault("request", source.choice((1, 1, 1, 2)), source.choice(("answer-lost", "lost", "broken-after")))
    return _sale(source, lost, *(Fault("host", at, "code", text=_REFUSED) for at in range(2, 6)))
