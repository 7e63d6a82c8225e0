"""What a slip printer's driver raises; a board without one never loads it."""

from ..errors import TapTillError


class PrinterFault(TapTillError):
    """The slip printer cannot go on: `fault` of core.checks.  What was sent may stand on paper in part."""

    def __init__(self, fault: int):
        super().__init__("printer: fault %d" % fault)
        self.fault = fault
