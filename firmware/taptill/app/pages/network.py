"""The diagnosis on the screen, from the air to the host's answer: what fails with its cause and remedy, and what was fine.

Imported when it is asked for (app.room): nobody needs it in a sale.
"""

import gc

from ...flows import diagnosis
from ...flows import result as ends
from .. import words
from ..widgets import icons, pager
from . import wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ...flows.diagnosis import Diagnosis
    from ..guidance import Guidance
    from ..roles import Place
    from ..widgets.canvas import Canvas, Text


_SHOWN_S = 30
_LABELS = {
    diagnosis.RADIO: words.NET_WIFI,
    diagnosis.JOIN: words.NET_JOIN,
    diagnosis.ADDRESS: words.NET_ADDRESS,
    diagnosis.ROUTER: words.NET_ROUTER,
    diagnosis.NAME: words.NET_NAME,
    diagnosis.PORT: words.NET_HOST,
    diagnosis.SECURE: words.NET_TLS,
    diagnosis.ECHO: words.NET_ECHO,
}


async def show(shop: "Place") -> None:
    """Diagnose, and show what came of it."""
    ui = shop.ui

    def told(step: int) -> None:
        ui.working()
        wait.testing(ui.canvas, words.NET_TESTING, _LABELS[step], step, len(_LABELS))

    found = await run(shop, told)
    shop.host_seen = not found.failed
    await tell(shop, found, _SHOWN_S)


async def tell(shop: "Place", found: "Diagnosis", timeout_s: int) -> str:
    """Show what came of a diagnosis; the key that ended it, "" when the time was up."""
    ui, tls = shop.ui, shop.terminal.config.tls
    return await ui.read(lambda page: draw(ui.canvas, ui.guidance, found, tls, page), timeout_s)


async def run(shop: "Place", told: "Callable[[int], None] | None" = None) -> "Diagnosis":
    """Diagnose without a word on the screen; the report goes to the console."""
    gc.collect()
    found = await diagnosis.diagnose(shop.terminal, shop.net(), told)
    for line in found.lines():
        shop.report(line)
    return found


def draw(c: "Canvas", guidance: "Guidance", found: "Diagnosis", tls: bool, page: int = 0) -> int:
    """Cause and remedy first, then a line for each step that was fine.

    A signal so weak that echoes were lost goes before any other cause: to move closer is quickly tried.
    """
    texts: "list[Text]" = [words.NET_GOOD]
    if found.failed:
        told = ends.Result(ends.FAILED, ends.NOT_TAKEN, found.why)
        told.f39 = found.f39
        guide = guidance.explain(told)
        texts = [guide.why, guide.step]
    if found.weak:
        air: "list[Text]" = [words.N_SIGNAL, words.S_CLOSER]
        texts = air + texts if found.lossy else texts + air
    if found.hint:
        guide = guidance.explain(ends.Result(ends.FAILED, ends.NOT_TAKEN, found.hint))
        texts += [guide.why, guide.step]
    if found.failed and found.fine:
        texts.append(words.FINE_SO_FAR)
    for step, value in found.fine:
        if step == diagnosis.SECURE and not tls:
            texts.append(words.NO_TLS)
        else:
            texts.append((_LABELS[step], value or c.words(words.OK)))
    return pager.sentences(c, words.NETWORK, texts, icons.CROSS if found.failed else icons.CHECK, page)
