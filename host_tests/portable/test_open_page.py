"""What the page of an open reversal says when the host is asked about it."""

import sys

from expect import SLOW, run

if not SLOW:
    sys.modules.setdefault("framebuf", sys)  # CPython has none, and nothing is drawn here

from taptill.app import words
from taptill.app.pages import reversal_open
from taptill.core.journal import pending as pendings
from taptill.flows import errands, result, reversal


class _Shop:
    """Terminal, store and ui in one: what is open, and what was told."""

    def __init__(self, state: int):
        self.told = []
        self.terminal = self.store = self.ui = self
        self._open = pendings.Pending()
        self._open.state, self._open.amount = state, 1250

    def pending(self):
        return self._open

    async def message(self, title: int, text: int):
        self.told.append((title, text))


def _told(said, state: int = pendings.SENT) -> list:
    """(title, sentence) of what is shown after the host was asked and `said` this."""

    async def ask(terminal, pending):
        return said, None

    shop, before = _Shop(state), reversal.ask
    reversal.ask = ask
    try:
        assert run(reversal_open._status(shop)) is False
    finally:
        reversal.ask = before
    return shop.told


def _status(why: int = result.OK, state: str = "", amount: int = 0):
    said = errands.Status(why)
    said.state, said.amount = state, amount
    return said


def test_what_the_host_knows_is_told_and_why_it_could_not_be_asked():
    for said, sentence in (
        (_status(result.TIMEOUT), words.STATUS_NO_ANSWER),
        (_status(result.STORE), words.B_STORE),  # flash refused the number for the question: nobody was asked
        (_status(state="A", amount=1250), words.STATUS_TAKEN),
        (_status(state="A", amount=1249), words.U_DIFFERS),
        (_status(state="N"), words.STATUS_UNKNOWN_THERE),
    ):
        assert _told(said) == [(words.CHECK_STATUS, sentence)]


def test_of_a_trace_that_was_used_before_what_is_booked_is_the_earlier_payment():
    assert _told(_status(state="A", amount=1250), pendings.ASKING) == [(words.CHECK_STATUS, words.R_DUPLICATE)]
