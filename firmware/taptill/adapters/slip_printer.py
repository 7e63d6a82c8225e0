"""Slips on a receipt printer: rows in, until the last one is printed."""

from ..drivers import escpos
from .slips import SlipFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Protocol

    from ..core.slips.lines import Row
    from ..drivers.escpos_dots import Shapes
    from ..drivers.printer import Printer
    from .files import Folder

    class Codes(Protocol):
        """Codes of GB 18030: app.widgets.han.HanCodes."""

        def find(self, code: int) -> int: ...


class SlipPrinter:
    """`printer` is a drivers.printer.Printer; `chinese`: it has these characters in its ROM."""

    def __init__(self, printer: "Printer", chinese: bool):
        self._printer = printer
        self._chinese = chinese

    async def print(self, rows: "Iterable[Row]", codes: "Codes", shapes: "Shapes") -> None:
        """Print a slip; returns when the last row is on paper.  Raises PrinterFault.

        `codes` are those of Chinese characters (app.widgets.han.HanCodes); for a printer without them rows are drawn of `shapes`,
        the glyphs of the display.
        """
        await self._printer.begin()
        if self._chinese:
            await self._printer.put(escpos.CHINESE)
            for row in rows:
                await self._printer.put(escpos.text(row, codes.find))
        else:
            await self._draw(rows, shapes)
        await self._printer.put(escpos.END)
        await self._printer.done()

    async def _draw(self, rows: "Iterable[Row]", shapes: "Shapes") -> None:
        from ..drivers.escpos_dots import Painter

        painter = Painter(shapes)
        for row in rows:
            await self._printer.put(escpos.text(row, _none) if escpos.is_plain(row) else painter.row(row))


def _none(code: int) -> int:
    return 0


def paper(printer: "Printer", chinese: bool, folder: "Folder", seq: int) -> "tuple[SlipFile, SlipPrinter]":
    """What a board with a printer needs for slips; `chinese`: as its table says, `seq` the number of the newest record."""
    note = SlipFile(folder)
    note.open(seq)
    return note, SlipPrinter(printer, chinese)
