"""Every fault, as a terminal sees it, and what it leaves in the ledger."""

import asyncio

import pytest
from acquirer_bench import MERCHANT, TERMINAL, HandTerminal, run

from acquirer import books, faults
from acquirer.profiles.cn_pos import wire

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


async def command(acquirer, line: str) -> dict:
    answer = await acquirer.command(line)
    assert answer["ok"], answer
    return answer


async def silent(terminal, seconds: float = 0.05) -> bool:
    """True when nothing arrives and the connection stands."""
    try:
        data = await asyncio.wait_for(terminal.reader.read(1), seconds)
    except asyncio.TimeoutError:
        return True
    raise AssertionError(f"{len(data)} bytes came")


def test_drop_answer_books_the_sale_and_says_nothing():
    async def work(acquirer):
        await command(acquirer, "drop-answer next")
        async with HandTerminal(acquirer) as terminal:
            waiting = asyncio.ensure_future(acquirer.wait_request("sale", 5, after=0))
            terminal.send(terminal.body("0200", terminal.sale(2)))
            await waiting
            assert await silent(terminal)
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "approved"
            assert await terminal.code("0200", terminal.sale(3)) == "00"

    run(work)


def test_drop_request_leaves_no_trace():
    async def work(acquirer):
        await command(acquirer, "drop-request next 2 sale")
        async with HandTerminal(acquirer) as terminal:
            terminal.send(terminal.body("0200", terminal.sale(2)))
            terminal.send(terminal.body("0200", terminal.sale(3)))
            assert await terminal.code("0200", terminal.sale(4)) == "00"
            assert [row["stan"] for row in books.transactions(acquirer.ledger)] == [4]

    run(work)


def test_a_late_request_is_decided_after_its_reversal():
    async def work(acquirer):
        await command(acquirer, "late-request 0.1 next sale")
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2)
            waiting = asyncio.ensure_future(acquirer.wait_request("sale", 5, after=0))
            terminal.send(terminal.body("0200", sale))
            assert await terminal.code("0400", terminal.reversal(sale)) == "25"
        await waiting  # the terminal has gone; the sale arrives all the same
        assert acquirer.ledger.merchant_balance(MERCHANT) == 0
        assert books.find(acquirer.ledger, TERMINAL, 1, 2)["reason"] == "arrived after its reversal"

    run(work)


def test_delay_holds_the_connection_and_late_does_not():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            await command(acquirer, "late 0.1 next sale")
            terminal.send(terminal.body("0200", terminal.sale(2)))
            echo = await terminal.ask("0820", {11: "000003", 41: TERMINAL, 42: MERCHANT, 60: "00000001301"}, False)
            assert echo.mti == "0830"
            assert (await terminal.receive()).fields[11] == "000002"
            await command(acquirer, "delay 0.05 next sale")
            terminal.send(terminal.body("0200", terminal.sale(4)))
            terminal.send(terminal.body("0820", {11: "000005", 41: TERMINAL, 42: MERCHANT, 60: "00000001301"}, False))
            assert [(await terminal.receive()).fields[11] for _ in range(2)] == ["000004", "000005"]

    run(work)


def test_f_d6_an_answer_after_the_terminal_hung_up_is_told_as_late():
    """F-D6: `delay` is named there; beyond it `late` and `late-request`, and an answer that somebody still hears."""
    heard = []

    async def work(acquirer):
        for stan, fault in ((2, "delay 0.2"), (3, "late 0.2"), (4, "late-request 0.2")):
            heard.clear()
            await command(acquirer, f"{fault} next sale")
            async with HandTerminal(acquirer) as terminal:
                terminal.send(terminal.body("0200", terminal.sale(stan)))
                await terminal.writer.drain()
            while not any(name == "late" for name, _, _ in heard):
                await asyncio.sleep(0.01)
            (told,) = [(terminal, detail) for name, terminal, detail in heard if name == "late"]
            assert told[0] == TERMINAL and wire.decode(bytes.fromhex(told[1]["hex"])).fields[11] == f"{stan:06d}"
        heard.clear()
        async with HandTerminal(acquirer) as terminal:
            await command(acquirer, "delay 0.05 next sale")
            assert (await terminal.ask("0200", terminal.sale(5))).fields[39] == "00"
        assert "late" not in [name for name, _, _ in heard]

    run(work, on_event=lambda *told: heard.append(told))


def test_duplicate_sends_the_answer_twice():
    async def work(acquirer):
        await command(acquirer, "duplicate")
        async with HandTerminal(acquirer) as terminal:
            first = await terminal.ask("0200", terminal.sale(2))
            assert (await terminal.receive()).raw == first.raw
            assert len(books.transactions(acquirer.ledger)) == 1

    run(work)


@pytest.mark.parametrize("line", ["corrupt next sale", "wrong-mac next sale"])
def test_a_spoilt_answer_does_not_verify(line):
    async def work(acquirer):
        await command(acquirer, line)
        async with HandTerminal(acquirer) as terminal:
            with pytest.raises(AssertionError):
                await terminal.ask("0200", terminal.sale(2))
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "approved"
            assert await terminal.code("0400", terminal.reversal(terminal.sale(2), "A0")) == "00"

    run(work)


def test_garbage_is_a_frame_that_cannot_be_read():
    async def work(acquirer):
        await command(acquirer, "garbage next")
        async with HandTerminal(acquirer) as terminal:
            terminal.send(terminal.body("0200", terminal.sale(2)))
            length = int.from_bytes(await terminal.reader.readexactly(2), "big")
            body = await terminal.reader.readexactly(length)
            try:
                assert wire.decode(body).fields.get(64) is None
            except wire.WireError:
                pass
            assert await terminal.code("0200", terminal.sale(2)) == "00"

    run(work)


def test_half_an_answer():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            whole = await terminal.ask("0200", terminal.sale(2))
            size = 2 + 11 + len(whole.raw)
            await command(acquirer, "half next")
            terminal.send(terminal.body("0200", terminal.sale(2)))
            await asyncio.wait_for(terminal.reader.readexactly(size // 2), 5)
            assert await silent(terminal)

    run(work)


def test_slow_bytes_arrive_all_the_same():
    async def work(acquirer):
        await command(acquirer, "slow 1 next")
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"

    run(work)


@pytest.mark.parametrize("what, number", faults.MISMATCH_FIELDS.items())
def test_mismatch_answers_another_request_with_a_right_mac(what, number):
    async def work(acquirer):
        await command(acquirer, f"mismatch {what} next")
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2)
            asked = {11: "000003", 41: terminal.terminal, 42: terminal.merchant, 60: "00000001901", 61: "000001000002"}
            mti, request = ("0820", asked) if number == 61 else ("0200", sale)
            answer = await terminal.ask(mti, request)  # receive() checks the MAC
            repeated = (2, 4, 11, 41, 42, 49, 61)
            assert [n for n in repeated if answer.fields.get(n, request.get(n)) != request.get(n)] == [number]

    run(work)


@pytest.mark.parametrize("when, booked", [("before", 0), ("after", 1)])
def test_close_before_and_after(when, booked):
    async def work(acquirer):
        await command(acquirer, f"close {when} next sale")
        async with HandTerminal(acquirer) as terminal:
            terminal.send(terminal.body("0200", terminal.sale(2)))
            assert await asyncio.wait_for(terminal.reader.read(), 5) == b""
        assert len(books.transactions(acquirer.ledger)) == booked

    run(work)


def test_decline_and_approve_with_a_code():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            await command(acquirer, "decline 91 next sale")
            assert await terminal.code("0200", terminal.sale(2)) == "91"
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "declined"
            await command(acquirer, "approve a2 next")
            assert await terminal.code("0200", terminal.sale(3)) == "A2"
            assert books.find(acquirer.ledger, TERMINAL, 1, 3)["state"] == "approved"
            await command(acquirer, "decline 96 next 2 reversal")
            codes = [await terminal.code("0400", terminal.reversal(terminal.sale(3))) for _ in range(3)]
            assert codes == ["96", "96", "00"]
            await command(acquirer, "decline 96 next signon")
            assert (await terminal.sign_on()).fields[39] == "96"
            await command(acquirer, "decline 91 next inquiry")
            answer = await terminal.ask("0820", {11: "000009", 41: TERMINAL, 42: MERCHANT, 60: "00000001901", 61: "000001000003"})
            assert answer.fields[39] == "91" and 64 in answer.fields
            assert await terminal.code("0200", terminal.sale(4)) == "00"

    run(work)


def test_refuse_next_and_always():
    async def work(acquirer):
        await command(acquirer, "refuse next")
        async with HandTerminal(acquirer) as terminal:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await terminal.ask("0200", terminal.sale(2))
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"
        await command(acquirer, "refuse always")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", acquirer.ports["tcp"])
        await command(acquirer, "clear")
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(3)) == "00"

    run(work)


def test_always_stays_until_clear_and_faults_combine():
    async def work(acquirer):
        await command(acquirer, "decline 51 always sale")
        await command(acquirer, "duplicate next")
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "51"
            assert (await terminal.receive()).fields[39] == "51"
            assert await terminal.code("0200", terminal.sale(3)) == "51"
            status = await command(acquirer, "status")
            assert status["faults"] == [{"fault": "decline", "argument": "51", "left": "always", "which": "sale"}]
            await command(acquirer, "clear")
            assert await terminal.code("0200", terminal.sale(4)) == "00"

    run(work)


@pytest.mark.parametrize(
    "line, words",
    [
        ("explode", "fault explode: unknown"),
        ("", "fault (none): unknown"),
        ("delay", "delay: SECONDS is missing"),
        ("delay soon", "soon is not SECONDS"),
        ("delay -1", "-1 is not SECONDS"),
        ("delay nan", "nan is not SECONDS"),
        ("decline 5", "5 is not CODE"),
        ("decline 51 next 0", "next 0"),
        ("decline 51 next sometimes", "sometimes is neither"),
        ("mismatch pin", "pin is not FIELD"),
        ("close during", "during is not before|after"),
        ("partial 1.234", "1.234 is not AMOUNT"),
        ("refuse next sale", "works on connections"),
        ("approve 00 next reversal", "approve: works on sales only"),
        ("drop-answer next 2 sale now", "now is neither"),
    ],
)
def test_a_wrong_fault_command_is_one_clear_line(line, words):
    with pytest.raises(faults.FaultError) as caught:
        faults.parse(line.split())
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("slow", faults.Fault("slow", 10, 1, None)),
        ("slow 5 always", faults.Fault("slow", 5, None, None)),
        ("slow next 3 0400", faults.Fault("slow", 10, 3, "0400")),
        ("slow sale", faults.Fault("slow", 10, 1, "sale")),
        ("delay 70 next reversal", faults.Fault("delay", 70.0, 1, "reversal")),
        ("drop-answer 0200", faults.Fault("drop-answer", None, 1, "0200")),
        ("partial 12.5", faults.Fault("partial", 1250, 1, "sale")),
        ("decline 96 always reversal", faults.Fault("decline", "96", None, "reversal")),
    ],
)
def test_fault_commands(line, expected):
    assert faults.parse(line.split()) == expected


def test_every_kind_has_been_tried_above():
    tried = {
        "drop-answer",
        "drop-request",
        "late-request",
        "delay",
        "late",
        "duplicate",
        "corrupt",
        "wrong-mac",
        "garbage",
        "half",
        "slow",
        "mismatch",
        "close",
        "decline",
        "approve",
        "partial",
        "refuse",
    }
    assert tried == set(faults.KINDS)
