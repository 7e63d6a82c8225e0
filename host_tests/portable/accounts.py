"""What the tests of the flows compare in full: a result, a journal record, the messages that left."""

from taptill.core.journal import timestamp
from taptill.core.profiles import cn_pos as profile

AMOUNT = 1250
NOW = timestamp.pack((2026, 11, 22, 10, 15, 30))
MASKED = "469380******9311"
OPEN = {"kind": 22, "asked": AMOUNT, "stan": 1, "pan": MASKED}
TOLD_OF = ("end", "money", "why", "kind", "amount", "asked", "stan", "pan", "f39", "auth", "rrn", "cvm", "tries", "detail")
KEPT_OF = ("seq", "kind", "state", "batch", "stan", "amount", "approved", "requested_at", "ended_at", "pan", "f39", "reversal",
         "rrn", "auth", "tries", "cause", "reason", "cvm", "original")  # fmt: skip


def told(outcome, **given):
    """Every value of a Result must be the one given, or the one that says nothing."""
    wanted = {"end": 0, "money": 0, "why": 0, "kind": 0, "amount": 0, "asked": 0, "stan": 0, "pan": "", "f39": "", "auth": "",
              "rrn": "", "cvm": 0, "tries": 0, "detail": ""}  # fmt: skip
    wanted.update(given)
    for name in TOLD_OF:
        assert getattr(outcome, name) == wanted[name], (name, getattr(outcome, name), wanted[name])


def kept(record, **given):
    """The same of a journal record of a sale on the stage."""
    wanted = {"seq": 1, "kind": 22, "state": 0, "batch": 1, "stan": 1, "amount": AMOUNT, "approved": 0, "requested_at": NOW,
              "ended_at": NOW, "pan": MASKED, "f39": "", "reversal": "", "rrn": "", "auth": "", "tries": 0, "cause": 0,
              "reason": 0, "cvm": 0, "original": None}  # fmt: skip
    wanted.update(given)
    for name in KEPT_OF:
        assert getattr(record, name) == wanted[name], (name, getattr(record, name), wanted[name])


def sent(stage) -> list:
    return [profile.parse(request) for request in stage.bank.requests]


def fields(message) -> dict:
    """Its fields without chip data and MAC, which other tests pin."""
    return {number: message.fields[number] for number in message.fields if number not in (55, 64)}
