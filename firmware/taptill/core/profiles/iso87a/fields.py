"""All the fields of the profile: ISO 8583:1987, 4.3, with the lengths and forms of jPOS's ISO87APackager.

A host of the field may answer with any of them, and an approval is not lost for one that the terminal has no use for: whatever
it is, its length is known.  Where the packager and the standard differ (F96 has 16 bytes, not 8) the packager is followed.
"""

from .codec import AMOUNT, BINARY, DIGITS, LL, LL_DIGITS, LLL, LLL_HEX, TEXT, TRACK2, AsciiCodec

# fmt: off
CODEC = AsciiCodec((
    2, LL_DIGITS, 19,     # PAN
    3, DIGITS, 6,         # processing code
    6, DIGITS, 12,        # 4 amount; in the currencies of settlement and of the card
    7, DIGITS, 10,        # moment of the request, MMDDhhmmss
    10, DIGITS, 8,        # fee and rates of conversion
    12, DIGITS, 6,        # 11 STAN, 12 local time hhmmss
    18, DIGITS, 4,        # 13 local date MMDD, 14 expiry YYMM, 15 settlement date … 18 kind of merchant
    24, DIGITS, 3,        # countries; 22 entry mode, 23 PAN sequence number, 24 network
    26, DIGITS, 2,        # 25 condition code, 26 longest PIN the terminal takes
    27, DIGITS, 1,        # length of F38
    31, AMOUNT, 9,        # fees
    33, LL_DIGITS, 11,    # 32 acquirer, 33 who passed it on
    34, LL, 28,           # PAN, extended
    35, TRACK2, 37,       # track 2
    36, LLL, 104,         # track 3
    37, TEXT, 12,         # retrieval reference number
    38, TEXT, 6,          # authorisation code
    39, TEXT, 2,          # response code
    40, TEXT, 3,          # service restriction code
    41, TEXT, 8,          # terminal
    42, TEXT, 15,         # merchant
    43, TEXT, 40,         # name and place of the merchant
    44, LL, 25,           # additional response data
    45, LL, 76,           # track 1
    48, LLL, 999,         # 48 working keys, state of a trace
    51, TEXT, 3,          # 49 currency; of settlement and of the card
    52, BINARY, 8,        # PIN block
    53, DIGITS, 16,       # security control
    54, LLL, 120,         # balances
    55, LLL_HEX, 999,     # chip data, BER-TLV
    63, LLL, 999,         # 60 batch n6, 61 that of the original; the others are nobody's
    64, BINARY, 8,        # MAC
    65, BINARY, 1,        # there is a third bitmap
    66, DIGITS, 1,        # settlement code
    67, DIGITS, 2,        # extended payment code
    70, DIGITS, 3,        # countries; 70 what a management message is about
    72, DIGITS, 4,        # numbers of messages
    73, DIGITS, 6,        # date of action YYMMDD
    81, DIGITS, 10,       # counts of a reconciliation
    85, DIGITS, 12,       # its fees
    89, DIGITS, 16,       # its amounts
    90, DIGITS, 42,       # original: MTI, STAN, F7, two institutions
    91, TEXT, 1,          # file update code
    92, TEXT, 2,          # file security code
    93, TEXT, 6,          # response indicator
    94, TEXT, 7,          # service indicator
    95, TEXT, 42,         # replacement amounts
    96, BINARY, 16,       # message security code
    97, AMOUNT, 17,       # net amount of a reconciliation
    98, TEXT, 25,         # payee
    100, LL_DIGITS, 11,   # institutions of settlement and at the other end
    101, LL, 17,          # file name
    103, LL, 28,          # accounts
    104, LLL, 100,        # description of the transaction
    127, LLL, 999,        # reserved
    128, BINARY, 8,       # MAC
))
# fmt: on
