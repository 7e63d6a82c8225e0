"""The parts of a terminal, what may be wrong with each, and what cannot be done without it.

A part that fails takes with it what needs it, and nothing else.  What is open is settled with whatever is left, so a reversal
stands in no table here.
"""

# Parts.
KEYPAD = 1
DISPLAY = 2
BUZZER = 3
READER = 4
FLASH = 5
CLOCK = 6
MEMORY = 7
WIFI = 8
KEYS = 9
PARTS = (KEYPAD, DISPLAY, BUZZER, READER, FLASH, CLOCK, MEMORY, WIFI, KEYS)
NAMES = ("", "keypad", "display", "buzzer", "reader", "flash", "clock", "memory", "wifi", "keys")

# Faults.
WELL = 0
KEY_STUCK = 1  # a key is down and nobody presses it
KEY_DEAD = 2  # a key was not seen when each was pressed
DISPLAY_SILENT = 3
DISPLAY_OTHER = 4  # another chip answers in its place
DISPLAY_PICTURE = 5  # a person says that the test picture is not whole
BUZZER_UNHEARD = 6
READER_SILENT = 7
READER_BROKEN = 8  # its memory, or the line to it
NO_ANTENNA = 9
NO_FIELD = 10
FLASH_REFUSES = 11
FLASH_FILLING = 12
CLOCK_UNKNOWN = 13
MEMORY_LOW = 14
NO_NETWORK = 15
SIGNAL_LOW = 16
NO_MASTER_KEY = 17
NO_WORKING_KEYS = 18
UNTESTED = 19  # only a person can tell, or there are no settings to test it with
# Of a slip printer, which is asked whenever it prints.
PAPER_OUT = 20
PRINTER_OPEN = 21
PRINTER_HOT = 22
PRINTER_SILENT = 23
PRINTER_BROKEN = 24

# These stop nothing by themselves: somebody should look, or what needs them asks for itself each time.  The antenna's current and
# the drivers' bits are here because modules exist that fail these two tests and read every card.
_HINTS = (
    KEY_DEAD, DISPLAY_PICTURE, BUZZER_UNHEARD, NO_ANTENNA, NO_FIELD, FLASH_FILLING, CLOCK_UNKNOWN, NO_NETWORK, SIGNAL_LOW,
    NO_WORKING_KEYS, UNTESTED,
)  # fmt: skip

# A payment cannot be done without these, asked in this order.
FOR_PAYMENT = (DISPLAY, KEYPAD, READER, FLASH, MEMORY, KEYS)


class Finding:
    """What a part was found to be: `part`, `fault` (WELL: none), `value` for the screen and `detail` for the report.

    Both are English or figures, and hold no secret.  `thorough`: every test was done that needs no person.
    """

    def __init__(self, part: int, fault: int = WELL, value: str = "", detail: str = "", thorough: bool = False):
        self.part = part
        self.fault = fault
        self.value = value
        self.detail = detail
        self.thorough = thorough

    @property
    def stops(self) -> bool:
        """Does what needs this part have to wait?"""
        return self.fault != WELL and self.fault not in _HINTS

    def line(self) -> str:
        """The finding as one line of a report."""
        verdict = "FAILED" if self.stops else "ok" if self.fault == WELL else "not tested" if self.fault == UNTESTED else "look"
        told = [text for text in (self.value, self.detail) if text]
        return "self-test: " + " - ".join([NAMES[self.part] + " " + verdict] + told)
