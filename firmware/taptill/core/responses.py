"""What an authentic response code of the host (F39) says of the money; which code says what is the profile's.

What a person is told about a code is app.guidance's.
"""

# Of the answer to a request
TAKEN = 1  # approved, in full or in part
NOT_TAKEN = 2  # a code of the table that means a decline
IN_DOUBT = 3  # the host itself does not know: it is asked, then reversed
EARLIER = 4  # the trace was used before: a reversal would undo that earlier payment, so it is only ever asked about
UNKNOWN = 5  # no code, or none of the table: reversed

# Of the answer to a reversal (flows.verdict)
REVERSED = 1
DIFFERS = 2  # the host holds another amount, more tries change nothing
SIGN_ON = 3  # then again
TOLD = 4  # the host closes its day or does not take this terminal: later
ASK = 5  # about the trace


class Responses:
    """The codes of one profile: each table is codes of two characters with a blank behind each.

    `sign_on`: keys or batch are out of step; `reversal` is {F39 of the answer to a reversal: verdict}.
    """

    def __init__(
        self,
        approved: str,
        partial: str,
        declined: str,
        fault: str,
        in_doubt: str,
        earlier: str,
        sign_on: str,
        reversal: "dict[str, int]",
    ):
        self._fates = (
            (approved, TAKEN),
            (partial, TAKEN),
            (declined, NOT_TAKEN),
            (fault, NOT_TAKEN),
            (in_doubt, IN_DOUBT),
            (earlier, EARLIER),
        )
        self._partial = partial
        self._passing = (fault, in_doubt)
        self._sign_on = sign_on
        self._reversal = reversal

    def fate(self, code: str) -> int:
        """One of the five above (messages page, "Declines")."""
        for of_fate, found in self._fates:
            if _has(of_fate, code):
                return found
        return UNKNOWN

    def approves(self, code: str) -> bool:
        """True for a full or partial approval."""
        return self.fate(code) == TAKEN

    def in_part(self, code: str) -> bool:
        """True when less than what was asked for is approved: F4 says how much."""
        return _has(self._partial, code)

    def wants_sign_on(self, code: str) -> bool:
        """True when keys or batch are out of step: a sign-on mends it, then the same may be asked for anew."""
        return _has(self._sign_on, code)

    def passing(self, code: str) -> bool:
        """True for a fault of the host that a later try may not meet again."""
        return _has(self._passing[0], code) or _has(self._passing[1], code)

    def of_reversal(self, code: str) -> int:
        """Verdict on F39 of an authentic answer to a reversal."""
        return self._reversal.get(code, ASK)


def _has(table: str, code: str) -> bool:
    return len(code) == 2 and (code + " ") in table and " " not in code
