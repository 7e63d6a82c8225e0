"""The PN532's own commands (UM0701-02 7.2) and the table of all of them."""

from .pn532_status import BAD_CONTEXT, OK, TIMEOUT, Syntax

FIRMWARE = b"\x32\x01\x06\x07"
BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)

_DIAGNOSE = 0x00
_LOOPBACK = 0x00

# Bytes after the item of RFConfiguration, 7.3.1.
_RF_ITEMS = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}


class Commands:
    """Pins and settings of the chip's firmware; `ciu` has the registers.

    The CIU is made when a host first asks for a register or sends a raw frame: the terminal does neither, and a bench has
    a small heap.
    """

    def __init__(self, chip):
        self.chip = chip
        self._ciu = None
        self.reset()

    def reset(self) -> None:
        """Values after reset."""
        self.parameters = 0x14
        self._ciu = None
        self._left = None
        self.port3 = 0x3F
        self.port7 = 0x06
        self.sam_mode = 1

    @property
    def ciu(self):
        """The contactless interface unit."""
        if self._ciu is None:
            from .pn532_ciu import Ciu

            self._ciu = Ciu(self.chip)
            if self._left:
                self._left(self._ciu)
        return self._ciu

    def leaves(self, deed) -> None:
        """The firmware does `deed(ciu)`, of which only the latest is to be seen in the registers."""
        if self._ciu is None:
            self._left = deed
        else:
            deed(self._ciu)

    @property
    def bare(self) -> bool:
        """SetParameters bit 5: frames to the host without preamble and postamble."""
        return bool(self.parameters & 0x20)

    def cost_us(self, payload) -> int:
        """Microseconds from the ACK to the answer of a command that is not on the air."""
        if payload[1] == _DIAGNOSE and len(payload) > 2:
            return {1: 15000, 2: 20000, 7: 3000}.get(payload[2], 400)
        return 400

    def run(self, code: int, data):
        """Answer of a command, None when it comes later; raises Syntax."""
        rf = self.chip.rf
        if code == 0x00:
            return self._diagnose(data)
        if code == 0x02:
            return FIRMWARE
        if code == 0x04:
            return self._status()
        if code == 0x06:
            return self._read_register(data)
        if code == 0x08:
            return self._write_register(data)
        if code == 0x0C:
            return bytes((self.port3, self.port7, self.chip.front.strap if self.chip.front else 0))
        if code == 0x0E:
            return self._write_gpio(data)
        if code == 0x10:
            return self._baud_rate(data)
        if code == 0x12:
            _need(data, 1, 1)
            self.parameters = data[0]
            return b""
        if code == 0x14:
            return self._sam(data)
        if code == 0x16:
            _need(data, 1, 2)
            self.chip.after_answer = (False, lambda sources=data[0]: self.chip.sleep(sources))
            return b"\x00"
        if code == 0x32:
            return self._rf_configuration(data)
        if self.chip.low_battery and code in (0x4A, 0x60):
            # The antenna is the virtual card's until SAMConfiguration: nothing is ever found.
            return None
        if code == 0x4A:
            return rf.list_passive(data)
        if code == 0x40:
            return rf.exchange(data)
        if code == 0x42:
            return rf.through(data)
        if code == 0x44:
            return rf.deselect(data)
        if code == 0x52:
            return rf.release(data)
        if code == 0x54:
            return rf.select(data)
        if code == 0x60:
            return rf.auto_poll(data)
        return self._other(code, data)

    def _other(self, code: int, data):
        """NFC-DEP and card emulation: no peer is ever there."""
        if code in (0x4E, 0x50):
            _need(data, 2, 64)
            return bytes((BAD_CONTEXT,))
        if code in (0x46, 0x56):
            _need(data, 3, 80)
            self.chip.later_command(102400, lambda: self.chip.finish(bytes((TIMEOUT,))))
            return None
        if code == 0x8C:
            # Mode, MIFARE parameters 6, FeliCa parameters 18, NFCID3t 10, two lengths at least.
            _need(data, 37, 262)
            return None
        if code == 0x8A:
            return b"\x00\x00"
        if code in (0x86, 0x88, 0x8E, 0x90, 0x92, 0x94):
            return bytes((BAD_CONTEXT,))
        if code == 0x58:
            _need(data, 1, 1)
            return None
        raise Syntax

    def _diagnose(self, data):
        _need(data, 1, 263)
        test = data[0]
        if self.chip.faults.no_diagnose:
            raise Syntax
        if test < 8 and self.chip.faults.bad >> test & 1:
            return b"\xff" if test else bytes(len(data))
        if test == _LOOPBACK:
            return bytes(data)
        if test in (1, 2, 7):
            return b"\x00"
        if test == 4:
            # FeliCa polling: the number of failures out of 128.
            return b"\x80"
        if test == 6:
            return self._card_present()
        if test == 5:
            return None
        raise Syntax

    def _card_present(self):
        rf = self.chip.rf
        target = rf.listed.get(rf.selected)
        if target is None or not target.iso_dep:
            return bytes((BAD_CONTEXT,))
        answer, _ = target.frame(b"\xb2") if target in rf.near else (None, 0)
        return bytes((OK if answer else TIMEOUT,))

    def _status(self) -> bytes:
        rf = self.chip.rf
        answer = bytes((rf.error, 1 if rf.on else 0, len(rf.listed)))
        for tg in sorted(rf.listed):
            answer += bytes((tg, 0, 0, 0))
        return answer + b"\x80"

    def _read_register(self, data) -> bytes:
        if not data or len(data) % 2:
            raise Syntax
        answer = bytearray()
        for at in range(0, len(data), 2):
            answer.append(self.ciu.read(data[at] << 8 | data[at + 1]))
        return bytes(answer)

    def _write_register(self, data) -> bytes:
        if not data or len(data) % 3:
            raise Syntax
        for at in range(0, len(data), 3):
            self.ciu.write(data[at] << 8 | data[at + 1], data[at + 2])
        return b""

    def _write_gpio(self, data) -> bytes:
        _need(data, 2, 2)
        if data[0] & 0x80:
            self.port3 = data[0] & 0x3F
        if data[1] & 0x80:
            self.port7 = data[1] & 0x06
        return b""

    def _baud_rate(self, data) -> bytes:
        _need(data, 1, 1)
        if data[0] >= len(BAUD_RATES):
            raise Syntax
        front = self.chip.front
        if front and front.pushes:
            # The new rate holds from the host's ACK of this answer on.
            self.chip.after_answer = (True, lambda rate=BAUD_RATES[data[0]]: front.set_baud(rate))
        return b""

    def _sam(self, data) -> bytes:
        _need(data, 1, 3)
        if not 1 <= data[0] <= 4:
            raise Syntax
        self.sam_mode = data[0]
        self.chip.low_battery = False
        self.chip.irq_enabled = len(data) < 3 or data[2] != 0
        return b""

    def _rf_configuration(self, data) -> bytes:
        if not data or _RF_ITEMS.get(data[0], -1) != len(data) - 1:
            raise Syntax
        rf = self.chip.rf
        item = data[0]
        if item == 0x01:
            if not self.chip.low_battery:
                rf.field(bool(data[1] & 1))
        elif item == 0x02:
            # 7.3.1: time-out of non-DEP exchanges 100 us x 2^(n-1), n = 0 means none.
            rf.wait_us = 100 << (data[3] - 1) if 0 < data[3] <= 16 else 51200
        elif item == 0x04:
            rf.com_retries = data[1]
        elif item == 0x05:
            rf.passive_retries = data[3]
        return b""


def _need(data, least: int, most: int) -> None:
    if not least <= len(data) <= most:
        raise Syntax
