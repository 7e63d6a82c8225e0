"""Numbers that are kept on flash, in logs or by the screens, and words for logs: none may change its meaning."""

from stage import Stage

from cards import reasons
from taptill.core import responses
from taptill.core.emv import outcome
from taptill.core.errors import LinkDown
from taptill.flows import exchange, payment, result, terminal

_WHY = (
    "OK HOST_CODE CARD NO_CARD CANCELLED CARD_LOST NO_PAYMENT_CARD READER OVER_LIMIT PIN_CANCELLED NO_LINK LINK_BROKEN TIMEOUT "
    "BAD_MAC BAD_ANSWER NO_KEYS STORE PENDING DAMAGED REFUSED OTHER_DAY SUPERVISOR KEYS_REFUSED JOURNAL_FULL BAD_AMOUNT "
    "NO_MEMORY CLOCK CERTIFICATE IN_DOUBT DUPLICATE STANDS DIFFERS UNKNOWN_CODE UNFIT "
    "NO_ORIGINAL OTHER_CARD UNREADABLE DOUBTED LOST NOT_KEPT OTHER_HOST NO_WIFI "
    "WIFI_PASSWORD NO_ADDRESS NO_NAME NO_ROUTE PORT_CLOSED HOST_SILENT TLS_FAILED CERT_EXPIRED "
    "CERT_EARLY CERT_NAME CERT_CA KEY_FILE NO_DISPLAY"
)
_REASONS = (
    "NO_REASON ZERO_AMOUNT LIMIT NO_APPLICATION NOT_SUPPORTED CARD_BLOCKED CONDITIONS LOOK_AT_PHONE BAD_STATUS BAD_ANSWER "
    "RECORD_MISSING DATA_MISSING DATA_INCONSISTENT CARD_DECLINED OFFLINE_ANSWER STRIPE_ONLY NO_CVM"
)


def _count(module, first: int, names: str) -> None:
    for name in names.split():
        assert getattr(module, name) == first, name
        first += 1


def test_f_m14_f_m7_numbers():
    """F-M14, F-M7: 53 was given twice, so a dark display could be told as a damaged key file; the other numbers stay."""
    _count(result, 1, "APPROVED PARTIAL DECLINED NOT_SENT REVERSED UNKNOWN MANUAL DONE FAILED")
    _count(result, 1, "NOT_TAKEN TAKEN MONEY_UNKNOWN")
    _count(result, 0, _WHY)
    _count(terminal, 1, "PRESENT READING REMOVE_CARD CONNECTING WAITING REVERSING SIGNING_ON ASKING")
    _count(outcome, 1, "ONLINE DECLINED TRY_AGAIN OTHER_INTERFACE NOT_ACCEPTED")
    _count(outcome, 0, "CVM_NONE CVM_PIN CVM_SIGNATURE CVM_DEVICE")
    _count(outcome, 0, _REASONS)
    _count(responses, 1, "REVERSED DIFFERS SIGN_ON TOLD ASK")
    _count(responses, 1, "TAKEN NOT_TAKEN IN_DOUBT EARLIER UNKNOWN")


def test_words_of_reasons():
    assert [reasons.reason_text(number) for number in range(17)] == [
        "",
        "amount is zero",
        "contactless limit reached",
        "no payment application",
        "card not supported",
        "card or application blocked",
        "conditions of use not satisfied",
        "look at the phone",
        "unexpected status word",
        "malformed answer",
        "record missing",
        "card data missing",
        "card data inconsistent",
        "declined by the card",
        "card answered offline, online was asked",
        "magnetic-stripe mode only",
        "cardholder cannot be verified",
    ]


def test_what_says_nothing_yet():
    read = outcome.CardRead()
    assert (read.outcome, read.reason, read.detail, read.cvm) == (outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "", outcome.CVM_NONE)
    for name in (
        "aid",
        "label",
        "scheme",
        "pan",
        "psn",
        "expiry",
        "track2",
        "track2_raw",
        "aip",
        "afl",
        "cryptogram",
        "cryptogram_type",
    ):
        assert getattr(read, name) is None, name
        setattr(read, name, "x")
    assert (read.candidates, read.tags, read.terminal) == ([], {}, {})
    read.end(outcome.ONLINE, 0)
    assert (read.outcome, read.reason, read.detail) == (outcome.ONLINE, 0, "")
    read.wipe()
    assert read.pan is None and read.outcome == outcome.NOT_ACCEPTED
    end = outcome.TapEnds(2, 3)
    assert (end.outcome, end.reason, end.detail, str(end)) == (2, 3, "", "") and str(outcome.TapEnds(2, 3, "8C")) == "8C"
    assert result.Result(1, 2).card is None
    assert str(exchange.Stopped(1)) == "" and not exchange.Stopped(1).sent


def test_errors_keep_their_text():
    clock = Stage().t
    clock.clock.time = None
    assert str(exchange.stopped(clock, LinkDown("host: early", False, LinkDown.EARLY))) == "host: early"
    assert result.damaged(ValueError("pending: x")).detail == "pending: x"
    told = payment._unknown(payment.pendings.Pending(), ValueError("pending: y"))
    assert (told.detail, told.end, told.money, told.why) == ("pending: y", result.UNKNOWN, result.MONEY_UNKNOWN, result.STORE)
