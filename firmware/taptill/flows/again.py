"""A payment that ends because keys or batch are out of step: the terminal signs on by itself and offers it once more.

Nothing is repeated without the person: the first one has ended without money, and the second is a payment of its own with a
trace of its own.  There is one sign-on and one offer; a host that wants a sign-on again has something else wrong.
"""

from . import errands, result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from .terminal import Terminal


async def pay(t: "Terminal", flow: "Callable[[], Coroutine[Any, Any, result.Result]]") -> result.Result:
    """What the payment of `flow()` ended as, or that of its second time."""
    done = await flow()
    if not done.wants_sign_on:
        return done
    signed_on = await errands.sign_on(t)
    if signed_on.end != result.DONE:
        done.not_signed_on = signed_on
        return done
    if not await t.screen.again(done):
        done.told = True
        return done
    second = await flow()
    second.after_sign_on = True
    return second
