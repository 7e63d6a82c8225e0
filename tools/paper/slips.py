"""Slips of journal records on a computer: the firmware's own document, its own bytes for a printer, and the printer's model."""

import functools
from collections.abc import Iterable
from typing import Any

from chips import escpos_printer
from rig.firmware import taptill_on_path
from words import tables

taptill_on_path()

from taptill.app.guidance import Guidance
from taptill.app.slips.issuer import Issuer
from taptill.app.widgets.han import HanCodes
from taptill.app.widgets.texts import Texts
from taptill.core.slips import lines
from taptill.drivers import escpos

_TEXTS = tables.FIRMWARE / "texts"
_BAUD = 115200


def issuer(shop: Any, language: str, currency: tuple[str, int], marks: tuple[Any, ...] = ()) -> Issuer:
    """Who writes slips in `language`; `currency` (letters, decimals), `shop` has names and numbers."""
    texts = Texts(str(_TEXTS))
    texts.use(language)
    return Issuer(shop, texts, guidance(), *currency, marks)


@functools.cache
def guidance() -> Guidance:
    """The firmware's table of what ends mean."""
    return Guidance(str(_TEXTS / "guidance.bin"))


def text(slip: "Iterable[lines.Line]") -> str:
    """The slip in columns, as a console shows it: large letters are as small as the others."""
    out = []
    for row in lines.rows(slip):
        said = row.words() if row.what != lines.HALF else ""
        if row.what == lines.MIDDLE:
            said = " " * ((lines.COLUMNS - lines.size(said)) // 2) + said
        if row.right:
            said += " " * max(1, lines.COLUMNS - lines.size(said) - lines.size(row.right)) + row.right
        out.append(said.rstrip())
    return "\n".join(out) + "\n"


def printed(slip: "Iterable[lines.Line]") -> list[dict[str, Any]]:
    """The slip as it comes out of a printer with Chinese characters: the items of chips/escpos_language.py."""
    codes = HanCodes(str(_TEXTS / "gb.bin"))
    data = escpos.RESET + escpos.CHINESE
    data += b"".join(escpos.text(row, codes.find) for row in lines.rows(slip)) + escpos.END
    return on_model(data)


def on_model(data: bytes, chinese: bool = True) -> list[dict[str, Any]]:
    """What a printer makes of `data`, in no time."""
    waiting: list[Any] = []
    items: list[dict[str, Any]] = []
    printer = escpos_printer.EscposPrinter(
        lambda: 0, lambda delay, action: waiting.append(action), lambda sent: None, items.append, chinese, _BAUD
    )
    for at in range(0, len(data), 256):
        printer.receive(data[at : at + 256])
        while waiting:
            waiting.pop(0)()
    return items
