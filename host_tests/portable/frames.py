"""Every request that the flows send, in every variant, as they leave the terminal: {name: frame}."""

from desk import PIN_CARD, Desk, Tap
from expect import run
from taptill.core import profile
from taptill.flows import reversal, sale, signon, status

_AMOUNT = 1250
_PIN_AMOUNT = 200000  # above the limit from which a PIN is asked for
# The masked Visa card without its sequence number: 9 bytes less in the GPO answer.
_NO_PSN_CARD = {head: answer.replace("77478202", "77438202").replace("5F340101", "") for head, answer in Tap().script.items()}


def _desk(faults, script=None, pin: bytes = b""):
    desk = Desk()
    desk.bank.faults = list(faults)
    if script:
        desk.t.reader = Tap(script)
    if pin:
        desk.screen.pin_digits = pin
    return desk


def _sold(faults, amount: int = _AMOUNT, script=None, pin: bytes = b"", refuse: str = ""):
    """The requests of one sale under these faults of the bank; `refuse` names a file that flash refuses."""
    desk = _desk(faults, script, pin)
    desk.disk.refuse = refuse
    run(sale.sale(desk.t, amount))
    return desk.bank.requests


def _signed_on() -> bytes:
    desk = Desk()
    run(signon.sign_on(desk.t))
    return desk.bank.requests[-1]


def _echoed() -> bytes:
    desk = Desk()
    run(signon.echo(desk.t))
    return desk.bank.requests[-1]


def _inquired() -> bytes:
    desk = _desk(["silent", "lost", "lost"])
    run(sale.sale(desk.t, _AMOUNT))
    run(status.inquire(desk.t, 1, 1))
    return desk.bank.requests[-1]


def _signed_on_in_a_reversal() -> bytes:
    desk = _desk(["silent", "lost", "lost"])
    run(sale.sale(desk.t, _AMOUNT))
    again = desk.again()
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
        "sign-on": _signed_on(),
        "sign-on in a reversal": _signed_on_in_a_reversal(),
        "echo": _echoed(),
        "status inquiry": _inquired(),
    }
