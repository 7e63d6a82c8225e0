"""F-M14: nobody can see the display, so no new payment; what is open is settled all the same."""

from expect import run
from stage import Stage
from unsettled import sell, unsettled

from taptill.flows import again, result, reversal, sale, terminal, void


def test_f_m14_no_new_payment_without_a_display():
    """F-M14: neither a sale nor, further, a void; nothing is written, sent or asked of the card."""
    stage = Stage()
    sell(stage)
    before = len(stage.bank.requests), dict(stage.content)
    stage.screen.lit = False
    stage.screen.steps = []
    for flow in (sale.sale(stage.t, 700), void.void(stage.t, 1), again.pay(stage.t, lambda: sale.sale(stage.t, 700))):
        outcome = run(flow)
        assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, result.NO_DISPLAY)
    assert (len(stage.bank.requests), stage.content, stage.screen.steps) == (before[0], before[1], [])


def test_f_m14_what_is_open_is_settled_in_the_dark():
    """F-M14: at power-on, and when somebody tries to sell: the reversal first, then the refusal."""
    stage = unsettled()
    stage.screen.lit = False
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    stage = unsettled()
    stage.screen.lit = False
    assert sell(stage).why == result.NO_DISPLAY
    assert stage.store.pending() is None and stage.bank.debited() == stage.journaled() == 0


def test_f_m14_a_display_that_goes_dark_at_the_tap_stops_the_request():
    """F-M14, further: the amount was seen, the end would not be."""
    stage = Stage()
    progress = stage.screen.progress

    def dark(step, amount=0, detail=0):
        progress(step, amount, detail)
        stage.screen.lit = step != terminal.REMOVE_CARD

    stage.screen.progress = dark
    outcome = sell(stage)
    assert (outcome.end, outcome.why, stage.bank.requests) == (result.NOT_SENT, result.NO_DISPLAY, [])
    assert "pending" not in stage.content
