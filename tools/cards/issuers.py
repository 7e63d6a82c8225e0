"""Issuers and test cards: plain data for the virtual cards and for the acquirer that checks them.

Every PAN here is a published test number.  Keys are made up for this table and protect nothing.

ISSUERS rows: "bin" prefix of the PAN, "scheme", "imk" issuer master key for application cryptograms (hex, 16 bytes;
the ICC master key is derived by EMV option A, Book 2 A1.4.1), "version" how the cryptogram is made:
    visa-10      Visa CVN 10: ICC master key itself, data + CVR, zero padding
    visa-18      Visa CVN 18: common session key, data + whole 9F10, 80 padding
    mc-16        Mastercard CVN 16: session key from ATC and unpredictable number, data + CVR, 80 padding
    mc-20        Mastercard CVN 20: common session key, data + CVR, 80 padding
    unionpay-01  PBOC version 01: session key from the ATC, data + CVR, 80 padding
CARDS rows: "name" of the wallet, "pan", "psn" (two digits), "expiry" YYMM, "service" code, "pin", "holder", "balance"
minor units that the account begins with, "kind" credit | debit | quasi-credit, "aid", "label".
"""

ISSUERS = (
    {"bin": "476173", "scheme": "visa", "imk": "2315208C9110AD402315208C9110AD40", "version": "visa-18"},
    {"bin": "4", "scheme": "visa", "imk": "9E15204313F7318ACB79B90BD986AD29", "version": "visa-10"},
    {"bin": "541333", "scheme": "mastercard", "imk": "9E15204313F7318ACB79B90BD986AD2A", "version": "mc-20"},
    {"bin": "5", "scheme": "mastercard", "imk": "46F1C3A77B0E52D9138A6DE4920BC75F", "version": "mc-16"},
    {"bin": "62", "scheme": "unionpay", "imk": "8C2AD6917F34E0B55D13F4A8620B9EC7", "version": "unionpay-01"},
)

_VISA = "A0000000031010"
_MASTERCARD = "A0000000041010"
_UNIONPAY = "A0000003330101"


def _row(name, pan, psn, expiry, service, pin, holder, balance, kind, aid, label):
    return {
        "name": name,
        "pan": pan,
        "psn": psn,
        "expiry": expiry,
        "service": service,
        "pin": pin,
        "holder": holder,
        "balance": balance,
        "kind": kind,
        "aid": aid,
        "label": label,
    }


CARDS = (
    _row(
        "visa-credit", "4761739001010010", "01", "3112", "201", "1234", "TEST/VISA CREDIT", 500000, "credit", _VISA, "VISA CREDIT"
    ),
    _row("visa-debit", "4761739001010119", "01", "3112", "201", "4315", "TEST/VISA DEBIT", 80000, "debit", _VISA, "VISA DEBIT"),
    _row("visa-pin", "4761739001010135", "01", "3112", "221", "2468", "TEST/VISA PIN", 300000, "debit", _VISA, "VISA DEBIT"),
    _row(
        "mastercard-credit",
        "5413330089600044",
        "00",
        "3112",
        "201",
        "1234",
        "TEST/MASTERCARD CREDIT",
        400000,
        "credit",
        _MASTERCARD,
        "MASTERCARD",
    ),
    _row(
        "mastercard-debit",
        "5200828282828210",
        "01",
        "3112",
        "201",
        "5678",
        "TEST/MASTERCARD DEBIT",
        60000,
        "debit",
        _MASTERCARD,
        "DEBIT MASTERCARD",
    ),
    _row(
        "unionpay-debit",
        "6205500000000000004",
        "01",
        "3112",
        "220",
        "123456",
        "TEST/UNIONPAY DEBIT",
        200000,
        "debit",
        _UNIONPAY + "01",
        "UNIONPAY DEBIT",
    ),
    _row(
        "unionpay-credit",
        "6200000000000005",
        "01",
        "3112",
        "201",
        "123456",
        "TEST/UNIONPAY CREDIT",
        900000,
        "credit",
        _UNIONPAY + "02",
        "UNIONPAY CREDIT",
    ),
    _row(
        "unionpay-quasi",
        "6200000000000047",
        "01",
        "3112",
        "201",
        "654321",
        "TEST/UNIONPAY QUASI",
        100000,
        "quasi-credit",
        _UNIONPAY + "03",
        "UNIONPAY QUASI",
    ),
    _row("declining", "4012888888881881", "01", "3112", "201", "1111", "TEST/DECLINING", 100000, "credit", _VISA, "VISA CREDIT"),
    _row("expired", "4000056655665556", "01", "2012", "201", "2222", "TEST/EXPIRED", 100000, "debit", _VISA, "VISA DEBIT"),
    _row("blocked", "4242424242424242", "01", "3112", "201", "3333", "TEST/BLOCKED", 100000, "credit", _VISA, "VISA CREDIT"),
    _row("phone", "4111111111111111", "01", "3112", "201", "4444", "TEST/PHONE", 250000, "credit", _VISA, "VISA CREDIT"),
    _row(
        "pulled-away", "4009348888881881", "01", "3112", "201", "6666", "TEST/PULLED AWAY", 100000, "credit", _VISA, "VISA CREDIT"
    ),
    _row("slow", "4005519200000004", "01", "3112", "201", "5555", "TEST/SLOW", 100000, "credit", _VISA, "VISA CREDIT"),
)


def card(name: str):
    """The row of CARDS with this name.  Raises ValueError."""
    for row in CARDS:
        if row["name"] == name:
            return row
    raise ValueError("no card is named " + name)


def issuer_of(pan: str):
    """The row of ISSUERS whose BIN is the longest that begins `pan`.  Raises ValueError."""
    best = None
    for row in ISSUERS:
        if pan.startswith(row["bin"]) and (best is None or len(row["bin"]) > len(best["bin"])):
            best = row
    if best is None:
        raise ValueError("no issuer for PANs that begin with " + pan[:6])
    return best
