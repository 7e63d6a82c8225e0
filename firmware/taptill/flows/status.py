"""Status inquiry: does the host know a trace, and in which state?  And the last transaction of this terminal."""

from ..core import profile
from ..core.errors import HostTimeout, KeyError_, LinkDown, MessageError, StoreError
from . import messages, result, talk, terminal


class Status:
    """What the host said: `state` is a STATE_… letter of core.profile, "" when no answer could be had (then `why` says why)."""

    def __init__(self, why: int = result.OK):
        self.why = why
        self.state = ""
        self.f39 = ""
        self.amount = 0
        self.rrn = ""
        self.detail = ""


async def inquire(t, batch: int, stan: int) -> Status:
    """Ask the host about (batch, STAN).  Changes nothing, neither here nor there."""
    t.screen.progress(terminal.ASKING)
    try:
        request = talk.Request(t, "0820", messages.inquiry(t, t.store.next_stan(), batch, stan), True)
        await t.host.connect()
        answer = await request.send()
    except LinkDown as error:
        return _none(result.link_why(error, t.clock.now() is not None), error)
    except HostTimeout as error:
        return _none(result.TIMEOUT, error)
    except talk.BadMac as error:
        return _none(result.BAD_MAC, error)
    except talk.BadAnswer as error:
        return _none(result.BAD_ANSWER, error)
    except KeyError_ as error:
        return _none(result.NO_KEYS, error)
    except StoreError as error:
        return _none(result.STORE, error)
    finally:
        await t.host.close()
    f39 = answer.fields.get(39, "")
    status = Status()
    if f39 == "25":
        status.state = profile.STATE_NONE
        return status
    if f39 != "00":
        refused = _none(result.HOST_CODE, "answer to 0820: F39 " + f39)
        refused.f39 = f39
        return refused
    try:
        status.state, status.amount, status.rrn = profile.status(answer.fields.get(63))
    except MessageError as error:
        return _none(result.BAD_ANSWER, error)
    return status


def _none(why: int, error) -> Status:
    status = Status(why)
    status.detail = str(error)
    return status
