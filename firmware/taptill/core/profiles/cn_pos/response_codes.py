"""Response codes (F39) by their fate.  Made of tools/words/responses.txt by `make words`; change them there."""

APPROVED = "00 11 16 A2 A4 A5 A6 "
PARTIAL = "10 "
DECLINED = (
    "04 07 34 38 41 43 33 35 36 37 67 01 02 59 60 66 13 14 15 54 21 64 56 39 42 44 52 53 55 75 "
    "99 51 61 65 57 58 62 40 45 31 03 97 63 93 12 22 25 23 A0 A7 77 79 95 05 06 "
)
FAULT = "30 90 91 92 19 20 "
IN_DOUBT = "68 96 98 09 "
EARLIER = "94 "
SIGN_ON = "99 A0 77 79 95 "
