"""F-M17: the hand on the wire, as the desk has it: what it can do to a line, and that the books come right afterwards.

Cases that the row does not name: answers in pieces and glued, a hand that is taken off, codes that cannot be forged, a host
that is away.
"""

import asyncio

import pytest
from acquirer_bench import MERCHANT, TERMINAL, HandTerminal, new_acquirer
from test_bench_sale import Till, options
from test_desk_lessons import OPTIONS, SETTINGS

from acquirer import books, mac
from acquirer.ledger import LedgerError
from acquirer.profiles.cn_pos import wire
from acquirer.wire import connected
from desk.commands import checked
from desk.errors import DeskError
from desk.forge import approve
from desk.hand import Hand
from desk.room import Room
from rig.lab import Lab

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def answer(code="51", kind=mac.ECB, mti="0210", **more) -> bytes:
    fields = {4: "000000001500", 11: "000007", 37: "112900000007", 39: code, 41: TERMINAL, 42: MERCHANT, 60: "22000001", **more}
    message = wire.Message(mti, fields, bytes.fromhex("6000000003"), bytes(6))
    return wire.encode(message, lambda data: mac.code(kind, KEY, data))


def reads_well(frame: bytes, kind=mac.ECB) -> bool:
    message = wire.decode(frame)
    return mac.matches(kind, KEY, message.mac_data, message.fields[64])


@pytest.mark.parametrize("code", ["51", "05", "55", "61", "91", "96", "41"])
def test_a_decline_becomes_an_approval_whose_mac_is_right(code):
    forged = approve(answer(code))
    fields = wire.decode(forged.frame).fields
    assert fields[39] == "00" and reads_well(forged.frame)
    assert forged.changes[0] == (39, code, "00") and (forged.batch, forged.stan) == (1, 7)
    assert {number for number, _, _ in forged.changes} == {37, 39}
    assert approve(answer(code, mac.RETAIL)) and not reads_well(approve(answer(code, mac.RETAIL)).frame, mac.RETAIL)


@pytest.mark.parametrize("frame", [answer("00"), answer(mti="0410"), answer()[:-9], b"", b"\x60\x00rubbish", bytes(300)])
def test_other_answers_go_on_as_they_are(frame):
    assert approve(frame) is None


def test_where_no_free_place_fits_nothing_is_changed():
    """A reference of signs that would become unprintable, and nothing else to change."""
    assert approve(answer("A0")) is None or reads_well(approve(answer("A0")).frame)
    fields = {4: "000000001500", 11: "000007", 39: "51", 41: TERMINAL, 42: MERCHANT, 60: "22000001"}
    message = wire.Message("0210", fields, bytes.fromhex("6000000003"), bytes(6))
    assert approve(wire.encode(message, lambda data: mac.code(mac.ECB, KEY, data))) is None


def test_the_hand_changes_one_answer_however_it_is_cut(tmp_path):
    """Byte by byte, and two answers in one segment; before and after it everything goes through as it is."""

    async def work():
        struck = []
        async with new_acquirer() as acquirer:
            hand = Hand(lambda: (acquirer.ports["tcp"], False), struck.append)
            port = await hand.lay()
            async with HandTerminal(acquirer) as terminal:
                terminal.writer.close()
                terminal.reader, terminal.writer = await connected("127.0.0.1", port)
                assert await terminal.code("0200", terminal.sale(2)) == "00" and hand.armed
                for line in ("decline 51 next 2", "slow 1 next sale"):
                    assert (await acquirer.command(line))["ok"]
                assert await terminal.code("0200", terminal.sale(3)) == "00"  # HandTerminal has checked its MAC
                assert [each.stan for each in struck] == [3] and not hand.armed
                assert await terminal.code("0200", terminal.sale(4)) == "51"
                await hand.lay()
                assert (await acquirer.command("decline 05 next"))["ok"] and (await acquirer.command("duplicate next sale"))["ok"]
                terminal.send(terminal.body("0200", terminal.sale(5)))
                assert [(await terminal.receive()).fields[39] for _ in range(2)] == ["00", "05"]
            await hand.away()
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(asyncio.wait_for(work(), 30))


def test_a_hand_on_a_dead_line_is_a_dead_line():
    async def work():
        hand = Hand(lambda: (1, False), lambda forged: None)
        reader, writer = await asyncio.open_connection("127.0.0.1", await hand.lay())
        with pytest.raises(ConnectionError):
            if await reader.read() == b"":
                raise ConnectionError  # hung up is as good as reset
        writer.close()
        await hand.away()

    asyncio.run(asyncio.wait_for(work(), 10))


def test_f_m17_the_same_hand_on_three_lines(tmp_path):
    """Plain TCP with the dialect's MAC: believed.  TLS, and the retail MAC: reversed.  And the books agree in the end."""

    async def sell(room, terminal):
        await terminal.command({"do": "host", "line": "decline 51 next sale"})
        await terminal.command({"do": "hand", "on": True})
        assert [fault["fault"] for fault in terminal.faults()] == ["decline", "hand"]
        for key in "1500#":
            await terminal.command({"do": "key", "key": key})
        await terminal.bench.wait_text(lambda screen: "PRESENT_CARD" in screen.names, 20)
        await terminal.command({"do": "card", "card": "visa-credit"})
        ends = ("APPROVED", "REVERSED")
        screen = await terminal.bench.wait_text(lambda screen: screen.names[:1] and screen.names[0] in ends, 30)
        await terminal.command({"do": "card-off"})
        await terminal.command({"do": "key", "key": "#"})
        await terminal.bench.wait_text(lambda screen: screen.idle, 20)
        assert terminal.faults() == [] and books.transactions(room.ledger, terminal.id)[-1]["state"] == "declined"
        return screen.names[0]

    async def work():
        async with Room(tmp_path, 1, settings=SETTINGS, options=OPTIONS) as room:
            terminal = room.terminal(1)
            told = []
            terminal.watchers.add(told.append)
            await terminal.bench.wait_text(lambda screen: screen.idle, 20)
            seen = {}
            for line in ({"tls": False}, {"tls": True}, {"tls": False, "mac": "retail"}):
                await terminal.command({"do": "line", **line})
                await terminal.bench.wait_text(lambda screen: screen.idle, 20)
                seen[tuple(terminal.line.state().values())] = await sell(room, terminal)
            assert seen == {(False, "ecb"): "APPROVED", (True, "ecb"): "REVERSED", (False, "retail"): "REVERSED"}
            await terminal.command({"do": "hand", "on": True})
            await terminal.command({"do": "host", "line": "clear"})  # ends every fault, this one too
            assert terminal.faults() == []
            await terminal.command({"do": "line", "usual": True})
            assert terminal.line.state() == {"tls": True, "mac": "ecb"} == room.terminal(1).state()["line"]
            made_good = books.transactions(room.ledger, terminal.id)[0]
            assert (made_good["state"], made_good["approved_amount"]) == ("approved", 1500)
            assert books.problems(room.ledger) == [] and room.ledger.merchant_balance("100000000000001") == 1500
            entries = [event["entry"] for event in told if event["ev"] == "entry"]
            changed = [each["summary"] for each in entries if each["detail"].get("fault") == "hand"]
            assert changed[0].startswith("F39 51 → 00, F37 ") and changed[1] == "" and len(changed) == 3
            oks = [each["detail"]["mac_ok"] for each in entries if each["detail"].get("mti") == "0210"]
            assert oks == [True, False]  # over TLS none came
            with pytest.raises(DeskError, match="mac"):
                checked({"do": "line", "mac": "sound"})
            with pytest.raises(LedgerError, match="no declined sale"):
                room.ledger.make_good(terminal.id, 1, 2)

    asyncio.run(asyncio.wait_for(work(), 120))


def test_a_bench_keeps_its_route_through_a_restart(tmp_path):
    async def work():
        async with Lab(tmp_path, False, SETTINGS, options()) as lab:
            till = Till(lab)
            await till.shows("HINT_IDLE")
            hand = Hand(lambda: (lab.acquirer.ports["tcp"], False), lambda forged: None)
            await lab.bench.route(await hand.lay())
            await lab.bench.do("power", on=False)
            await lab.bench.do("power", on=True)
            await till.shows("HINT_IDLE")
            await till.sale("1250", "visa-credit", "APPROVED")
            await hand.away()

    asyncio.run(asyncio.wait_for(work(), 120))
