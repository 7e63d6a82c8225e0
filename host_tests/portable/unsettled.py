"""A stage on which a reversal is open, as most tests of the reversal need it."""

from accounts import AMOUNT
from expect import run
from stage import Stage

from taptill.flows import sale


def sell(stage, amount=AMOUNT):
    """What a sale on this stage ends as."""
    return run(sale.sale(stage.t, amount))


def unsettled(tries: int = 2):
    """A stage after its power came back, with a reversal that the host has not heard of."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    sell(stage)
    again = stage.again()
    again.t.config.reversal_tries = tries
    return again
