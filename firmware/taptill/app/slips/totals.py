"""The slips of sums: a settlement, a shift, a day.  Who counts gives the figures; here they are written below each other."""

from ...core.journal import timestamp
from ...core.slips import lines
from .. import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.slips.lines import Line
    from ..widgets.texts import Text
    from .issuer import Issuer

    Sum = tuple[Text, int, int]  # what was added, how many, minor units


SETTLEMENT = words.SETTLEMENT_SLIP
SHIFT = words.SHIFT_SLIP
DAY = words.DAY_SLIP


def totals(
    by: "Issuer",
    title: int,
    sums: "list[Sum]",
    total: "tuple[int, int]",
    begun_at: int = 0,
    ended_at: int = 0,
    batch: int = 0,
    operator: str = "",
    told: "tuple[Text, ...]" = (),
    again: bool = False,
) -> "list[Line]":
    """`title`: SETTLEMENT, SHIFT or DAY; `sums` line by line; `total` (count, amount) of all; stamps of begin and end (0: none).

    `told`: what is to be said of it, the first in bold: do both sides agree, and what now?
    """
    out = by.head("", again)
    values: "list[tuple[Text, Text]]" = [
        (words.OPERATOR, operator),
        (words.BATCH, "%06d" % batch if batch else ""),
        (words.FROM_MOMENT, timestamp.text(begun_at) if begun_at else ""),
        (words.TO_MOMENT, timestamp.text(ended_at) if ended_at else ""),
    ]
    out += [by.line(lines.PAIR, label, value) for label, value in values if value]
    out += [by.line(lines.RULE), by.line(lines.GAP), by.line(lines.TITLE, title)]
    out.append(by.line(lines.GAP))
    out += [_sum(by, label, count, amount) for label, count, amount in sums]
    out.append(by.line(lines.RULE))
    out.append(_sum(by, words.ALL_TOGETHER, *total))
    out += [by.line(lines.GAP), by.line(lines.AMOUNT, "", by.money(total[1]))]
    if told:
        out.append(by.line(lines.RULE))
        out.append(by.line(lines.STRONG, told[0]))
        out += [by.line(lines.TEXT, text) for text in told[1:]]
    return out


def _sum(by: "Issuer", label: "Text", count: int, amount: int) -> "Line":
    return lines.TOTAL, by.say(label) + lines.TAB + "%d" % count, by.figures(amount)
