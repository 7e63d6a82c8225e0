"""Every request that the flows send, in every variant, as they leave the terminal: {name: frame}."""

from expect import run
from stage import PIN_CARD, Stage, Tap

from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, reversal, sale, void

_AMOUNT = 1250
_PIN_AMOUNT = 200000  # above the limit from which a PIN is asked for
# The masked Visa card without its sequence number: 9 bytes less in the GPO answer.
_NO_PSN_CARD = {head: answer.replace("77478202", "77438202").replace("5F340101", "") for head, answer in Tap().script.items()}


def _stage(faults, script=None, pin: bytes = b""):
    stage = Stage()
    stage.bank.faults = list(faults)
    if script:
        stage.t.reader = Tap(script)
    if pin:
        stage.screen.pin_digits = pin
    return stage


def _sold(faults, amount: int = _AMOUNT, script=None, pin: bytes = b"", refuse: str = ""):
    """The requests of one sale under these faults of the bank; `refuse` names a file that flash refuses."""
    stage = _stage(faults, script, pin)
    stage.disk.refuse = refuse
    run(sale.sale(stage.t, amount))
    return stage.bank.requests


def _voided(faults, script=None) -> list:
    """The requests of a void of a sale before."""
    stage = _stage([])
    if script:
        stage.t.reader = Tap(script)
    run(sale.sale(stage.t, _AMOUNT))
    stage.bank.faults = list(faults)
    before = len(stage.bank.requests)
    run(void.void(stage.t, 1))
    return stage.bank.requests[before:]


def _signed_on() -> bytes:
    stage = Stage()
    run(errands.sign_on(stage.t))
    return stage.bank.requests[-1]


def _echoed() -> bytes:
    stage = Stage()
    run(errands.echo(stage.t))
    return stage.bank.requests[-1]


def _inquired() -> bytes:
    stage = _stage(["silent", "lost", "lost"])
    run(sale.sale(stage.t, _AMOUNT))
    run(errands.inquire(stage.t, 1, 1))
    return stage.bank.requests[-1]


def _signed_on_in_a_reversal() -> bytes:
    stage = _stage(["silent", "lost", "lost"])
    run(sale.sale(stage.t, _AMOUNT))
    again = stage.again()
    again.keys.loaded = False
    run(reversal.recover(again.t))
    return next(request for request in again.bank.requests if profile.parse(request).mti == "0800")


def sent() -> dict:
    """{name of the variant: frame (TPDU … F64, without length prefix)}."""
    pin = dict(script=PIN_CARD, pin=b"123456", amount=_PIN_AMOUNT)
    return {
        "sale": _sold([""])[0],
        "sale with PIN": _sold([""], **pin)[0],
        "sale of a card without sequence number": _sold([""], script=_NO_PSN_CARD)[0],
        "reversal, no answer": _sold(["silent"])[1],
        "reversal, wrong MAC": _sold(["bad-mac"])[1],
        "reversal, approved but not recorded": _sold([""], refuse="journal")[1],
        "reversal, approved in part but not recorded": _sold(["part 700"], refuse="journal")[1],
        "reversal, anything else": _sold(["no-code"])[1],
        "reversal of a sale with PIN": _sold(["silent"], **pin)[1],
        "reversal of a card without sequence number": _sold(["silent"], script=_NO_PSN_CARD)[1],
        "void": _voided([""])[0],
        "void of a card without sequence number": _voided([""], _NO_PSN_CARD)[0],
        "reversal of a void, no answer": _voided(["silent"])[1],
        "reversal of a void, wrong MAC": _voided(["bad-mac"])[1],
        "sign-on": _signed_on(),
        "sign-on in a reversal": _signed_on_in_a_reversal(),
        "echo": _echoed(),
        "status inquiry": _inquired(),
    }
