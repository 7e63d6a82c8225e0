"""What the processor in the middle is: which pins it has, what they can do, what memory there is.

The facts come from the host's side (rig/chip_kind.py, out of tools/wiring), so that bench and `till board check` have the same.
"""

import json


class Chip:
    """The processor of the file `path`, which rig.chip_kind wrote; without one it has every pin and knows no rule.

    `pins` are the GPIOs of which MicroPython has a machine.Pin; `inputs` can only be inputs and pull nowhere; `flash` are its
    own; held low at reset `not_low`, or high `not_high`, keep it from starting.  `heap`, `areas`, `wifi`, `tls`: memory.py;
    `partitions`: where the code lives -> (type, subtype, address, size, label, encrypted) of each.
    """

    def __init__(self, path: str = ""):
        facts = {}
        if path:
            with open(path) as file:
                facts = json.load(file)
        self.name = facts.get("name", "")
        self.pins = frozenset(facts.get("pins", range(49)))
        self.inputs = frozenset(facts.get("inputs", ()))
        self.flash = frozenset(facts.get("flash", ()))
        self.not_low = facts.get("not_low", ())
        self.not_high = facts.get("not_high", ())
        self.heap = facts.get("heap", 0)
        self.areas = facts.get("areas", ())
        self.wifi = facts.get("wifi", 0)
        self.tls = facts.get("tls", 0)
        self.partitions = {}
        for code, rows in facts.get("partitions", {}).items():
            self.partitions[code] = [tuple(row) + (False,) for row in rows]

    def stopped_by(self, held) -> str:
        """Why it does not start its program, "" when it does; `held(gpio)`: level at which a part holds that line, or None."""
        for gpios, level, word in ((self.not_low, 0, "low"), (self.not_high, 1, "high")):
            for gpio in gpios:
                if held(gpio) == level:
                    return "GPIO %d is held %s at the start" % (gpio, word)
        return ""
