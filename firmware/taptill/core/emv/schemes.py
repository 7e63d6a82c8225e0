"""The applications that this terminal knows by name, and which of them it can be paid with.

Numbers of kernels are those of EMV Contactless Book A, 5.8.2: 2 Mastercard, 3 Visa, 4 American Express, 5 JCB, 6 Discover,
7 UnionPay.  0 is a scheme with a kernel of its own, or with none: its card is read and named, and cannot be paid here.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer


VISA = 3
AMERICAN_EXPRESS = 4
JCB = 5
UNIONPAY = 7
# RID -> code of the card organisation, as the bank-POS dialect has it in F63.
_CODES = {"A000000003": "VIS", "A000000004": "MCC", "A000000025": "AEX", "A000000065": "JCC", "A000000333": "CUP"}


def code_of(aid: "Buffer") -> str:
    """The card organisation's code of an application (84); "000" of one that has none."""
    return _CODES.get(binascii.hexlify(bytes(aid[:5])).decode().upper(), "000")


# (prefix of the AID, scheme, application version number 9F09, kernel); the first that fits counts.
AIDS = (
    ("A0000000032020", "V PAY", "008C", VISA),
    ("A000000003", "Visa", "008C", VISA),
    ("A000000098", "Visa US debit", "008C", VISA),
    ("A000000004", "Mastercard", "0002", 2),
    ("A000000025", "American Express", "0001", AMERICAN_EXPRESS),
    ("A000000065", "JCB", "0200", JCB),
    ("A000000152", "Discover", "0001", 6),
    ("A000000333", "UnionPay", "008C", UNIONPAY),
    # Contactless girocard asks for a cryptogram over CDOL1 and has a CVM list, as kernel 2 wants it.
    ("A000000359", "girocard", "0001", 2),
    ("D27600002547410100", "girocard", "0001", 2),
    ("D999999999", "EMVCo test", "0001", 2),
    # French cards carry CB first and Visa or Mastercard second.
    ("A000000042", "CB", "0001", 0),
    ("A000000121", "Dankort", "0001", 0),
    ("A000000141", "PagoBANCOMAT", "0001", 0),
    ("A000000228", "mada", "0001", 0),
    ("A000000277", "Interac", "0001", 0),
    ("A000000324", "Discover ZIP", "0001", 0),
    ("A000000371", "Verve", "0001", 0),
    ("A000000384", "eftpos", "0001", 0),
    ("A000000524", "RuPay", "0001", 0),
    ("A000000658", "MIR", "0001", 0),
    ("A000000732", "Meeza", "0001", 0),
    # The purse of German cards, which holds its own money and makes no cryptogram.
    ("D2760000254550", "GeldKarte", "0001", 0),
)
