"""Faults in words: what strikes, and at which occasion of the act."""

from .faults import Fault

_ENDS = {1: "st", 2: "nd", 3: "rd"}
_REQUEST = {
    "lost": "is lost on its way",
    "late": "arrives {value} ms late",
    "doubled": "arrives a second time after {value} ms",
    "damaged": "arrives with a bit flipped",
    "broken-before": "is lost, and the connection breaks",
    "broken-after": "arrives, and the connection breaks before the answer",
    "other-host": "reaches another host",
    "answer-lost": "is decided, and the answer is lost",
    "answer-late": "is decided, and the answer comes {value} ms late",
    "answer-stray": "is decided, and the answer comes on the next connection",
    "answer-doubled": "is decided, and the answer comes twice",
    "answer-split": "is decided, and the answer comes in pieces",
    "answer-glued": "is decided, and the answer comes behind an old one",
    "answer-damaged": "is decided, and the answer comes with a bit flipped",
    "answer-cut": "is decided, and of the answer only the beginning comes",
}
_HOST = {
    "code": "is answered with F39 {text}",
    "part": "is approved for {value} minor units at most",
    "silent": "is decided, and the host says nothing",
    "dead": "finds the host dead",
    "restart": "is decided, and the host starts anew without an answer",
    "day-cut": "comes after the host has closed its day",
    "keys-gone": "comes after the host has lost the working keys",
    "next-batch": "comes after the host has begun batch {value}",
    "slow": "is answered after {value} ms",
    "forged": "is answered with a wrong MAC",
    "lies": "is answered with F39 {text}, which is a lie",
    "other-field": "is answered with a field of another request",
    "word": "is told of another state than the books have",
}
_OPEN = {"refused": "is refused", "no-name": "does not find the host's name", "silent": "is never answered"}
_FLASH = {
    "rot": "bits rot",
    "lost": "the operation is taken and not done",
    "astray": "the operation lands in another block",
    "fails": "the block is worn and refuses",
    "deaf": "the block is worn and keeps its old bits",
    "unreadable": "the block cannot be read",
    "disturbed": "what is read disturbs its neighbours",
}


def words(fault: Fault) -> str:
    """A sentence for a person."""
    count = ordinal(fault.at)
    if fault.where == "power":
        return f"the power fails at the {count} step at which it may"
    if fault.where == "request":
        return f"the {count} request {_REQUEST[fault.how].format(value=fault.value)}"
    if fault.where == "host":
        return f"the {count} request that arrives {_HOST[fault.how].format(value=fault.value, text=fault.text)}"
    if fault.where == "open":
        return f"the {count} connection {_OPEN[fault.how]}"
    if fault.where == "flash":
        return f"at the {count} operation on the flash {_FLASH[fault.how]}"
    if fault.where == "heap":
        return f"no memory is left at the {count} line that is run"
    return {
        "clock": f"the clock leaps by {fault.value} s",
        "time": f"the power fails after {fault.value} ms",
        "link": f"the Wi-Fi goes after {fault.value} ms, for half a minute",
        "display": f"the display goes after {fault.value} ms, for twenty seconds",
        "reader": "the card reader says nothing",
    }[fault.where]


def ordinal(number: int) -> str:
    """1st, 2nd, 11th."""
    return f"{number}{'th' if number % 100 in (11, 12, 13) else _ENDS.get(number % 10, 'th')}"
