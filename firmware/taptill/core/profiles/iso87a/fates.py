"""The response codes of ISO 8583:1987 (F39) by what they say of the money.

63, a security violation, is what the host says of a wrong MAC or a PIN block that it cannot read, and 95 of another batch: a
sign-on brings new keys and the batch.
"""

from ... import responses as verdicts
from ...responses import Responses

responses = Responses(
    approved="00 11 16 ",
    partial="10 ",
    declined=(
        "01 02 03 04 05 06 07 12 13 14 15 21 22 23 25 31 33 34 35 36 37 38 39 40 41 42 43 44 51 52 53 54 55 56 57 58 59 60 61 62 "
        "63 64 65 66 67 75 93 95 "
    ),
    fault="19 20 30 90 91 92 ",
    in_doubt="09 68 96 ",
    earlier="94 ",
    sign_on="63 95 ",
    reversal={
        "00": verdicts.REVERSED,
        "64": verdicts.DIFFERS,
        "63": verdicts.SIGN_ON,
        "95": verdicts.SIGN_ON,
        "90": verdicts.TOLD,
        "58": verdicts.TOLD,
    },
)
