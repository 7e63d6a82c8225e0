"""What the host's word means for an open intent: two tables, without any doing.

Hosts of the field answer 25 for "already reversed", "in another state" and "another day" (then the debit stands), and 12, 01
or 22 for much else.  So only 00 reverses; everything else is closed by nothing but the host's positive word about that very
trace.  A calendar is no evidence (messages page, "0410, what it says and what we do").

| F39 of the 0410 | verdict |
|---|---|
| 00 | REVERSED |
| 64 | DIFFERS: the host holds another amount, more tries change nothing |
| 77, 79, 95 | SIGN_ON, then again |
| A0 | SIGN_ON, then again; also what a wrong MAC of the answer means |
| 90 | TOLD: the host closes its day, later |
| 58, 97 | TOLD: the host does not take this terminal |
| any other, none, nonsense | ASK about the trace |

| word of the status inquiry, about the same amount | closes as |
|---|---|
| declined | not approved |
| reversed | reversed |
| never seen and barred | not found |
| approved, not known, none | nothing: it stays open |
"""

from ..core.journal import record as records
from ..core.profiles import cn_pos as profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errands import Status


REVERSED = 1
DIFFERS = 2
SIGN_ON = 3
TOLD = 4
ASK = 5

_CODES = {
    "00": REVERSED,
    "64": DIFFERS,
    "77": SIGN_ON,
    "79": SIGN_ON,
    "95": SIGN_ON,
    "A0": SIGN_ON,
    "90": TOLD,
    "58": TOLD,
    "97": TOLD,
}
_WORDS = {
    profile.STATE_DECLINED: records.NOT_APPROVED,
    profile.STATE_REVERSED: records.REVERSED,
    profile.STATE_BARRED: records.NOT_FOUND,
}


def of_reversal(f39: str) -> int:
    """Verdict on F39 of an authentic 0410."""
    return _CODES.get(f39, ASK)


def of_word(status: "Status", amount: int) -> int:
    """State of the journal record that closes an intent over `amount`, or 0: the word of a flows.errands.Status closes nothing.

    A word about another amount is about another transaction.
    """
    return _WORDS.get(status.state, 0) if status.amount == amount else 0
