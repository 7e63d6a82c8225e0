"""What is cut by tools/sim/cuts.py: each kind of transaction, and of everything else that writes to flash or asks the host."""

import dataclasses
import datetime

from . import person
from .faults import Fault
from .person import Act
from .plan import Plan

BEGINS = datetime.datetime(2026, 11, 30, 9, 0, tzinfo=datetime.timezone.utc)
_SETTINGS = {
    "answer_timeout_s": 2,
    "connect_timeout_s": 5,
    "card_timeout_s": 60,
    "pin_timeout_s": 60,
    "reversal_tries": 2,
    "reversal_pause_s": 0,
    "cvm_limit": 100000,
    "contactless_limit": 10000000,
    "mac": "retail",
    "tls": False,
    "language": "en",
    "ntp_host": "",
    "utc_offset_min": 480,
}
_PER_FILE = 256  # records of a file of the journal (adapters/journal.py)
_RESERVE = 16  # trace numbers of a write of the counter (adapters/counter.py)


@dataclasses.dataclass(frozen=True)
class Kind:
    """`act` is cut; `before` are the acts that led there, one after the other.  Without an act it is a start that is cut.

    `after` are the faults of each life that follows, until it is idle.  `bare`: the terminal has never sold, nor set aside the
    blocks that the end of what is open may need.
    """

    name: str
    act: "Act | None"
    before: "tuple[Act, ...]" = ()
    after: "tuple[Fault, ...]" = ()
    bare: bool = False

    def plan(self, volatile: bool) -> Plan:
        """Of the shop in which it is cut; `volatile`: the flash has a write cache, which a cut loses."""
        return Plan(1, _SETTINGS, BEGINS, (), volatile=volatile)


def _sale(*faults: Fault, card: str = "visa-credit", amount: int = 1250, habits: "tuple[str, ...]" = ()) -> Act:
    return Act("sell", amount, card, habits=habits, faults=faults)


def _menu(row: str, *faults: Fault) -> Act:
    return Act("menu", row=row, faults=faults)


def _other(row: str, *faults: Fault, amount: int = 1250, card: str = "visa-credit") -> Act:
    return Act("other", amount, card, person.BY_CARD if row != "REFUND" else person.LAST_SEEN, row, faults=faults)


def _host(at: int, code: str) -> Fault:
    return Fault("host", at, "code", text=code)


_ONCE = (_sale(amount=300),)
_HELD = (*_ONCE, _other("PREAUTH"))
_LOST = Fault("request", 1, "lost")
_UNANSWERED = Fault("request", 1, "answer-lost")
_VOID = Act("void", card="visa-credit")
# The host takes no reversal now; so it stays open.
_OPEN = (*_ONCE, _sale(_UNANSWERED, *(_host(at, "90") for at in range(2, 9))))

KINDS = (
    Kind("sale", _sale(), _ONCE),
    Kind("first sale", _sale(), bare=True),
    Kind("sale, then answers lost", _sale(), _ONCE, (_UNANSWERED, Fault("request", 2, "answer-lost"))),
    Kind("sale, then no reversal", _sale(), _ONCE, (_host(1, "12"), _host(2, "96"))),
    Kind("declined", _sale(_host(1, "51")), _ONCE),
    Kind("partial", _sale(Fault("host", 1, "part", 700)), _ONCE),
    Kind("PIN", _sale(card="visa-pin"), _ONCE),
    Kind("not connected", _sale(Fault("open", 1, "refused")), _ONCE),
    Kind("request lost", _sale(_LOST), _ONCE),
    Kind("answer lost", _sale(_UNANSWERED), _ONCE),
    Kind("answer late", _sale(Fault("request", 1, "answer-late", 3000)), _ONCE),
    Kind("request doubled", _sale(Fault("request", 1, "doubled", 500)), _ONCE),
    Kind("wrong MAC", _sale(Fault("host", 1, "forged")), _ONCE),
    Kind("in doubt", _sale(_host(1, "68")), _ONCE),
    Kind("trace used before", _sale(_host(1, "94")), _ONCE),
    Kind("reversal lost", _sale(_UNANSWERED, Fault("request", 2, "lost")), _ONCE),
    Kind("reversal refused", _sale(_LOST, _host(1, "12"), _host(2, "12")), _ONCE),
    Kind("keys gone", _sale(Fault("host", 1, "keys-gone")), _ONCE),
    Kind("void", _VOID, (*_ONCE, _sale())),
    Kind("void declined", dataclasses.replace(_VOID, faults=(_host(1, "12"),)), (*_ONCE, _sale())),
    Kind("void unanswered", dataclasses.replace(_VOID, faults=(_UNANSWERED,)), (*_ONCE, _sale())),
    Kind("balance", _other("BALANCE", card="visa-pin"), _ONCE),
    Kind("refund", _other("REFUND", amount=200), _ONCE),
    Kind("refund unanswered", _other("REFUND", _UNANSWERED, amount=200), _ONCE),
    Kind("refund lost", _other("REFUND", _LOST, amount=200), _ONCE),
    Kind("refund asked about in vain", _other("REFUND", _UNANSWERED, _host(2, "90"), _host(3, "25"), amount=200), _ONCE),
    Kind("pre-authorisation", _other("PREAUTH"), _ONCE),
    Kind("pre-authorisation unanswered", _other("PREAUTH", _UNANSWERED), _ONCE),
    Kind("completion", _other("COMPLETION"), _HELD),
    Kind("completion unanswered", _other("COMPLETION", _UNANSWERED), _HELD),
    Kind("void of a hold", _other("PREAUTH_VOID"), _HELD),
    Kind("void of a completion", _other("COMPLETION_VOID"), (*_HELD, _other("COMPLETION"))),
    Kind("sign-on", _menu("SIGN_ON"), _ONCE),
    Kind("next batch", _menu("SIGN_ON", Fault("host", 1, "next-batch", 2)), _ONCE),
    Kind("nobody there", Act("wait", minutes=30), _ONCE),
    Kind("language", _menu("LANGUAGE"), _ONCE),
    Kind("start", None, _ONCE),
    Kind("start with a reversal open", None, _OPEN),
    Kind("manual list", dataclasses.replace(_sale(*(_host(at, "90") for at in range(1, 9))), habits=("manual",)), _OPEN),
    Kind("trace numbers reserved", _sale(), tuple(_sale(amount=100 + at) for at in range(_RESERVE - 1))),
    Kind("next file of the journal", _sale(), tuple(_sale(amount=100 + at) for at in range(_PER_FILE))),
)
