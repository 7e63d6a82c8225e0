"""The payments that are not everyday's: each a row of the menu, with what has to be typed first."""

from ...core import transactions
from ...flows.balance import balance
from ...flows.sale import sale
from .. import words
from . import amount, earlier, menu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from ..roles import Place


async def show(shop: "Place"):
    """Choose one and do it."""
    act = await menu.pick(shop, words.MORE_PAYMENTS, ROWS)
    if act:
        await act(shop)


async def _balance(shop: "Place") -> None:
    await shop.pay(transactions.BALANCE, 0, lambda: balance(shop.terminal))


async def _hold(shop: "Place") -> None:
    value = await amount.ask(shop.ui)
    if value:
        await shop.pay(transactions.PREAUTH, value, lambda: sale(shop.terminal, value, transactions.PREAUTH))


def _about(row: transactions.Transaction, title: int) -> "Callable[[Place], Coroutine[Any, Any, None]]":
    return lambda shop: earlier.run(shop, row, title)


ROWS = (
    menu.Row(words.BALANCE, _balance),
    menu.Row(words.REFUND, _about(transactions.REFUND, words.REFUND), transactions.REFUND.who),
    menu.Row(words.PREAUTH, _hold),
    menu.Row(words.COMPLETION, _about(transactions.COMPLETION, words.COMPLETION)),
    menu.Row(words.PREAUTH_VOID, _about(transactions.PREAUTH_VOID, words.PREAUTH_VOID), transactions.PREAUTH_VOID.who),
    menu.Row(
        words.COMPLETION_VOID, _about(transactions.COMPLETION_VOID, words.COMPLETION_VOID), transactions.COMPLETION_VOID.who
    ),
)
