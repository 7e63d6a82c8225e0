"""What the terminal asks the host apart from payments: working keys, a sign of life, the state of a trace."""

from ..core import trace_state, transactions
from ..core.errors import KeyError_, MessageError, StoreError
from . import exchange, result, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.pending import Pending
    from .terminal import Terminal


class Status:
    """What the host said: `state` is a letter of core.trace_state, "" when no answer could be had (then `why` says why)."""

    def __init__(self, why: int = result.OK, f39: str = "", detail: str = ""):
        self.why = why
        self.f39 = f39
        self.detail = detail
        self.state = ""
        self.amount = 0
        self.rrn = ""


async def sign_on(t: "Terminal", for_reversal: bool = False) -> result.Result:
    """Sign-on (签到): fetch working keys and the batch number.

    A pending reversal forbids it (pending-first), with one exception: the reversal itself found the keys out of step,
    `for_reversal`; then the batch stays as it is.
    """
    try:
        if not for_reversal and t.store.pending():
            return _failed(result.PENDING)
        if not t.keys.has_master():
            return _failed(result.KEY_FILE)
        t.screen.progress(terminal.SIGNING_ON)
        asked = t.profile.sign_on(t.config, t.store.next_stan(), t.store.batch(), t.clock.now())
        answer = await exchange.Request(t, asked, False).ask()
        done = _done(answer.fields.get(39, ""))
        if done.end == result.DONE:
            t.keys.install(t.profile.wrapped_keys(answer))
            batch = t.profile.told_batch(answer)
            if not for_reversal and batch:
                t.store.set_batch(batch)
        return done
    except exchange.Stopped as stopped:
        return _failed(stopped.why, stopped)
    except KeyError_ as error:
        return _failed(result.KEYS_REFUSED, error)
    except StoreError as error:
        return _failed(result.STORE, error)


async def echo(t: "Terminal") -> result.Result:
    """Ask the host for a sign of life."""
    t.screen.progress(terminal.ASKING)
    try:
        answer = await exchange.Request(t, t.profile.echo(t.config, t.store.batch(), t.clock.now()), False).ask()
    except exchange.Stopped as stopped:
        return _failed(stopped.why, stopped)
    return _done(answer.fields.get(39, "00"))


async def inquire(t: "Terminal", batch: int, stan: int, intent: "Pending | None" = None) -> Status:
    """Ask the host what it knows about (batch, STAN), the trace of the open `intent`.  Changes nothing here, and there only this:
    of an intent that is not reversed the host bars what it has never seen.

    An answer that repeats another trace, or anything else of this one than the intent has, is none.
    Keys that are out of step are fetched once on the way.
    """
    said = await _inquire(t, batch, stan, intent)
    if said.why == result.BAD_MAC or t.profile.responses.wants_sign_on(said.f39):
        signed_on = await sign_on(t, for_reversal=True)
        if signed_on.end == result.DONE:
            said = await _inquire(t, batch, stan, intent)
    return said


async def _inquire(t: "Terminal", batch: int, stan: int, intent: "Pending | None") -> Status:
    t.screen.progress(terminal.ASKING)
    bars = None if intent is None or transactions.reversed_(intent.kind) else intent
    about = t.profile.about(intent) if intent else {}
    try:
        asked = t.profile.inquiry(t.config, t.store.next_stan(), t.store.batch(), (batch, stan), t.clock.now(), bars)
        answer = await exchange.Request(t, asked, True, about=about).ask()
    except exchange.Stopped as stopped:
        return Status(stopped.why, detail=str(stopped))
    except StoreError as error:
        return Status(result.STORE, detail=str(error))
    f39 = answer.fields.get(39, "")
    if f39 not in ("00", "25"):
        return Status(result.HOST_CODE, f39, "answer to %s: F39 %s" % (asked.mti, f39))
    status = Status()
    if f39 == "25":
        status.state = trace_state.NONE
        return status
    try:
        status.state, status.amount, status.rrn = t.profile.status(answer)
    except MessageError as error:
        return Status(result.BAD_ANSWER, detail=str(error))
    return status


def _done(f39: str) -> result.Result:
    if f39 == "00":
        return result.Result(result.DONE, result.NOT_TAKEN)
    refused = _failed(result.HOST_CODE)
    refused.f39 = f39
    return refused


def _failed(why: int, error: "Exception | None" = None) -> result.Result:
    failed = result.Result(result.FAILED, result.NOT_TAKEN, why)
    failed.detail = str(error) if error else ""
    return failed
