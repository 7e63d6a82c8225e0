"""Flash, cards, clocks and keys that refuse in the middle of a payment or of its reversal."""

from accounts import AMOUNT, OPEN, sent, told
from emv_cards import OK, VISA, fci, ppse, tlv
from expect import hexed, run
from stage import PIN_CARD, Stage, Tap, mac, of_earlier_firmware
from unsettled import sell, unsettled

from taptill.core import transactions
from taptill.core.errors import KeyError_, LinkDown
from taptill.core.journal import pending as pendings
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, payment, pin, result, reversal, sale, tap
from taptill.flows.terminal import REVERSING


def _without(stage, number: int) -> None:
    """The bank's answers lack this field from now on."""
    whole = stage.bank._answer

    def answer(ask, code, extra, fault, sealed):
        message = profile.parse(whole(ask, code, extra, fault, sealed)[0])
        fields = {key: message.fields[key] for key in message.fields if key not in (number, 64)}
        return [profile.build(message.mti, fields, message.tpdu, message.header, mac if sealed else None)]

    stage.bank._answer = answer


def test_flash_that_does_not_take_the_end_or_the_note():
    stage = unsettled()
    stage.disk.refuse = "journal"
    told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.NOT_TAKEN, why=result.NOT_KEPT, tries=3,
         detail="journal.000: refused", **OPEN)  # fmt: skip
    stage = unsettled(1)
    stage.disk.refuse = "pending"
    stage.bank.faults = ["lost"]
    told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, tries=3, **OPEN)


def test_a_damaged_intent_is_told_with_what_is_wrong():
    stage = unsettled()
    stage.content["pending"] = stage.content["pending"][:30]
    of_earlier_firmware(stage.content)
    for act in (lambda t: reversal.recover(t), lambda t: sale.sale(t, 5)):
        outcome = run(act(stage.again().t))
        assert (outcome.why, outcome.detail) == (result.DAMAGED, "pending: sealed file: cut short")
    assert payment.found(stage.again().t, None, transactions.SALE, 5).detail == "pending: sealed file: cut short"


def test_what_is_only_sent_is_forgotten():
    stage = Stage()
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"1234"
    asked = run(payment.begin(stage.t, transactions.SALE, 200000))
    run(tap.tap(stage.t, asked))
    run(pin.enter(stage.t, asked))
    assert asked.track2 and asked.de55 and asked.pin_block == b"PINBLOCK"
    assert run(payment.carry(stage.t, asked)).end == result.APPROVED
    assert (asked.track2, asked.de55, asked.pin_block) == (None, b"", None)


def test_a_card_is_told_the_time_and_may_give_no_issuer_data():
    answer = tlv(0x77, tlv(0x82, "2000"), tlv(0x57, "6200000000000005D30122010000000000000F"), tlv(0x9F26, "0102030405060708"),
                 tlv(0x9F36, "0157"), tlv(0x9F27, "80"))  # fmt: skip
    for time, wanted in (((2026, 11, 22, 10, 15, 30), "101530"), (None, "000000")):
        stage = Stage()
        stage.clock.time = time
        reader = Tap(
            {"00A404000E": hexed(ppse((VISA, 1))), "00A4040007": hexed(fci(VISA, "9F2103")), "80A8000005": hexed(answer + OK)}
        )
        seen = []
        transceive = reader.transceive

        async def watched(capdu, timeout_ms=5000, transceive=transceive, seen=seen):
            seen.append(hexed(capdu))
            return await transceive(capdu, timeout_ms)

        reader.transceive = watched
        stage.t.reader = reader
        asked = run(payment.begin(stage.t, transactions.SALE, AMOUNT))
        run(tap.tap(stage.t, asked))
        assert seen[-1] == "80A80000058303" + wanted + "00"
        assert asked.iad == b"" and asked.psn is None


def test_a_clock_that_is_not_set_is_why_a_certificate_is_early():
    for when in ("connect", "exchange"):
        stage = Stage()
        stage.clock.time = None

        async def early(*_):
            raise LinkDown("tls: not yet valid", False, LinkDown.EARLY)

        setattr(stage.bank, when, early)
        told(run(errands.echo(stage.t)), end=result.FAILED, money=result.NOT_TAKEN, why=result.CLOCK, detail="tls: not yet valid")


def test_keys_that_go_while_waiting_leave_a_reversal_for_another_reason():
    stage = Stage()
    stage.t.config.reversal_tries = 1

    def refuse(data):
        raise KeyError_("MAK: none")

    stage.bank.watch = lambda request: setattr(stage.keys, "mac", refuse)
    outcome = sell(stage)
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.NO_KEYS)
    assert stage.store.pending().reason == pendings.OTHER


def test_f_m8_a_decision_that_flash_refuses_is_carried_out_where_a_start_would_do_the_same():
    """F-M8: the intent is on flash.  Not in the row: one that only may be asked about is not reversed because of that."""
    stage = Stage()
    stage.bank.faults = ["silent"]
    stage.bank.watch = lambda request: setattr(stage.disk, "refuse", "pending")
    told(sell(stage), end=result.REVERSED, money=result.NOT_TAKEN, why=result.TIMEOUT, tries=1, **OPEN)
    stage = Stage()
    stage.bank.faults = ["code 94"]  # must not be reversed, and that cannot be noted
    stage.bank.watch = lambda request: setattr(stage.disk, "refuse", "pending")
    told(sell(stage), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, detail="pending: refused", **OPEN)


def test_what_fits_no_message_is_tried_once():
    stage = unsettled(3)
    stage.store.pending().auth = "short"
    assert run(reversal.recover(stage.t)).why == result.DAMAGED
    assert stage.screen.shown == [(REVERSING, AMOUNT, 1)]


def test_the_0400_tells_of_the_tap():
    stage = Stage()
    stage.bank.faults = ["silent"]
    sell(stage)
    assert hexed(sent(stage)[1].fields[55]) == "95050000000000" + "9F1E083030303030303031" + "9F100706100A03A00000" + "9F36020009"
