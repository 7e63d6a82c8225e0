"""Slips at the whole terminal: a board with a printer, its paper, its faults, and a power cut in the middle of a slip."""

import asyncio

import pytest
from paper import painter
from test_bench_sale import SETTINGS, Till, options

from rig.lab import Lab

PRINTER = ("buzzer IO 19 out\n", "buzzer IO 19 out\nprinter RX 5 out\nprinter TX 36 in\nprinter BUSY 39 in\n")
FAST = ("PRINTER_BAUD = 9600", "PRINTER_BAUD = 115200")


def play(own, folder, story, settings=None, changes=(), heap="400k"):
    """Run `story(till)` at boards/mine, which has a printer."""
    own(PRINTER, FAST, *changes)

    async def run():
        chosen = {**SETTINGS, **(settings or {})}
        async with Lab(folder, settings=chosen, options=options(board="mine", heap=heap)) as lab:
            till = Till(lab)
            await till.shows("HINT_IDLE")
            await story(till)

    asyncio.run(run())


def printed(till) -> list:
    """The slips on the paper, each its lines."""
    return [painter.words(piece) for piece in painter.pieces(till.bench.paper)]


async def paid(till, keys="1250", card="visa-credit"):
    await till.present(keys, card)
    await till.shows("APPROVED")
    await till.bench.do("card-off")


def test_the_shops_copy_comes_by_itself_and_the_customers_with_a_key(own, tmp_path):
    async def story(till):
        await paid(till)
        await till.press("#")
        await till.shows("FOR_CUSTOMER", "PRINT_IT", "KEYS_PRINT")
        assert len(printed(till)) == 1
        await till.press("#")
        await till.shows("HINT_IDLE")
        first, second = printed(till)
        assert "Merchant copy" in first[1] and "Customer copy" in second[1]
        assert first[2:-1] == second[2:-1] and (first[-1].strip(), second[-1].strip()) == ("Please keep this slip", "Thank you")
        (row,) = till.rows()
        text = "\n".join(first)
        numbers = f"{row['stan']:06}", row["rrn"], row["auth_code"]
        for words in ("SALE", "CNY 12.50", "476173******0010", "A0000000031010", *numbers):
            assert words in text, (words, text)
        assert "4761739001010010" not in text and "REPRINT" not in text

    play(own, tmp_path, story)


def test_a_printer_without_chinese_gets_pictures(own, tmp_path):
    async def story(till):
        await paid(till)
        await till.press("#")
        await till.shows("FOR_CUSTOMER", "PRINT_IT")
        drawn = [item for item in till.bench.paper if item["kind"] == "dots"]
        assert len(drawn) > 15 and {item["across"] for item in drawn} == {48}
        assert all(int(item["data"], 16) for item in drawn)  # each has something black
        assert "476173******0010" not in "".join(painter.words(till.bench.paper))  # its label is Chinese, so the row is a picture

    # The printer's model has its pictures in the same heap, and each goes out as one long line.
    play(own, tmp_path, story, {"language": "zh"}, [("PRINTER_CHINESE = True", "PRINTER_CHINESE = False")], "600k")


FAULTS = {
    "paper": ({"paper": 0}, {"paper": 20000}, ("NOT_PRINTED", "P_PAPER_OUT", "KEYS_REPRINT")),
    "lid": ({"lid": True}, {"lid": False}, ("NOT_PRINTED", "P_PRINTER_OPEN")),
    "hot": ({"hot": True}, {"hot": False}, ("NOT_PRINTED", "P_PRINTER_HOT")),
    "off": ({"on": False}, {"on": True}, ("NOT_PRINTED", "P_PRINTER_SILENT")),
    "broken": ({"broken": True}, {"broken": False}, ("NOT_PRINTED", "P_PRINTER_BROKEN")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_holds_nothing_up_and_the_slip_comes_later(name, own, tmp_path):
    wrong, right, told = FAULTS[name]

    async def story(till):
        await till.bench.do("printer", **wrong)
        await paid(till)
        await till.press("#")
        await till.shows(*told)
        await till.press("#")
        await till.shows(*told)
        await till.press("D")
        await till.shows("HINT_IDLE")
        await till.agrees("approved")
        assert not [line for slip in printed(till) for line in slip]
        await till.bench.do("printer", **right)
        await till.press("AB#")
        await till.shows("SLIP", "OR_LAST")
        await till.press("#")
        await till.shows("Merchant copy")
        await till.press("#")
        await till.shows("HINT_IDLE")
        (slip,) = printed(till)
        assert "* REPRINT *" in slip[2]  # bytes may have left before

    play(own, tmp_path, story)


def test_paper_that_ends_in_the_middle_gives_one_whole_slip_which_is_marked(own, tmp_path):
    async def story(till):
        await till.bench.do("printer", paper=400)
        await paid(till)
        await till.press("#")
        await till.shows("NOT_PRINTED", "P_PAPER_OUT")
        torn = printed(till)
        await till.bench.do("printer", paper=20000)
        await till.bench.command({"do": "paper", "tear": True})
        await till.press("#")
        await till.shows("FOR_CUSTOMER", "PRINT_IT")
        slips = printed(till)
        assert torn and "Please keep" not in "\n".join(torn[0])
        assert "REPRINT" in slips[-1][2] and "Please keep" in slips[-1][-1]
        assert len([line for slip in slips for line in slip if "TapTill" in line]) == 1  # nothing of the first went on behind it

    play(own, tmp_path, story)


@pytest.mark.parametrize("answer", ["#", "D"])
def test_a_power_cut_in_the_middle_of_a_slip_is_asked_about(answer, own, tmp_path):
    async def story(till):
        await paid(till)
        await till.bench.wait_event(lambda event: event["ev"] == "paper" and event["kind"] == "line", 20)
        await till.bench.power_off("cut")
        cut = printed(till)
        await till.bench.command({"do": "paper", "tear": True})
        await till.bench.power_on()
        await till.shows("APPROVED", "EARLIER")
        await till.press("#")
        await till.shows("WAS_PRINTED", "FOR_MERCHANT", "12.50")
        assert cut and not till.bench.paper  # nothing is printed in silence
        await till.press(answer)
        await till.shows("HINT_IDLE")
        if answer == "#":
            assert not till.bench.paper
        else:
            (slip,) = printed(till)
            assert "REPRINT" in slip[2] and "A0000000031010" in "\n".join(slip)
        await till.bench.power_off("cut")
        await till.bench.power_on()
        await till.shows("HINT_IDLE")
        await till.agrees("approved")

    play(own, tmp_path, story)


def test_the_slip_of_an_older_payment_by_its_trace_and_a_void(own, tmp_path):
    async def story(till):
        await paid(till)
        await till.press("#")
        await till.shows("FOR_CUSTOMER", "PRINT_IT")
        await till.press("D")
        await till.shows("HINT_IDLE")
        stan = till.rows()[0]["stan"]
        await till.press("A2#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("KEYS_AGREE")
        await till.press("#")
        await till.shows("VOIDED")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("FOR_CUSTOMER", "PRINT_IT")
        await till.press("D")
        await till.shows("HINT_IDLE")
        await till.press("AB#")
        await till.shows("SLIP", "OR_LAST")
        await till.press(f"{stan}#")
        await till.shows("Merchant copy")
        await till.press("#")
        await till.shows("HINT_IDLE")
        sale, void, again = printed(till)
        assert "CNY -12.50" in "\n".join(void) and "VOID SALE" in "\n".join(void) and f"{stan:06}" in "\n".join(void)
        assert "REPRINT" in again[2] and "REPRINT" not in "\n".join(sale + void)

    play(own, tmp_path, story)


def test_a_hold_and_what_was_taken_of_it_name_each_other(own, tmp_path):
    async def story(till):
        await till.press("A33")
        await till.shows("ENTER_AMOUNT")
        await till.press("1250#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("HELD")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("HINT_IDLE")
        held = till.rows()[0]["stan"]
        await till.press("A34")
        await till.shows("TYPE_TRACE")
        await till.press(f"{held}#")
        await till.shows("ENTER_AMOUNT")
        await till.press("1400#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("COMPLETION", "KEYS_AGREE")
        await till.press("#")
        await till.shows("COMPLETED")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("HINT_IDLE")
        hold, taken = ("\n".join(slip) for slip in printed(till))
        assert "PRE-AUTH" in hold and "Held, not charged: CNY 12.50" in hold and f"{held:06}" in hold and "ARQC" in hold
        assert "COMPLETION" in taken and "Charged: CNY 14.00" in taken and "ARQC" not in taken
        (line,) = [line for line in taken.split("\n") if line.startswith("Original trace")]
        assert line.endswith(f"{held:06}")

    play(own, tmp_path, story, {"slip_copies": 1})


def test_a_balance_is_printed_for_its_holder_alone_and_when_asked_for(own, tmp_path):
    async def story(till):
        await till.press("A31")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-pin")
        await till.shows("ENTER_PIN")
        await till.press("2468#")
        await till.shows("BALANCE_IS", "3000.00")
        await till.bench.do("card-off")
        await till.press("A")
        await till.shows("Customer copy")
        assert not till.bench.paper
        await till.press("#")
        await till.shows("HINT_IDLE")
        (slip,) = printed(till)
        text = "\n".join(slip)
        assert (
            "Customer copy" in slip[1] and "BALANCE INQUIRY" in text and "On the account: CNY 3000.00" in text and "ARQC" in text
        )
        await till.press("AB#")
        await till.shows("SLIP", "OR_LAST")
        await till.press("#")
        await till.shows("EMPTY")

    play(own, tmp_path, story)


def test_nothing_is_printed_by_itself_where_the_settings_say_so(own, tmp_path):
    async def story(till):
        await paid(till)
        await till.press("#")
        await till.shows("FOR_MERCHANT", "PRINT_IT")
        assert not till.bench.paper
        await till.press("#")
        await till.shows("HINT_IDLE")
        (slip,) = printed(till)
        assert "商户存根" in slip[1]

    play(own, tmp_path, story, {"slip_auto": False, "slip_copies": 1, "slip_language": "zh"})
