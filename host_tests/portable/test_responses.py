"""Response codes: what each says of the money; an unknown one never approves and is no decline."""

from taptill.core import responses as r
from taptill.core.profiles import cn_pos

codes = cn_pos.responses

FATES = (
    (r.TAKEN, "00 11 16 A2 A4 A5 A6 10"),
    (
        r.NOT_TAKEN,
        "04 07 34 38 41 43 33 35 36 37 67 01 02 59 60 66 13 14 15 54 21 64 56 39 42 44 52 53 55 75 99 51 61 65 57 58 62 40 45 "
        "31 03 97 63 93 12 22 25 23 30 90 91 92 19 20 A0 A7 77 79 95 05 06",
    ),
    (r.IN_DOUBT, "09 68 96 98"),
    (r.EARLIER, "94"),
)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ?;"


def test_every_code_has_its_fate_and_no_other_has_one():
    known = {}
    for fate, listed in FATES:
        for code in listed.split():
            known[code] = fate
    for first in _ALPHABET:
        for second in _ALPHABET:
            assert codes.fate(first + second) == known.get(first + second, r.UNKNOWN), first + second
    for code in ("", "0", "000", "00 11", "0\x00"):
        assert codes.fate(code) == r.UNKNOWN and not codes.approves(code) and not codes.passing(code), code


def test_only_listed_codes_approve():
    approving = [a + b for a in _ALPHABET for b in _ALPHABET if codes.approves(a + b)]
    assert approving == ["00", "10", "11", "16", "A2", "A4", "A5", "A6"], approving
    assert [a + b for a in _ALPHABET for b in _ALPHABET if codes.in_part(a + b)] == ["10"]


def test_passing_faults_are_the_hosts_own():
    passing = [a + b for a in _ALPHABET for b in _ALPHABET if codes.passing(a + b)]
    assert passing == ["09", "19", "20", "30", "68", "90", "91", "92", "96", "98"], passing
