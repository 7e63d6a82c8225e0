"""Response codes of the host (F39): class, cause, sentence and next step.

Sentences and steps are numbers of the text files (tools/glyphs/texts.txt), so that no words are kept here.
Source: the profile's table of response codes.
"""

# Causes: who or what a person has to turn to.
DEVICE = 1
CARD = 2
NETWORK = 3
OPERATOR = 4
ISSUER = 5
HOST = 6

# Classes.
APPROVED = 1
PARTIAL = 2
PICK_UP = 3
CALL_ISSUER = 4
CARD_DATA = 5
PIN = 6
MONEY = 7
NOT_ALLOWED = 8
RELATED = 9
SYSTEM = 10
KEYS = 11
BATCH = 12
DECLINED = 13

# One entry a code, all of one length: code, class (hex), cause, sentence, step; a text is far cheaper than objects.
_TABLE = (
    "00 01 5 110 160;11 01 5 110 160;16 01 5 110 160;A2 01 5 110 160;A4 01 5 110 160;A5 01 5 110 160;A6 01 5 110 160;"
    "10 02 5 111 175;"
    "04 03 5 112 162;07 03 5 112 162;34 03 5 115 162;38 03 4 118 162;41 03 5 113 162;43 03 5 114 162;33 03 2 116 162;"
    "35 03 5 112 162;36 03 5 117 162;37 03 5 112 162;67 03 5 112 162;"
    "01 04 5 119 163;02 04 5 119 163;59 04 5 115 163;60 04 6 151 169;66 04 6 149 169;"
    "13 05 4 120 164;14 05 2 121 161;15 05 2 122 161;54 05 2 123 161;21 05 2 124 163;64 05 4 125 164;"
    "56 05 2 155 161;39 05 5 154 161;42 05 5 154 161;44 05 5 154 161;52 05 5 154 161;53 05 5 154 161;"
    "55 06 4 126 165;75 06 4 118 163;99 06 1 127 171;"
    "51 07 5 128 166;61 07 5 129 166;65 07 5 130 161;"
    "57 08 2 131 161;58 08 6 132 169;62 08 5 133 163;40 08 5 134 161;45 08 2 135 168;31 08 6 136 161;03 08 6 137 169;"
    "97 08 6 138 169;63 08 6 149 169;93 08 6 156 161;"
    "12 09 6 139 172;22 09 6 140 176;25 09 6 141 176;94 09 6 142 178;23 09 6 139 172;"
    "30 0A 6 143 169;68 0A 5 144 170;90 0A 6 145 170;91 0A 5 146 170;92 0A 5 146 170;96 0A 6 147 170;98 0A 5 144 170;"
    "09 0A 6 153 170;19 0A 6 147 172;20 0A 6 147 170;"
    "A0 0B 1 148 171;A7 0B 6 149 169;"
    "77 0C 1 150 171;79 0C 1 150 171;95 0C 1 150 171;"
    "05 0D 5 151 163;06 0D 5 151 163;"
)
_ENTRY = 16  # characters of an entry with its semicolon


class Response:
    """What a code means.  `cause`, `text` and `step` are numbers; `known` is False for a code outside the table."""

    def __init__(self, kind: int, cause: int, text: int, step: int, known: bool = True):
        self.kind = kind
        self.cause = cause
        self.text = text
        self.step = step
        self.known = known


def lookup(code: str) -> Response:
    """Meaning of F39 (two characters) in words.  An unknown code never approves; what it says of the money: `fate`."""
    if len(code) == 2:
        at = 0
        while at < len(_TABLE):
            if _TABLE[at] == code[0] and _TABLE[at + 1] == code[1]:
                entry = _TABLE[at : at + _ENTRY - 1]
                return Response(int(entry[3:5], 16), int(entry[6]), int(entry[8:11]), int(entry[12:15]))
            at += _ENTRY
    return Response(DECLINED, ISSUER, 152, 163, False)


def approves(code: str) -> bool:
    """True for a full or partial approval."""
    return lookup(code).kind in (APPROVED, PARTIAL)


# What an authentic F39 says of the money that was asked for.
TAKEN = 1  # approved, in full or in part
NOT_TAKEN = 2  # a code of the table that means a decline
IN_DOUBT = 3  # the host itself does not know: it is asked, then reversed
EARLIER_SALE = 4  # the trace was used before: a reversal would undo that earlier sale, so it is only ever asked about
UNKNOWN = 5  # no code, or none of the table: reversed

_IN_DOUBT = ("09", "68", "96", "98")
_DUPLICATE = "94"


def fate(code: str) -> int:
    """What F39 of a financial answer says of the money: one of the five above (messages page, "Declines")."""
    found = lookup(code)
    if not found.known:
        return UNKNOWN
    if found.kind in (APPROVED, PARTIAL):
        return TAKEN
    if code == _DUPLICATE:
        return EARLIER_SALE
    return IN_DOUBT if code in _IN_DOUBT else NOT_TAKEN


def wants_sign_on(code: str) -> bool:
    """True when new working keys (or a new batch) have to be fetched before the next sale."""
    return code in ("A0", "99", "77")
