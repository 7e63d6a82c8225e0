"""C-APDUs and R-APDUs out of the PN532's command frames, joined when they were chained."""

import binascii
import time

_IN_DATA_EXCHANGE = 0x40
_MORE = 0x40


class ApduTrace:
    """Give it to Pn532Chip.trace; `send` gets {"ev": "apdu", "c": hex, "r": hex, "ms": …}."""

    def __init__(self, send):
        self._send = send
        self._capdu = b""
        self._rapdu = b""
        self._chained = False
        self._began = 0

    def __call__(self, direction: str, payload) -> None:
        if len(payload) < 3:
            return
        if direction == "in" and payload[1] == _IN_DATA_EXCHANGE:
            if not self._capdu:
                self._began = time.ticks_ms()
                self._rapdu = b""
            self._chained = bool(payload[2] & _MORE)
            self._capdu += bytes(payload[3:])
        elif direction == "out" and payload[1] == _IN_DATA_EXCHANGE + 1:
            self._rapdu += bytes(payload[3:])
            if self._chained or payload[2] & _MORE:
                return
            event = {
                "ev": "apdu",
                "c": binascii.hexlify(self._capdu).decode(),
                "r": binascii.hexlify(self._rapdu).decode(),
                "ms": time.ticks_diff(time.ticks_ms(), self._began),
            }
            if payload[2] & 0x3F:
                event["error"] = payload[2] & 0x3F
            self._capdu = b""
            self._send(event)
