"""A message between terminal and host, whichever profile it is written in."""


class Message:
    """mti "0210", fields {number: str (digits, track 2, text) or bytes}; `tpdu` and `header` b"" where the profile has none."""

    def __init__(self, mti: str, fields: dict, tpdu: bytes = b"", header: bytes = b""):
        self.mti = mti
        self.fields = fields
        self.tpdu = tpdu
        self.header = header
