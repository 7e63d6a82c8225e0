"""A balance inquiry (余额查询): no money moves, so there is no intent, no record, and nothing to settle without an answer."""

from ..core import transactions
from ..core.errors import MessageError
from ..core.journal import record as records
from ..core.journal import timestamp
from . import payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def balance(t: "Terminal") -> result.Result:
    """What is on the account of the card that is tapped: the amount of the Result, and kept nowhere."""
    try:
        asked = await payment.begin(t, transactions.BALANCE, 0)
        await tap.tap(t, asked)
        await pin.enter(t, asked)
        answered = await payment.ask(t, asked)
    except payment.Ended as early:
        return early.result
    f39 = answered.fields.get(39, "")
    approved = t.profile.responses.approves(f39)
    told = result.of(asked.ended(0, 0), result.APPROVED if approved else result.DECLINED, result.NOT_TAKEN)
    if approved:
        try:
            told.amount = t.profile.balance(answered)
            told.unkept, told.facts = asked.ended(records.APPROVED, timestamp.pack(t.clock.now())), asked.facts
            told.unkept.approved = told.amount
        except MessageError as error:
            return payment.stop(asked, result.BAD_ANSWER, error).result
    else:
        told.why, told.f39 = result.HOST_CODE, f39
        told.wants_sign_on = t.profile.responses.wants_sign_on(f39)
    return told
