"""Sign-on (签到): fresh working keys and the batch number; echo: is the host there?"""

from ..core.errors import HostTimeout, KeyError_, LinkDown, StoreError
from . import messages, result, talk, terminal


async def sign_on(t, for_reversal: bool = False) -> result.Result:
    """Fetch working keys.

    A pending reversal forbids it (pending-first), with one exception: the reversal itself found the keys out of step,
    `for_reversal`; then the batch stays as it is.
    """
    try:
        if not for_reversal and t.store.pending():
            return _failed(result.PENDING)
        t.screen.progress(terminal.SIGNING_ON)
        request = talk.Request(t, "0800", messages.sign_on(t, t.store.next_stan()), False)
        await t.host.connect()
        answer = await request.send()
        f39 = answer.fields.get(39, "")
        if f39 != "00":
            refused = _failed(result.HOST_CODE)
            refused.f39 = f39
            return refused
        t.keys.install(answer.fields.get(62, b""))
        f60 = answer.fields.get(60, "")
        if not for_reversal and len(f60) >= 8:
            t.store.set_batch(int(f60[2:8]))
    except LinkDown as error:
        return _failed(result.link_why(error, t.clock.now() is not None), error)
    except HostTimeout as error:
        return _failed(result.TIMEOUT, error)
    except talk.BadAnswer as error:
        return _failed(result.BAD_ANSWER, error)
    except KeyError_ as error:
        return _failed(result.KEYS_REFUSED, error)
    except StoreError as error:
        return _failed(result.STORE, error)
    finally:
        await t.host.close()
    return result.Result(result.DONE, result.NOT_TAKEN)


async def echo(t) -> result.Result:
    """Ask the host for a sign of life."""
    t.screen.progress(terminal.ASKING)
    try:
        request = talk.Request(t, "0820", messages.echo(t), False)
        await t.host.connect()
        answer = await request.send()
    except LinkDown as error:
        return _failed(result.link_why(error, t.clock.now() is not None), error)
    except HostTimeout as error:
        return _failed(result.TIMEOUT, error)
    except talk.BadAnswer as error:
        return _failed(result.BAD_ANSWER, error)
    finally:
        await t.host.close()
    f39 = answer.fields.get(39, "00")
    if f39 != "00":
        refused = _failed(result.HOST_CODE)
        refused.f39 = f39
        return refused
    return result.Result(result.DONE, result.NOT_TAKEN)


def _failed(why: int, error=None) -> result.Result:
    failed = result.Result(result.FAILED, result.NOT_TAKEN, why)
    failed.detail = str(error) if error else ""
    return failed
