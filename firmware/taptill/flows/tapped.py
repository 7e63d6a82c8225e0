"""What a sale keeps of a tap."""


class Tapped:
    """Card data of an online request.

    `pan` digits, `psn` "001" or None, `expiry` YYMM, `track2` digits with D or None, `cvm` of core.emv.outcome, `de55` bytes
    of field 55, `tvr` (5 bytes), `atc` (2 bytes) and `iad` (9F10) for a reversal.
    """

    def __init__(self):
        self.pan = self.psn = self.expiry = self.track2 = None
        self.cvm = 0
        self.de55 = self.tvr = self.atc = self.iad = b""
