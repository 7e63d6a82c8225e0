"""A room: several terminals, one ledger; cards, faults, speed and cuts as a page asks for them."""

import asyncio
import json
import time

import pytest
from desk_room import IDLE, ask, home, in_room, kinds, messages, press, shown

from acquirer.books import totals
from desk import books
from desk.errors import DeskError
from desk.room import Room
from desk.serve import sell
from desk.wallet import luhn


async def view(room, terminal):
    return books.view(room.ledger, terminal.id, terminal.wallet.pans(), await terminal.journal())


@pytest.mark.parametrize("count", [6, 30])
def test_all_sell_at_the_same_moment_and_the_books_agree(tmp_path, count):
    async def story(room):
        await asyncio.gather(*[sell(terminal, 100 + terminal.number) for terminal in room.terminals])
        for terminal in room.terminals:
            found = await view(room, terminal)
            assert found["difference"] == 0 and found["problems"] == [] and found["pending"] is None
            assert [row["approved_amount"] for row in found["transactions"]] == [100 + terminal.number]
            assert [row["amount"] for row in found["journal"]] == [100 + terminal.number]
            assert sum(hour["count"] for hour in found["day"]) == 1
            sale = terminal.timeline.last
            assert (sale.kind, sale.amount, sale.result) == ("sale", 100 + terminal.number, "approved")
            assert messages(sale) == ["0200", "0210"] and sale.ended_at
        whole = books.view(room.ledger)
        assert len(whole["transactions"]) == count and whole["problems"] == []
        merchant = next(each for each in whole["accounts"] if each["kind"] == "merchant")
        assert merchant["balance"] == sum(100 + number for number in range(1, count + 1))

    in_room(tmp_path, story, count)


def test_cards_keep_their_counter_and_the_journal_stays(tmp_path):
    async def story(room):
        await sell(room.terminals[0])
        await sell(room.terminals[1])
        return [len((await terminal.journal())["records"]) for terminal in room.terminals]

    assert in_room(tmp_path, story, 2) == [1, 1]
    # Switched on again: a counter that began anew would be refused as used before.
    assert in_room(tmp_path, story, 2) == [2, 2]


def test_a_journal_is_read_again_after_a_sale_only(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        await sell(terminal)
        first = await terminal.journal()
        assert await terminal.journal() is first
        await sell(terminal)
        assert len((await terminal.journal())["records"]) == 2

    in_room(tmp_path, story)


def test_made_cards_exist_on_the_bench_and_at_the_host(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        made = {"scheme": "unionpay", "label": "<script>alert(1)", "balance": 1000}
        reply = await ask(terminal, "900", made=made)
        await shown(terminal, "APPROVED")
        await home(terminal)
        name = reply["card"]
        card = next(card for card in terminal.wallet.shown() if card["name"] == name)
        assert card["label"] == made["label"] and card["made"] and "*" in card["pan"]
        # Its balance is the host's: the second time there is not enough.
        await ask(terminal, "900", card=name)
        await shown(terminal, "DECLINED")
        await home(terminal)
        assert terminal.timeline.last.result == "declined"
        return name

    name = in_room(tmp_path, story)

    async def again(room):
        await ask(room.terminals[0], "100", card=name)
        await shown(room.terminals[0], "APPROVED")

    in_room(tmp_path, again)


@pytest.mark.parametrize(
    "made, words",
    [
        ({"scheme": "visa", "declining": True}, ("NOT CHARGED", "DECLINED", "CARD UNUSABLE")),
        ({"scheme": "mastercard", "blocked": True}, ("CARD UNUSABLE", "NOT CHARGED")),
        ({"scheme": "visa", "expired": True}, ("DECLINED", "CARD UNUSABLE", "NOT CHARGED")),
        ({"scheme": "unionpay", "after": 1}, ("Present card", "TAP ENDED", "Hold it still")),
        ({"scheme": "visa", "pin": "4321", "pan": None}, ("Enter PIN",)),
    ],
)
def test_made_cards_behave_as_made(tmp_path, made, words):
    async def story(room):
        terminal = room.terminals[0]
        await ask(terminal, "500", made=made)
        await terminal.bench.wait_text(lambda lines: any(line.startswith(words) for line in lines), 20)
        if "pin" in made:
            await press(terminal, made["pin"] + "#")
            await shown(terminal, "APPROVED")
            assert "4321" not in str(terminal.timeline.last.whole())
        rows = totals(room.ledger)
        assert rows["approved"]["count"] == (1 if "pin" in made else 0)

    in_room(tmp_path, story)


@pytest.mark.parametrize(
    "made, said",
    [
        ({"scheme": "visa", "pan": "4761739001010011"}, "check digit"),
        ({"scheme": "visa", "pan": "4929000000000" + luhn("4929000000000")}, "only test numbers"),
        ({"scheme": "visa", "pan": "6200000000000005"}, "not a number of visa"),
        ({"scheme": "visa", "label": "测试"}, "8859"),
    ],
)
def test_cards_that_cannot_be_made(tmp_path, made, said):
    async def story(room):
        with pytest.raises(DeskError, match=said):
            await room.terminals[0].command({"do": "card", "made": made})
        assert not any(card["made"] for card in room.terminals[0].wallet.shown())

    in_room(tmp_path, story)


def test_a_fault_hits_the_terminal_at_which_it_was_said(tmp_path):
    async def story(room):
        one, two = room.terminals
        await two.command({"do": "host", "line": "decline 51 next sale"})
        assert [fault["fault"] for fault in two.faults()] == ["decline"] and one.faults() == []
        await ask(one)
        await shown(one, "APPROVED")
        await ask(two)
        await shown(two, "DECLINED")
        assert two.faults() == []
        ordered, hit = [entry for entry in two.timeline.last.entries if entry["kind"] == "fault"]
        assert ordered["lane"] == "person" and ordered["summary"]["en"] == "The issuer declines as ordered (51)"
        assert hit["lane"] == "host" and hit["detail"]["fault"] == "decline"
        with pytest.raises(DeskError, match="not among"):
            await one.command({"do": "host", "line": "provision 10000001"})

    in_room(tmp_path, story, 2)


def test_fast_forward_through_a_lost_answer(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        await terminal.command({"do": "host", "line": "drop-answer next sale"})
        await ask(terminal)
        await shown(terminal, "PLEASE WAIT", "Waiting for")
        began = time.monotonic()
        await terminal.command({"do": "speed", "factor": 60})
        await shown(terminal, "REVERSED")
        assert time.monotonic() - began < 15  # its patience is 60 s
        await terminal.command({"do": "speed", "factor": 1})
        await home(terminal)
        sale = terminal.timeline.last
        assert messages(sale) == ["0200", "0400", "0410"] and sale.result == "reversed"
        assert max(entry["t"] for entry in sale.entries) > 50000
        found = await view(room, terminal)
        assert found["difference"] == 0 and found["problems"] == []

    in_room(tmp_path, story)


@pytest.mark.parametrize("factor", [10, 60])
def test_fast_forward_keeps_host_and_terminal_together(tmp_path, factor):
    # 70 s of the host are more than the 60 s that the terminal waits, however fast both pass.
    async def story(room):
        terminal = room.terminals[0]
        await terminal.command({"do": "host", "line": "delay 70 next sale"})
        await terminal.command({"do": "speed", "factor": factor})
        await ask(terminal)
        await room_settles(terminal)
        await terminal.command({"do": "speed", "factor": 1})
        sale = terminal.timeline.last
        assert sale.result == "reversed", messages(sale)
        found = await view(room, terminal)
        assert found["difference"] == 0 and found["problems"] == []

    async def room_settles(terminal):
        await terminal.bench.wait_text(lambda lines: any("REVERSED" in line or "APPROVED" in line for line in lines), 40)
        await home(terminal)

    in_room(tmp_path, story)


def test_fast_forward_hurries_a_delay_of_the_host_under_way(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        await terminal.command({"do": "host", "line": "delay 40 next sale"})
        await ask(terminal)
        await shown(terminal, "PLEASE WAIT", "Waiting for")
        began = time.monotonic()
        await terminal.command({"do": "speed", "factor": 10})
        await shown(terminal, "APPROVED")
        assert 2 < time.monotonic() - began < 20

    in_room(tmp_path, story)


def test_cut_at_the_next_write_is_settled_in_the_same_payment(tmp_path):
    async def story(room):
        terminal = room.terminals[0]
        heard = []
        terminal.watchers.add(heard.append)
        await press(terminal, "700#")
        await shown(terminal, "Present card")
        await terminal.command({"do": "cut", "after": "write", "n": 5})
        assert terminal.faults()[0]["fault"] == "cut"
        place = terminal.bench.count
        await terminal.command({"do": "card", "card": "visa-credit"})
        if terminal.bench.on:
            await terminal.bench.wait_event(lambda event: event["ev"] == "power", 20, place)
        assert not terminal.state()["power"] and terminal.faults() == [] and terminal.card is None
        sale = terminal.timeline.last
        await terminal.command({"do": "power", "on": True})
        await terminal.bench.wait_text(lambda lines: lines and (lines[0].startswith("REVERSED") or IDLE in lines), 20)
        if IDLE not in terminal.bench.text():
            await home(terminal)
        assert terminal.timeline.last is sale and not sale.open
        assert kinds(sale).count("power") == 2
        found = await view(room, terminal)
        assert found["difference"] == 0 and found["problems"] == []
        assert {event["ev"] for event in heard} >= {"screen", "entry", "payment", "power", "faults", "card"}

    in_room(tmp_path, story)


def test_wifi_and_host_can_be_taken_away(tmp_path):
    async def story(room):
        one, two = room.terminals
        await one.command({"do": "host-stop", "stopped": True})
        assert two.state()["host"] == "stopped"
        await two.command({"do": "host", "line": "clear"})
        await ask(two)
        await shown(two, "NOT CHARGED")
        await home(two)
        await two.command({"do": "host-stop", "stopped": False})
        await ask(two)
        await shown(two, "APPROVED")
        await one.command({"do": "wifi", "up": False})
        assert one.state()["wifi"] is False
        await one.command({"do": "power", "on": False})
        await one.command({"do": "power", "on": True})
        await one.command({"do": "speed", "factor": 10})
        await shown(one, "No Wi-Fi")
        await ask(one)
        await shown(one, "NOT CHARGED")
        assert one.timeline.last.kind == "sale" and one.timeline.last.result == "not-charged"
        assert totals(room.ledger)["approved"]["count"] == 1

    in_room(tmp_path, story, 2)


def test_no_room_for_none_or_too_many(tmp_path):
    async def make(count):
        Room(tmp_path, count)

    for count in (0, 100):
        with pytest.raises(DeskError, match="1 to 99"):
            asyncio.run(make(count))


def test_a_room_speaks_the_profile_of_its_settings(tmp_path):
    """What `till demo --set profile=iso87a` opens: the wire names the fields of that profile, to the bit, and no secret."""

    async def story(room):
        (terminal,) = room.terminals
        await ask(terminal)
        await shown(terminal, "APPROVED")
        await home(terminal)
        return [entry for payment in terminal.timeline.payments for entry in payment.entries if entry["kind"] == "message"], [
            room.ledger.tmk(terminal.id), *room.ledger.working_keys(terminal.id)
        ]  # fmt: skip

    entries, keys = in_room(tmp_path, story, settings={"profile": "iso87a"})
    told = [entry["detail"] for entry in entries]
    (request,) = (detail for detail in told if detail["mti"] == "0200")
    assert request["mac_ok"] and not any("error" in detail for detail in told)
    rows = {field["n"]: field for field in request["fields"]}
    assert rows["7"]["row"] == "7 iso87a" and rows["60"]["name"] == "Batch" and "meaning" in rows["22"]
    (tvr,) = (node for node in request["de55"] if node["tag"] == "95")
    assert tvr["meaning"]
    shown_all = json.dumps(entries).lower()
    assert not any(key.hex() in shown_all or key.hex().upper().encode().hex() in shown_all for key in keys)
