"""The operator's menu: each row its text, what it does, who may, and when it is there."""

from ..core import transactions
from ..flows import errands
from ..flows import result as ends
from . import words
from .pages import about, earlier, last_sale, menu
from .room import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .roles import Place


async def _sign_on(shop: "Place") -> None:
    done = await shop.sign_on()
    await _tell(shop, done, words.SIGN_ON, words.SIGNED_ON)


async def _echo(shop: "Place") -> None:
    done = await errands.echo(shop.terminal)
    shop.host_seen = done.end == ends.DONE
    await _tell(shop, done, words.ECHO, words.ECHO_OK)


async def _void(shop: "Place") -> None:
    await earlier.run(shop, transactions.VOID, words.VOID)


async def _more(shop: "Place") -> None:
    with Room():
        from .pages import more

        await more.show(shop)


async def _language(shop: "Place") -> None:
    shop.other_language()


async def _tally(shop: "Place") -> None:
    with Room():
        from .pages import tally

        await tally.show(shop)


async def _evidence(shop: "Place") -> None:
    with Room():
        from .pages import evidence

        await evidence.show(shop)


async def diagnose(shop: "Place") -> None:
    """The network, step by step."""
    with Room():
        from .pages import network

        await network.show(shop)


async def _slip(shop: "Place") -> None:
    with Room():
        from .pages import slip_of

        await slip_of.show(shop)


async def _self_test(shop: "Place") -> None:
    with Room():
        from .pages import selftest

        await selftest.show(shop.ui, shop.terminal.health, shop.terminal.keys.check_values())


async def _tell(shop: "Place", done: ends.Result, title: int, good: int) -> None:
    if done.end == ends.DONE:
        await shop.ui.message(title, good)
    else:
        await shop.ui.result(done)


MAIN = (
    menu.Row(words.LAST_SALE, last_sale.show),
    menu.Row(words.VOID, _void, transactions.VOID.who),
    menu.Row(words.MORE_PAYMENTS, _more),
    menu.Row(words.SIGN_ON, _sign_on),
    menu.Row(words.ECHO, _echo),
    menu.Row(words.NETWORK, diagnose),
    menu.Row(words.TALLY, _tally),
    menu.Row(words.EXPORT, _evidence),
    menu.Row(words.SELF_TEST, _self_test),
    menu.Row(words.LANGUAGE, _language),
    menu.Row(words.ABOUT, about.show),
    menu.Row(words.SLIP, _slip),
)
