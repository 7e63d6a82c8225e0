"""What an authentic response code of the host (F39) says of the money that was asked for.

The codes stand in tools/words/responses.txt; what a person is told about them is app.guidance's.
"""

from . import response_codes as codes

TAKEN = 1  # approved, in full or in part
NOT_TAKEN = 2  # a code of the table that means a decline
IN_DOUBT = 3  # the host itself does not know: it is asked, then reversed
EARLIER = 4  # the trace was used before: a reversal would undo that earlier payment, so it is only ever asked about
UNKNOWN = 5  # no code, or none of the table: reversed

_FATES = (
    (codes.APPROVED, TAKEN),
    (codes.PARTIAL, TAKEN),
    (codes.DECLINED, NOT_TAKEN),
    (codes.FAULT, NOT_TAKEN),
    (codes.IN_DOUBT, IN_DOUBT),
    (codes.EARLIER, EARLIER),
)


def fate(code: str) -> int:
    """One of the five above (messages page, "Declines")."""
    for of_fate, found in _FATES:
        if _has(of_fate, code):
            return found
    return UNKNOWN


def approves(code: str) -> bool:
    """True for a full or partial approval."""
    return fate(code) == TAKEN


def in_part(code: str) -> bool:
    """True when less than what was asked for is approved: F4 says how much."""
    return _has(codes.PARTIAL, code)


def wants_sign_on(code: str) -> bool:
    """True when keys or batch are out of step: a sign-on mends it, then the same may be asked for anew."""
    return _has(codes.SIGN_ON, code)


def passing(code: str) -> bool:
    """True for a fault of the host that a later try may not meet again."""
    return _has(codes.FAULT, code) or _has(codes.IN_DOUBT, code)


def _has(table: str, code: str) -> bool:
    """`table` is codes of two characters with a blank behind each."""
    return len(code) == 2 and (code + " ") in table and " " not in code
