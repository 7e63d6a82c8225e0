"""How it ended.  Each of these screens answers: was money taken?  why did it stop?  what now?"""

from ...core.emv import outcome
from ...flows import result as ends
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import MARGIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..guidance import Guidance
    from ..widgets.canvas import Canvas, Text


def page_of(c: "Canvas", guidance: "Guidance", found: ends.Result):
    """`draw(page) -> pages` for a Result; `guidance` is an app.guidance.Guidance."""
    if found.end in (ends.APPROVED, ends.PARTIAL):
        done = guidance.explain(found).title
        return lambda page: approved(c, done, found, page)
    told = guidance.explain(found)
    title: "Text" = (told.title, found.f39) if found.end == ends.DECLINED else told.title
    why: "Text" = told.why
    if found.card and found.card.reason == outcome.NOT_SUPPORTED and found.card.scheme:
        why = (words.N_SCHEME, found.card.scheme)
    texts: "list[Text]" = [told.money, why, told.step]
    if found.asked and (found.earlier or found.end in (ends.UNKNOWN, ends.REVERSED, ends.MANUAL)):
        texts.append(transaction_line(c, found.asked, found.stan))
    if found.earlier:
        texts.insert(0, words.EARLIER)
    return lambda page: pager.sentences(c, title, texts, told.icon, page)


def approved(c: "Canvas", title: int, found: ends.Result, page: int = 0) -> int:
    """Page 0: the amount; page 1: card, trace, authorisation; a low glass has one of these a page."""
    if c.low:
        from . import low

        return low.approved(c, title, found, page)
    part = found.end == ends.PARTIAL
    pan, stan, auth = found.pan, found.stan, found.auth
    page %= 2
    if not c.begin("approved", title, part, found.amount, found.asked, found.cvm, pan, stan, auth, page):
        return 2
    c.bar(title, icons.CHECK, "", True)
    if not page:
        c.big(found.amount, 16)
        if part:
            c.centre((words.PART_OF, c.money(found.asked)), 48)
        elif found.earlier:
            c.centre(words.EARLIER, 48)
        elif found.cvm == outcome.CVM_SIGNATURE:
            c.centre(words.SIGNATURE, 48)
        else:
            pager.pair(c, "*" + pan[-4:], "%06d" % stan, 48)
    else:
        c.text(short_pan(pan), MARGIN, c.body[0])
        pager.pair(c, words.TRACE, "%06d" % stan, c.body[1])
        if auth:
            pager.pair(c, words.AUTH, auth, c.body[2])
    c.show()
    return 2


def transaction_line(c: "Canvas", amount: int, stan: int) -> str:
    """Which transaction is meant: amount and trace."""
    return "%s #%06d" % (c.money(amount), stan)


def short_pan(pan: str) -> str:
    """First six, a star, last four: the same width for every card."""
    return pan[:6] + "******" + pan[-4:] if len(pan) > 10 else pan
