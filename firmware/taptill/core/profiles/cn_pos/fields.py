"""Fields of the profile: the table of their codings, a row a kind of message, and the fields with an inner form.

The project's own extension, in private fields, for a host that is asked what became of a request:

    status inquiry 0820 | F11 a new STAN, F41, F42, F60 = 00 batch 901,
                        | F61 = batch n6 + STAN n6 of the request asked about, F64
    the same that bars  | F4 the amount, F60 = type batch 902: what the host has never seen it bars, and says B
    its answer 0830     | F11, F41, F42, F39 = 00 known, 25 unknown, F60, F61, F64 and, when known,
                        | F63 = state an1 (N none, A approved, D declined, R reversed, B never seen and barred:
                        | should it still arrive it will not be approved) + amount n12
                        | + retrieval reference (F37) an12, blank where there is none
"""

from ... import transactions
from ...iso8583 import BYTES, DIGITS, DIGITS_RIGHT, LL, LLL, TEXT, TEXT_OR_BYTES, TRACK2, Codec

# fmt: off
CODEC = Codec((
    2, LL | DIGITS, 19,             # PAN
    3, DIGITS, 6,                   # processing code
    4, DIGITS, 12,                  # amount, minor units
    11, DIGITS, 6,                  # STAN
    12, DIGITS, 6,                  # local time hhmmss
    13, DIGITS, 4,                  # local date MMDD
    14, DIGITS, 4,                  # expiry YYMM
    15, DIGITS, 4,                  # settlement date MMDD
    22, DIGITS, 3,                  # entry mode, left-aligned: 072 is 07 20
    23, DIGITS_RIGHT, 3,            # PAN sequence number, right-aligned: 001 is 00 01
    25, DIGITS, 2,                  # condition code
    26, DIGITS, 2,                  # longest PIN the terminal takes
    32, LL | DIGITS, 11,            # acquirer
    35, LL | TRACK2, 37,            # track 2 equivalent data
    37, TEXT, 12,                   # retrieval reference number
    38, TEXT, 6,                    # authorisation code
    39, TEXT, 2,                    # response code
    41, TEXT, 8,                    # terminal
    42, TEXT, 15,                   # merchant
    44, LL | TEXT, 25,              # additional response data
    48, LLL | DIGITS, 999,          # totals, batch data
    49, TEXT, 3,                    # currency
    52, BYTES, 8,                   # PIN block
    53, DIGITS, 16,                 # security control
    54, LLL | TEXT, 120,            # balances: account 2, type 2, currency 3, C/D, amount 12 each
    55, LLL | BYTES, 255,           # chip data, BER-TLV
    59, LLL | TEXT_OR_BYTES, 999,   # payment code: A3, length 3, digits
    60, LLL | DIGITS, 999,          # 60.1 type n2, 60.2 batch n6, 60.3 network code n3, 60.4 … capabilities
    61, LLL | DIGITS, 999,          # original batch n6, STAN n6, date MMDD
    62, LLL | BYTES, 999,           # working keys, terminal data
    63, LLL | TEXT_OR_BYTES, 999,   # operator, texts
    64, BYTES, 8,                   # MAC
))
# fmt: on


class Row:
    """What the messages of one kind have in common: MTI, F3, F25, 60.1 and 60.3 of the request; None where it is absent.

    `dated`: its F61 has the date of the original too; `referred`: its F37 is that of the original.
    """

    def __init__(
        self, mti: str, f3: "str | None", f25: "str | None", type: str, network: str, dated: bool = False, referred: bool = True
    ):
        self.mti = mti
        self.f3 = f3
        self.f25 = f25
        self.type = type
        self.network = network
        self.dated = dated
        self.referred = referred


# Payments by their kind (core.transactions).
PAYMENTS = {
    transactions.SALE.kind: Row("0200", "000000", "00", "22", "000"),
    transactions.VOID.kind: Row("0200", "200000", "00", "23", "000"),
    transactions.REFUND.kind: Row("0220", "200000", "00", "25", "000", True),
    transactions.BALANCE.kind: Row("0200", "310000", "00", "01", "000"),
    transactions.PREAUTH.kind: Row("0100", "030000", "06", "10", "000"),
    transactions.PREAUTH_VOID.kind: Row("0100", "200000", "06", "11", "000", True, False),
    transactions.COMPLETION.kind: Row("0200", "000000", "06", "20", "000", True, False),
    transactions.COMPLETION_VOID.kind: Row("0200", "200000", "06", "21", "000", True),
}
SIGN_ON = Row("0800", None, None, "00", "003")
ECHO = Row("0820", None, None, "00", "301")
STATUS = Row("0820", None, None, "00", "901")  # the project's own, see above
BARRING = "902"  # 60.3 of the same


def f60(row: "Row", batch: int) -> str:
    """F60 of a request: 60.1, 60.2, 60.3, and for a transaction with a card 60.4 = 6 (contactless), 60.5 = 0."""
    text = row.type + "%06d" % batch + row.network
    return text + "60" if row.f3 else text


def f61(batch: int, stan: int) -> str:
    """F61 of a reversal, a void or a status inquiry: batch and STAN of the original."""
    return "%06d%06d" % (batch, stan)
