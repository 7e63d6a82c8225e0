"""F-D5: the equation that the ledger shows is true, and what is said of the books is said in both languages."""

import re

import pytest
from desk_room import ask, in_room, shown

from acquirer import report
from acquirer.findings import money
from desk import books, wording
from desk.errors import DeskError


async def view(room, terminal, journal=None) -> dict:
    return books.view(room.ledger, terminal.id, terminal.wallet.pans(), journal or await terminal.journal())


def test_the_bank_has_more_while_an_answer_is_lost(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        await terminal.command({"do": "host", "line": "drop-answer next sale"})
        await ask(terminal, "880")
        await shown(terminal, "Waiting for")
        await terminal.bench.wait_event(lambda event: event["ev"] == "net" and event.get("step") == "sent", 20, since=0)
        while not (found := await view(room, terminal))["sums"]["host"]:
            assert "Waiting for" in terminal.bench.text()
        assert found["sums"] == {"host": 880, "journal": 0, "manual": 0} and found["difference"] == 880
        said = found["problems"]
        assert said[-1] == {"en": "a reversal is still open at the terminal", "zh": "终端还有一笔冲正未结清"}
        assert {
            "en": "approved sales: 0.00 in the journal, 8.80 at the host",
            "zh": "成功交易合计：终端流水 0.00，银行 8.80",
        } in said
        for texts in said:
            assert not re.search(r"[A-Za-z]", texts["zh"]) and "880" not in texts["en"]
        # A supervisor takes it over: the bank still has it, and the difference is told as known.
        record = {
            "batch": found["pending"]["batch"],
            "stan": found["pending"]["stan"],
            "state_name": "manual list",
            "approved": 0,
            "amount": 880,
        }
        found = await view(room, terminal, {"records": [record], "pending": None})
        assert found["sums"] == {"host": 880, "journal": 0, "manual": 880}
        assert found["difference"] == 0 and found["problems"] == []

    in_room(tmp_path, story)


def test_every_finding_speaks_both_languages(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        for state in ("approved", "partial", "declined", "reversed", "reversed: not found", "not sent", "pending"):
            records = [{"batch": 1, "stan": 7, "state": state, "amount": 1250, "approved": 0, "kind": "sale"}]
            for finding in report.reconcile(records, room.ledger, terminal.id):
                assert not re.search(r"[A-Za-z]", finding.texts["zh"]), finding.texts
                assert finding.texts["en"] == finding and "1250" not in finding

    in_room(tmp_path, story)


@pytest.mark.parametrize("minor, text", [(0, "0.00"), (5, "0.05"), (-880, "-8.80"), (123456, "1234.56")])
def test_amounts_are_never_minor_units(minor, text):
    assert money(minor) == text
    if minor > 0:
        assert set(wording.host_fault("partial", minor)[1].values()) == {text}


def test_an_error_that_a_person_meets_is_told_in_chinese_too(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        await terminal.command({"do": "power", "on": False})
        with pytest.raises(DeskError) as caught:
            await terminal.command({"do": "card", "card": "visa-credit"})
        assert caught.value.texts() == {"en": "card: the terminal is switched off", "zh": "终端已关机"}

    in_room(tmp_path, story)
