"""Any order of sales, repeats, reversals and inquiries against a model a few lines long."""

import asyncio

import pytest
from acquirer_bench import MERCHANT, VECTOR_CARD, HandTerminal, new_acquirer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquirer import books

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sale", "reversal", "inquiry", "decline", "day-cut"]), st.integers(2, 4), st.sampled_from([100, 250])
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_ledger_is_what_the_answers_said(steps):
    async def play() -> None:
        async with new_acquirer() as acquirer, HandTerminal(acquirer) as terminal:
            known: dict[int, list] = {}  # STAN -> [state, amount, day, answer of its reversal]
            day = 0
            for kind, stan, amount in steps:
                sale = terminal.sale(stan, amount)
                row = known.get(stan)
                if kind == "day-cut":
                    acquirer.ledger.day_cut()
                    day += 1
                elif kind == "inquiry":
                    letter = (await terminal.inquire(900, stan))[1][0]
                    state = row and ("barred" if row[3] == "25" else row[0])
                    assert letter == {None: "N", "approved": "A", "declined": "D", "reversed": "R", "barred": "B"}[state]
                elif kind == "reversal":
                    code = await terminal.code("0400", terminal.reversal(sale))
                    if row is None:
                        known[stan] = ["reversed", amount, day, "25"]
                        assert code == "25"
                    elif row[1] != amount:
                        assert code == "64"
                    elif row[0] == "reversed":
                        assert code == row[3]
                    elif row[0] == "declined" or row[2] != day:
                        assert code == "12"
                    else:
                        known[stan] = ["reversed", amount, day, "00"]
                        assert code == "00"
                else:
                    if kind == "decline":
                        await acquirer.command("decline 51 next sale")
                    code = await terminal.code("0200", sale)
                    if row is None:
                        known[stan] = ["declined" if kind == "decline" else "approved", amount, day, ""]
                        assert code == ("51" if kind == "decline" else "00")
                    elif row[0] == "reversed":
                        assert code == "22"
                    elif row[1] != amount:
                        assert code == "94"
                    else:
                        assert code == {"approved": "00", "declined": "51"}[row[0]]
                taken = sum(row[1] for row in known.values() if row[0] == "approved")
                assert acquirer.ledger.merchant_balance(MERCHANT) == taken
                assert acquirer.ledger.balance(VECTOR_CARD) == 1000000 - taken
            assert books.problems(acquirer.ledger) == []

    asyncio.run(asyncio.wait_for(play(), 60))
