"""The acquirer's decisions: sign-on, sale, checks in their order, PIN, cryptogram, repeats."""

import asyncio

import pyemv
import pytest
from acquirer_bench import IMK, MERCHANT, TERMINAL, VISA, HandTerminal, cryptogram_field, run
from acquirer_vectors import MESSAGES

from acquirer import books

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


def test_sign_on_gives_keys_that_work_at_once():
    async def work(acquirer):
        async with HandTerminal(acquirer, mak=None) as terminal:
            answer = await terminal.sign_on()
            assert answer.mti == "0810"
            assert sorted(answer.fields) == [11, 12, 13, 32, 37, 39, 41, 42, 60, 62]  # bitmap of D2
            assert len(answer.fields[62]) == 40 and answer.fields[60] == "00000001003"
            assert await terminal.code("0200", terminal.sale(2)) == "00"
            old = terminal.mak
            assert len((await terminal.sign_on("001")).fields[62]) == 24
            assert terminal.mak != old and len(terminal.mak) == 8
            assert await terminal.code("0200", terminal.sale(3)) == "00"
            assert len((await terminal.sign_on("004")).fields[62]) == 60

    run(work)


def test_approved_sale_moves_money_and_has_the_fields_of_d4():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            answer = await terminal.ask("0200", terminal.sale(2, 1250))
            assert answer.mti == "0210" and answer.fields[39] == "00"
            assert answer.tpdu.hex() == "6000000003" and answer.header.hex() == "603100310730"
            assert sorted(answer.fields) == [2, 3, 4, 11, 12, 13, 14, 15, 25, 32, 37, 38, 39, 41, 42, 44, 49, 60, 64]
            assert answer.fields[37] == "030100000001" and answer.fields[60] == "22000001"
            assert acquirer.ledger.balance("6200000000000005") == 1000000 - 1250
            assert acquirer.ledger.merchant_balance(MERCHANT) == 1250

    run(work)


def test_a_fresh_ledger_gives_the_same_authorisation_code_again():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            first = await terminal.ask("0200", terminal.sale(2))
            acquirer.ledger.fresh()
            assert books.transactions(acquirer.ledger) == []
            again = await terminal.ask("0200", terminal.sale(2))
            assert first.raw == again.raw

    run(work)


def test_cryptogram_is_checked_and_answered():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            answer = await terminal.ask("0200", terminal.visa_sale(2, 1250, atc=7))
            assert answer.fields[39] == "00"
            tlv = answer.fields[55]
            assert tlv[:2] == b"\x91\x0a" and tlv[-2:] == b"00"
            card = pyemv.cvn.VisaCVN10(iss_mk_ac=IMK, iss_mk_smi=IMK, iss_mk_smc=IMK, pan=VISA, psn="00")
            arqc = pyemv.tlv.decode(terminal.visa_sale(2, 1250, atc=7)[55], flatten=True)["9F26"]
            assert tlv[2:10] == card.generate_arpc(tag_9f26=arqc, arpc_rc=b"00")

    run(work)


@pytest.mark.parametrize(
    "changes, code, reason",
    [
        ({"spoil": True}, "05", "cryptogram 9F26 is wrong"),
        ({"f55": cryptogram_field(9999, VISA, "00", 1)}, "05", "tag 9F02 is not the amount"),
        ({"f55": bytes.fromhex("9F2608")}, "05", "field 55 is not BER-TLV"),
        ({"f55": bytes.fromhex("9F360200019F26081122334455667788")}, "05", "field 55 lacks"),
        ({"f55": None}, "30", "contactless without field 55"),
        ({"f23": "001"}, "05", "card sequence number"),
        ({"f35": "4000000000000010D3112201"}, "14", "track 2"),
        ({"f14": "3001"}, "54", "expiry date is not the card's"),
        ({"amount": 600000}, "61", "over the card's limit"),
        ({"amount": 200000}, "51", "not enough money"),
    ],
)
def test_a_wrong_card_is_declined_with_its_reason_in_the_ledger(changes, code, reason):
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.visa_sale(2, **changes)) == code
        row = books.find(acquirer.ledger, TERMINAL, 1, 2)
        assert row["state"] == "declined" and reason in row["reason"]
        assert acquirer.ledger.balance(VISA) == 100000

    run(work)


def test_the_same_cryptogram_under_another_stan_is_a_replay():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.visa_sale(2, atc=3)) == "00"
            assert await terminal.code("0200", terminal.visa_sale(3, atc=3)) == "05"
            assert "used before" in books.find(acquirer.ledger, TERMINAL, 1, 3)["reason"]
            assert await terminal.code("0200", terminal.visa_sale(4, atc=4)) == "00"

    run(work)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"amount": 0}, "13"),
        ({"f2": "6200000000000006"}, "14"),
        ({"f2": "4111111111111111"}, "14"),
        ({"f2": None}, "14"),
        ({"f49": "840"}, "12"),
        ({"f2": "4000000000000010", "f14": "2001"}, "54"),
        ({"f2": "4000000000000028", "f14": "3112"}, "51"),
        ({"f60": "2200000900060"}, "77"),
        ({"f60": None}, "30"),
        ({"f22": "011"}, "99"),
        ({"f3": "310000"}, "30"),
        ({"f41": "99999999"}, "97"),
        ({"f42": "999999999999999"}, "03"),
    ],
)
def test_wrong_requests_get_their_code(changes, code):
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            fields = terminal.sale(2, **changes)
            terminal.send(terminal.body("0200", fields))
            assert (await terminal.receive()).fields[39] == code
            assert acquirer.ledger.merchant_balance(MERCHANT) == 0

    run(work)


def test_a_wrong_mac_is_a0_and_nothing_is_booked():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            body = bytearray(terminal.body("0200", terminal.sale(2)))
            body[-1] ^= 1
            terminal.send(bytes(body))
            assert (await terminal.receive()).fields[39] == "A0"
            terminal.send(terminal.body("0200", terminal.sale(2), with_mac=False))
            assert (await terminal.receive()).fields[39] == "A0"
        assert books.transactions(acquirer.ledger) == []

    run(work)


def test_a_terminal_without_keys_gets_a0_without_a_mac():
    async def work(acquirer):
        acquirer.ledger.set_working_keys(TERMINAL, None, None)
        async with HandTerminal(acquirer) as terminal:
            answer = await terminal.ask("0200", terminal.sale(2))
            assert answer.fields[39] == "A0" and 64 not in answer.fields

    run(work)


def test_pin_tries_are_counted_and_exhausted():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            wrong, right = terminal.pin_fields("999999"), terminal.pin_fields("123456")
            codes = [
                await terminal.code("0200", terminal.sale(n, **pin))
                for n, pin in enumerate((wrong, right, wrong, wrong, wrong, right), 2)
            ]
            assert codes == ["55", "00", "55", "55", "75", "75"]
            acquirer.ledger.set_card_status("6200000000000005", "00")
            assert await terminal.code("0200", terminal.sale(9, **right)) == "00"
            assert await terminal.code("0200", terminal.sale(10, **{**right, "f52": bytes(8)})) == "99"

    run(work)


def test_the_same_sale_twice_is_the_same_answer_and_one_debit():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2, 1250)
            first = await terminal.ask("0200", sale)
            again = await terminal.ask("0200", sale)
            assert first.raw == again.raw and first.fields[39] == "00"
            assert acquirer.ledger.balance(VISA) == 100000 - 1250
            assert await terminal.code("0200", terminal.visa_sale(2, 1300)) == "94"
            assert await terminal.code("0200", terminal.visa_sale(2, 1250, atc=9)) == "94"
            assert acquirer.ledger.balance(VISA) == 100000 - 1250

    run(work)


def test_a_declined_sale_repeated_is_the_same_decline():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2, 600000)
            first, again = await terminal.ask("0200", sale), await terminal.ask("0200", sale)
            assert first.fields[39] == "61" and first.raw == again.raw

    run(work)


def test_unsupported_kinds_are_told_so():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0100", terminal.sale(2, f3="030000", f25="06")) == "40"
            assert await terminal.code("0220", terminal.sale(3, f3="200000")) == "40"
            answer = await terminal.ask(
                "0500",
                {11: "000008", 41: TERMINAL, 42: MERCHANT, 48: "0" * 62, 49: "156", 60: "00000001201", 63: "001"},
                with_mac=False,
            )
            assert answer.mti == "0510" and answer.fields[39] == "40"

    run(work)


def test_network_answers_carry_no_mac_also_when_refused():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            for changes, code in (({42: "999999999999999"}, "03"), ({41: "99999999"}, "97"), ({60: "00000001009"}, "40")):
                fields = {11: "000001", 41: TERMINAL, 42: MERCHANT, 60: "00000001003", **changes}
                answer = await terminal.ask("0800", fields, with_mac=False)
                assert answer.mti == "0810" and answer.fields[39] == code and 64 not in answer.fields
                assert 62 not in answer.fields

    run(work)


def test_echo_and_sign_off():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            echo = await terminal.ask("0820", {41: TERMINAL, 42: MERCHANT, 60: "00000001301"}, with_mac=False)
            assert echo.mti == "0830" and echo.fields[39] == "00"
            assert (
                await terminal.code("0820", {11: "000009", 41: TERMINAL, 42: MERCHANT, 60: "00000001002"}, with_mac=False) == "00"
            )
            assert await terminal.code("0200", terminal.sale(2)) == "A0"

    run(work)


def test_two_terminals_sell_at_the_same_time():
    async def work(acquirer):
        acquirer.ledger.add_terminal("10000002", "100000000000001", bytes(range(16)))

        async def sell(terminal):
            async with terminal:
                if terminal.terminal != TERMINAL:
                    await terminal.sign_on()
                for stan in range(1, 21):
                    assert await terminal.code("0200", terminal.sale(stan, 100)) == "00"

        await asyncio.gather(
            sell(HandTerminal(acquirer)),
            sell(HandTerminal(acquirer, "10000002", "100000000000001", bytes(range(16)), None, None)),
        )
        assert acquirer.ledger.balance("6200000000000005") == 1000000 - 40 * 100
        assert acquirer.ledger.merchant_balance(MERCHANT) == 2000

    run(work)


def test_the_same_sale_on_two_connections_is_one_debit():
    async def work(acquirer):
        async with HandTerminal(acquirer) as one, HandTerminal(acquirer) as two:
            sale = one.visa_sale(2, 1250)
            answers = await asyncio.gather(one.ask("0200", sale), two.ask("0200", sale))
            assert [a.fields[39] for a in answers] == ["00", "00"] and answers[0].raw == answers[1].raw
        assert acquirer.ledger.balance(VISA) == 100000 - 1250

    run(work)


@pytest.mark.parametrize(
    "names, codes",
    [
        (["D3", "D6"], ["00", "00"]),
        (["D3", "D3", "D6-A0", "D6-06", "D3"], ["00", "00", "00", "00", "22"]),
        (["D6", "D6-96", "D3"], ["25", "25", "22"]),
        (["D8"], ["00"]),
        (["D9", "D11", "D12", "D13", "D14"], ["30", "25", "25", "40", "40"]),
        (["D16", "D15"], ["00", "00"]),
        (["D16", "D1"], ["00", "00"]),
    ],
)
def test_the_very_bytes_of_the_vectors(names, codes):
    """Frames of the D set as they stand; keys and card of vectors/iso8583_vectors.md 1.3 and 3.4."""

    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            for name, code in zip(names, codes):
                terminal.writer.write(bytes.fromhex(MESSAGES[name][0]))
                answer = await terminal.receive()
                assert (answer.fields[39], answer.fields[41]) == (code, TERMINAL), name

    run(work)
