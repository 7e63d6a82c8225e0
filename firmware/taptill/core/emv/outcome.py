"""How a tap ends, and what it found."""

from ..errors import TapTillError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Outcomes.
ONLINE = 1  # ask the issuer
DECLINED = 2  # the card itself said no
TRY_AGAIN = 3  # present the card or phone again
OTHER_INTERFACE = 4  # another way to pay, the same card may do elsewhere
NOT_ACCEPTED = 5  # this card cannot pay here

# Cardholder verification that is still to be done, or that the phone has done.
CVM_NONE = 0
CVM_PIN = 1
CVM_SIGNATURE = 2
CVM_DEVICE = 3

# Reasons; 0 stands beside ONLINE only.
NO_REASON = 0
ZERO_AMOUNT = 1  # nothing to pay
LIMIT = 2  # at or above the contactless limit
NO_APPLICATION = 3  # no payment application on the card
NOT_SUPPORTED = 4  # payment applications, but none of this terminal's schemes
CARD_BLOCKED = 5  # application or card deactivated
CONDITIONS = 6  # 6985: conditions of use not satisfied; 6984: not over this interface
LOOK_AT_PHONE = 7  # 6986: the phone wants its owner first
BAD_STATUS = 8  # another status word
BAD_ANSWER = 9  # bytes that break the format
RECORD_MISSING = 10  # a record named by the AFL cannot be read
DATA_MISSING = 11  # a mandatory data object is absent
DATA_INCONSISTENT = 12  # card data contradict each other
CARD_DECLINED = 13  # AAC
OFFLINE_ANSWER = 14  # TC although an online request was asked for
STRIPE_ONLY = 15  # magnetic-stripe mode only
NO_CVM = 16  # verification is required and none is possible


class TapEnds(TapTillError):
    """Reading stops here: `outcome`, `reason` and a `detail` naming tag, record or status word."""

    def __init__(self, outcome: int, reason: int, detail: str = ""):
        super().__init__(detail)
        self.outcome = outcome
        self.reason = reason
        self.detail = detail


class Refused(TapEnds):
    """This application refuses; the next candidate may be tried."""


# Status words by which a card says what it wants, at whichever step: refusal() has a meaning for each.
TELLING = (0x6283, 0x6285, 0x6984, 0x6985, 0x6986, 0x6A81)


def refusal(step: str, status: int, otherwise: int = NO_REASON) -> TapEnds:
    """The end that a status word means, the same at every step from the directory to the cryptogram.

    `otherwise` is the step's own reason for a status word that is none of TELLING; without one, 6A82 says that what was
    selected is not there.
    """
    detail = step + ": %04X" % status
    if status == 0x6984:
        return TapEnds(OTHER_INTERFACE, CONDITIONS, detail)
    if status == 0x6986:
        return TapEnds(TRY_AGAIN, LOOK_AT_PHONE, detail)
    if status == 0x6985:
        return Refused(NOT_ACCEPTED, CONDITIONS, detail)
    if status in TELLING:
        return Refused(NOT_ACCEPTED, CARD_BLOCKED, detail)
    return Refused(NOT_ACCEPTED, otherwise or (NO_APPLICATION if status == 0x6A82 else BAD_STATUS), detail)


class CardRead:
    """What one tap found.  Fields are filled as far as reading came, also when the tap ends early.

    aid hex (DF name) · label · scheme · kernel (of schemes.AIDS) · pan digits · psn three digits or None · expiry YYMM ·
    track2 digits with D, without padding, or None · track2_raw hex of tag 57 · aip, afl, cryptogram hex ·
    cryptogram_type "ARQC" "TC" "AAC" or None · outcome, reason, cvm: numbers of this module · detail: text.
    `tags` holds the card's data objects, `terminal` those that the card was given (tag -> bytes).
    """

    def __init__(self) -> None:
        self.wipe()

    def end(self, outcome: int, reason: int, detail: str = "") -> None:
        """Note how the tap ended."""
        self.outcome = outcome
        self.reason = reason
        self.detail = detail

    def wipe(self) -> None:
        """Forget everything about the card: call when the sale no longer needs it."""
        self.aid: "str | None" = None
        self.label: "str | None" = None
        self.scheme: "str | None" = None
        self.kernel = 0
        self.pan: "str | None" = None
        self.psn: "str | None" = None
        self.expiry: "str | None" = None
        self.track2: "str | None" = None
        self.track2_raw: "str | None" = None
        self.aip: "str | None" = None
        self.afl: "str | None" = None
        self.cryptogram: "str | None" = None
        self.cryptogram_type: "str | None" = None
        self.candidates: "list[str]" = []
        self.tags: "dict[int, bytes]" = {}
        self.terminal: "dict[int, Any]" = {}
        self.outcome = NOT_ACCEPTED
        self.reason = BAD_ANSWER
        self.detail = ""
        self.cvm = CVM_NONE
