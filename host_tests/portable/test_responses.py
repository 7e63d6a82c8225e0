"""Response codes: every code of the profile has its class, a cause and two texts; the rest is a decline."""

from taptill.core import responses as r

CLASSES = (
    (r.APPROVED, "00 11 16 A2 A4 A5 A6"),
    (r.PARTIAL, "10"),
    (r.PICK_UP, "04 07 34 38 41 43 33 35 36 37 67"),
    (r.CALL_ISSUER, "01 02 59 60 66"),
    (r.CARD_DATA, "13 14 15 54 21 64 56 39 42 44 52 53"),
    (r.PIN, "55 75 99"),
    (r.MONEY, "51 61 65"),
    (r.NOT_ALLOWED, "57 58 62 40 45 31 03 97 63 93"),
    (r.RELATED, "12 22 25 94 23"),
    (r.SYSTEM, "30 68 90 91 92 96 98 09 19 20"),
    (r.KEYS, "A0 A7"),
    (r.BATCH, "77 79 95"),
    (r.DECLINED, "05 06"),
)


def test_every_code_of_the_profile():
    for kind, codes in CLASSES:
        for code in codes.split():
            found = r.lookup(code)
            assert found.known and found.kind == kind, code
            assert r.DEVICE <= found.cause <= r.HOST, code
            assert 110 <= found.text < 160 <= found.step < 190, code


def test_unknown_codes_never_approve_and_are_no_decline():
    for code in ("ZZ", "", "0", "000", "1;", "; ", "0 ", "A1", "5 "):
        found = r.lookup(code)
        assert not found.known and not r.approves(code) and r.fate(code) == r.UNKNOWN, code


def test_only_listed_codes_approve():
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    approving = [a + b for a in alphabet for b in alphabet if r.approves(a + b)]
    assert approving == ["00", "10", "11", "16", "A2", "A4", "A5", "A6"], approving


def test_codes_that_want_a_sign_on():
    assert r.wants_sign_on("A0") and r.wants_sign_on("99") and r.wants_sign_on("77")
    assert not r.wants_sign_on("00") and not r.wants_sign_on("05")
