"""What a history is made of, all of it drawn from one number: settings, acts, faults.

A plan is plain data: it can be printed, made shorter, and played again.  Two plans of one seed are equal.
"""

import dataclasses
import datetime
import random

from acquirer.testcards import TRANSACTION_LIMIT

from . import bank, person, settings, visits
from .faults import FLASH, KEYS, NET, Fault
from .person import Act

CARDS = ("visa-credit", "visa-debit", "visa-pin", "mastercard-credit", "unionpay-debit", "unionpay-quasi", "phone")
ODD_CARDS = ("declining", "expired", "blocked", "not-emv", "mifare", "slow", "pulled-away")
_DAYS = ((2026, 11, 30), (2026, 12, 31), (2027, 2, 28), (2028, 2, 29), (2027, 3, 31), (2029, 12, 31))
_FAULTY = 0.4
_JOURNALS = ((256, 64), (16, 64), (4, 64), (3, 12))  # records of a file, and files: the last one is soon full
_JOURNALS_DRAWN = (6, 1, 2, 1)
_BEHIND_INTENT = 4  # the operation on flash behind an intent, of a sale that writes nothing before: three write it
_KNOWN = 0.7  # how often a void is of a card that was used here
_TAKEN_BACK = 0.5  # how often a sale is voided that was approved in part, or went wrong when it was to be recorded
_TWIN = "twin"
_OWNER = 0.03  # how often the owner comes before an act
_LATE = ("late", "answer-late", "doubled")  # requests whose value is a time
_ON_FLASH, _CUT_TOO = ("flash", "memory"), 0.4  # how often the power fails soon after what went wrong there
_HABIT = 0.016  # how likely an act shows each
_FORGOTTEN = 0.15  # of histories in which everything goes wrong, those that end with an intent which flash loses
# F39 of the terminal's table, and some that no table has; any two letters or digits come now and then.
_CODES = (
    "01 03 04 05 12 13 14 15 20 22 25 30 34 40 41 43 51 54 55 57 58 61 62 63 64 65 68 75 77 79 89 90 91 92 94 95 96 97 98 99 A0"
).split()
_APPROVING = "00 10 11 16 A2 A4 A5 A6".split()
_CALMER, _MORE = 0.25, (6, 14)  # what goes wrong in the hours after, of what did before; how many acts they have
# How many customers come for something else than a sale, and for what: "sell", or rows of person.OTHERS, one after the other.
_OTHERS = (2, 4)
_ERRANDS = (
    ("BALANCE",),
    ("sell", "REFUND"),
    ("sell", "REFUND", "REFUND"),
    ("sell", "REFUND", "REFUND", "REFUND"),
    ("PREAUTH", "PREAUTH_VOID"),
    ("PREAUTH", "COMPLETION"),
    ("PREAUTH", "COMPLETION", "REFUND"),
    ("PREAUTH", "COMPLETION", "COMPLETION_VOID", "COMPLETION"),
)
_ANY = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclasses.dataclass(frozen=True)
class Plan:
    """`begins`: the true local time at which it begins; a believable plan has no liar in it; `ntp`: what the time server says,
    "right", "silent" or "unreachable", and how many seconds it is off; `blocks` of flash; `first_stan`: the trace numbers up to
    it are used up; `volatile`: the flash has a write cache, which a power cut loses; `records` in each of the journal's `files`.
    """

    seed: int
    settings: dict = dataclasses.field(hash=False)
    begins: datetime.datetime
    acts: "tuple[Act, ...]"
    believable: bool = True
    ntp: str = "unreachable"
    ntp_off_s: int = 0
    blocks: int = 64
    first_stan: int = 0
    volatile: bool = False
    records: int = 256
    files: int = 64

    def words(self) -> "list[str]":
        """For a person: what happens in it."""
        lines = [f"seed {self.seed}, {'believable' if self.believable else 'malicious'}, begins {self.begins:%Y-%m-%d %H:%M:%S}"]
        lines += [f"  {name} = {value}" for name, value in self.settings.items()]
        for number, act in enumerate(self.acts, 1):
            lines.append(f"  act {number}: {act}")
            lines += [f"      {fault}" for fault in act.faults]
        return lines


def drawn(
    seed: int, believable: bool = True, acts: int = 0, faulty: float = _FAULTY, longer: bool = True, others: bool = True
) -> Plan:
    """The plan of a seed; `acts` of them (0: some), `faulty` of them with a fault, and habits as often.

    `longer`: the shop goes on for some hours in which less goes wrong; `others`: then come some who want something else than a
    sale.
    """
    source = random.Random(seed)
    day = source.choice(_DAYS)
    begins = datetime.datetime(*day, source.choice((9, 12, 23)), source.choice((0, 30, 58)), tzinfo=datetime.timezone.utc)
    count = acts or source.randint(8, 24)
    return Plan(
        seed,
        settings.drawn(source),
        begins,
        (
            *_acts(source, count, believable, faulty),
            *_forgotten(random.Random(f"{seed} forgotten"), faulty),
            *(_afterwards(random.Random(f"{seed} afterwards"), believable, faulty) if longer and not acts else ()),
            *(_others(random.Random(f"{seed} others"), believable, faulty) if others and not acts else ()),
        ),
        believable,
        source.choices(("unreachable", "right", "silent"), (6, 3, 1))[0],
        0 if believable else source.choice((0, -86400 * 400, 86400 * 400)),
        source.choices((64, 26, 17), (88, 9, 3))[0],
        source.choices((0, source.randint(994_500, 994_990)), (24, 1))[0],
        source.random() < 0.2,
        *source.choices(_JOURNALS, _JOURNALS_DRAWN)[0],
    )


def _acts(source: random.Random, count: int, believable: bool, faulty: float) -> "list[Act]":
    """So many of the counter, and some visits of the owner among them."""
    acts: list[Act] = []
    for _ in range(count):
        if source.random() < _OWNER:
            acts += visits.drawn(source)
        act = _act(source, believable, faulty)
        if act.what == "void" and acts and source.random() < _KNOWN:
            act = dataclasses.replace(act, card=source.choice(acts).card or act.card)
        if acts and any(fault.how == _TWIN for fault in acts[-1].faults):
            act = dataclasses.replace(act, habits=(*act.habits, "manual"))  # nothing else would end it
        acts.append(act)
        odd = any(fault.where == "memory" or fault.how == "part" for fault in act.faults)
        if act.what == "sell" and odd and source.random() < _TAKEN_BACK:
            acts += [Act("wait", minutes=1, habits=("insists",)), Act("void", card=act.card)]
    return acts


def _forgotten(source: random.Random, faulty: float) -> "tuple[Act, ...]":
    """A payment is open when the power fails, and the next start finds no intent of it: by chance alone that is rare."""
    if source.random() >= faulty * _FORGOTTEN:
        return ()
    unanswered = Fault("request", 1, "answer-lost", source.getrandbits(30))
    rot = Fault("flash", _BEHIND_INTENT, "rot", source.getrandbits(30) | 1)  # odd: of what was written last
    cut = Fault("power", source.randint(13, 18), "cut", source.getrandbits(30))
    return (
        Act("wait", minutes=1, habits=("insists",)),
        Act("sell", source.randint(100, 9000), "visa-credit", faults=(unanswered, rot, cut)),
        Act("wait", minutes=1, habits=("manual",)),
    )


def _afterwards(source: random.Random, believable: bool, faulty: float) -> "list[Act]":
    """Most of a shop's sales go well; what an earlier fault has left behind shows in one of them, or in what goes wrong there."""
    return _acts(source, source.randint(*_MORE), believable, faulty * _CALMER)


def _others(source: random.Random, believable: bool, faulty: float) -> "list[Act]":
    """Customers who come for something else, each about the same money; half as much goes wrong: one act needs the one before."""
    acts = []
    for _ in range(source.randint(*_OTHERS)):
        card, amount = source.choice(CARDS), source.randint(100, 9000)
        for what in source.choice(_ERRANDS):
            act = _act(source, believable, faulty / 2)
            of_it = source.choice((amount, amount, amount // 2, amount - 1, amount + 1, amount * 115 // 100, act.amount))
            acts.append(
                dataclasses.replace(
                    act,
                    what="sell" if what == "sell" else "other",
                    row="ECHO" if what == "sell" else what,
                    amount=amount if what in ("sell", "PREAUTH") else of_it,
                    card=card if source.random() < _KNOWN else act.card,
                    minutes=0,
                )
            )
    return acts


def _act(source: random.Random, believable: bool, faulty: float) -> Act:
    what = source.choices(person.WHATS, (84, 9, 3, 1, 3))[0]
    habits = []
    for habit in person.HABITS:
        if source.random() < _HABIT * faulty / _FAULTY:
            habits.append(habit)
    faults: list[Fault] = []
    while source.random() < faulty and len(faults) < 5:
        faults.append(_fault(source, believable))
        if faults[-1].where in _ON_FLASH and source.random() < _CUT_TOO:
            after = faults[-1].at + source.randint(1, 20)
            faults.append(Fault("power", after, "cut", source.getrandbits(30)))  # what it has done shows at the next start
    amount = source.choice((10, 99, *(source.randint(100, 9000) for _ in range(6)), source.randint(9000, 120_000)))
    if source.random() < 0.03:
        amount = TRANSACTION_LIMIT + 1
    return Act(
        what,
        amount,
        source.choices((source.choice(CARDS), source.choice(ODD_CARDS)), (93, 7))[0],
        source.choices((person.BY_CARD, person.LAST_SEEN, source.randint(1, 60)), (40, 50, 10))[0],
        source.choice(person.MENU),
        source.choice((1, 1, 2, 30)) if what == "wait" else 0,
        source.randint(0, 6),
        tuple(habits),
        tuple(faults),
    )


def _fault(source: random.Random, believable: bool) -> Fault:
    where = source.choices(
        ("power", "request", "host", "open", "flash", "heap", "memory", "link", "clock", "display", "reader", "key", "time"),
        (40, 40, 20, 6, 9, 4, 4, 4, 2, 2, 2, 2, 6),
    )[0]
    value = source.getrandbits(30)
    if where == "power":
        return Fault(where, source.choice((source.randint(1, 12), source.randint(1, 90))), "cut", value)
    if where == "request":
        how = source.choice(NET[where])
        return Fault(where, _early(source), how, _lateness(source) if how in _LATE else value)
    if where == "open":
        return Fault(where, _early(source), source.choice(NET[where]))
    if where == "host":
        return _host(source, believable)
    if where == "flash":
        return Fault(where, _of_writes(source), source.choice(FLASH), value)
    if where == "memory":
        return Fault(where, _of_writes(source), "MemoryError")
    if where == "heap":
        return Fault(where, int(10 ** source.uniform(1, 4.2)), "MemoryError")
    if where == "key":
        return Fault(where, 0, source.choice(KEYS), source.randrange(16))
    if where == "clock":
        return Fault(where, 0, "leap", source.choice((-86400 * 9000, -3600, 86400, 86400 * 366)))
    return Fault(where, 0, "off", source.randint(100, 20_000))


def _early(source: random.Random) -> int:
    """Which of an act's few requests."""
    return source.choices((1, 2, 3, 4, 5), (50, 22, 14, 9, 5))[0]


def _of_writes(source: random.Random) -> int:
    """Which of an act's operations on flash."""
    return source.choice((source.randint(1, 12), source.randint(1, 40)))


def _lateness(source: random.Random) -> int:
    return int(10 ** source.uniform(2, 5.2))


def _host(source: random.Random, believable: bool) -> Fault:
    at = _early(source)
    kinds = bank.KINDS if believable or source.random() < 0.5 else bank.LIES
    how = source.choice(kinds)
    if how in ("code", "lies"):
        code = source.choice(_CODES) if source.random() < 0.8 else source.choice(_ANY) + source.choice(_ANY)
        if how == "code" and code in _APPROVING:
            code = _CODES[0]  # what is booked as declined is not told as approved: that would be a lie
        return Fault("host", at, how, 0, code)
    if how == "other-word":
        return Fault("host", at, how, source.randint(1, 5000), source.choice("DRBD"))
    if how == "word":
        return Fault("host", at, how, 0, source.choice("ADRBN"))
    if how == "next-batch":  # a small number leads back to a batch that there was
        return Fault("host", at, how, source.choice((source.randint(1, 3), source.randint(1, 5000))))
    return Fault("host", at, how, _lateness(source) if how == "slow" else source.randint(1, 5000))
