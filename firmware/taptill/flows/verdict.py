"""What the host's word means for an open intent, without any doing.

Hosts of the field answer 25 for "already reversed", "in another state" and "another day" (then the debit stands), and 12, 01
or 22 for much else.  So only 00 reverses; everything else is closed by nothing but the host's positive word about that very
trace.  A calendar is no evidence (messages page, "0410, what it says and what we do").  Which F39 of an answer to a reversal is
which verdict of core.responses stands in the profile; a wrong MAC is SIGN_ON.

| word of the status inquiry, about the same amount | closes as |
|---|---|
| declined | not approved |
| reversed | reversed |
| never seen and barred | not found |
| approved | nothing: it stays open; of a row that is not reversed: approved |
| not known, none | nothing: it stays open |
"""

from ..core import trace_state, transactions
from ..core.journal import pending as pendings
from ..core.journal import record as records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.pending import Pending
    from .errands import Status


_WORDS = {
    trace_state.DECLINED: records.NOT_APPROVED,
    trace_state.REVERSED: records.REVERSED,
    trace_state.BARRED: records.NOT_FOUND,
}


def of_word(status: "Status", intent: "Pending") -> int:
    """State of the journal record that closes that intent, or 0: the word of a flows.errands.Status closes nothing.

    A word about another amount is about another transaction; so is "approved" of a trace that the host called used before.
    """
    if status.amount != intent.amount:
        return 0
    if status.state == trace_state.APPROVED:
        stands = not transactions.reversed_(intent.kind) and intent.state != pendings.ASKING
        return records.APPROVED if stands else 0
    return _WORDS.get(status.state, 0)
