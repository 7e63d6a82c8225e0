"""ports.Entropy: the hardware random source of the chip (on the ESP32 true random while the radio is on)."""

import os


class HardwareEntropy:
    """No fall-back: where `os.urandom` fails, the sale fails."""

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def random_16() -> int:
    """16 bits of it."""
    raw = os.urandom(2)
    return raw[0] << 8 | raw[1]
