"""The PN532's contactless interface unit (CIU, a PN512): registers 6301 to 633F and what drivers do with them.

Source: data sheet PN532/C1 8.6 (its registers), UM0701-02 7.2.4 and 7.2.5 (ReadRegister, WriteRegister).  These have
their effect on raw frames, those of InCommunicateThru and of the CIU's own commands; InDataExchange is the firmware's.

    6302 TxMode, 6303 RxMode   bit 7: CRC made, or checked and taken off; bits 6-4: speed (0: 106 kbit/s);
                               bits 1-0: framing (00 type A, 11 type B)
    6304 TxControl             bits 1-0: the field
    630D ManualRCV             bit 4: parity is the host's: nine bits a byte, both ways
    633D BitFraming            bits 2-0: bits of the last byte to send (0: all); bit 7: send what the FIFO holds
    633C Control               bits 2-0: bits of the last byte received (0: all)
    6338 Status2               bit 3: MIFARE encryption; it can only be cleared
    6339 FIFOData, 633A FIFOLevel     64 bytes; bit 7 of the level empties it
    6331 Command               0 idle, 3 CRC of the FIFO (result in 6311 and 6312), C transceive, F reset
    6334 CommIRq, 6336 Error   what the last of these came to

What the firmware leaves behind: after a listing that found something the CRCs are on and the framing is that card's;
after one that found no type A card the request (26) is still in the FIFO, by which nfcpy knows that nobody answered.
"""

from .iso14443 import air_us
from .iso14443_3 import TYPE_A, TYPE_B, crc16, sealed, unsealed
from .pn532_status import BAD_CRC, COLLISION, OK, TIMEOUT

_MODE, _TX_MODE, _RX_MODE, _TX_CONTROL = 0x6301, 0x6302, 0x6303, 0x6304
_MANUAL_RCV = 0x630D
_CRC_MSB, _CRC_LSB = 0x6311, 0x6312
_COMMAND, _COMM_IRQ, _ERROR, _STATUS2 = 0x6331, 0x6334, 0x6336, 0x6338
_FIFO_DATA, _FIFO_LEVEL, _CONTROL, _BIT_FRAMING = 0x6339, 0x633A, 0x633C, 0x633D

_CRC_ON = 0x80
_FRAMING = 0x03
_LINE = 0x73  # speed and framing
_FIELD = 0x03
_PARITY_OFF = 0x10
_START_SEND = 0x80
_CRYPTO_ON = 0x08
_CRC_ERROR = 0x04
_COLLISION_ERROR = 0x08
_READ_ONLY = (_CRC_MSB, _CRC_LSB, _ERROR, 0x6337, 0x6327)

_CALCULATE_CRC, _NO_CHANGE, _TRANSCEIVE, _SOFT_RESET = 0x3, 0x7, 0xC, 0xF
_FIFO_SIZE = 64

# CRC presets of CIU_Mode, bits 1-0.
_PRESETS = (0x0000, 0x6363, 0xA671, 0xFFFF)

# Of CommIRq.
_SENT, _RECEIVED, _WRONG = 0x40, 0x20, 0x02

_AFTER_RESET = {
    _MODE: 0x3B,
    _TX_MODE: 0x80,  # the firmware's setting for 106 kbit/s, type A
    _RX_MODE: 0x80,
    _TX_CONTROL: 0x80,
    0x6306: 0x10,
    0x6307: 0x84,
    0x6308: 0x84,
    0x6309: 0x4D,
    0x630C: 0x62,
    _CRC_MSB: 0xFF,
    _CRC_LSB: 0xFF,
    0x6313: 0x88,
    0x6314: 0x26,
    0x6315: 0x87,
    0x6316: 0x48,
    0x6317: 0x88,
    0x6318: 0x20,
    0x6319: 0x20,
    0x6327: 0x80,
    _COMMAND: 0x20,
    0x6332: 0x80,
    _COMM_IRQ: 0x14,
    0x6337: 0x21,
    0x633B: 0x08,
    _CONTROL: 0x10,
}


def _with_parity(data: bytes, bits: int):
    """Nine bits a byte, the ninth making the ones odd; least significant bit first, as they pass."""
    stream = count = 0
    for at in range(bits // 8):
        byte = data[at]
        ones = 0
        for shift in range(8):
            ones ^= byte >> shift & 1
        stream |= (byte | (ones ^ 1) << 8) << count
        count += 9
    return stream.to_bytes((count + 7) // 8, "little"), count


def _without_parity(data: bytes, bits: int):
    """The bytes of such a stream, None where a parity is wrong or the end is no whole byte."""
    if bits % 9:
        return None
    plain = bytes([int.from_bytes(data, "little") >> at & 0xFF for at in range(0, bits, 9)])
    return plain if _with_parity(plain, 8 * len(plain))[0] == bytes(data) else None


class Ciu:
    """Registers and FIFO; `rf` answers `hear(frame)` and switches the field."""

    def __init__(self, chip):
        self.chip = chip
        self._talk = 0
        self.reset()

    def reset(self) -> None:
        """Values after reset, as the firmware has made them."""
        self.registers = dict(_AFTER_RESET)
        self.fifo = bytearray()

    # What the firmware does with them.

    def activated(self, kind: str) -> None:
        """A listing has found a card of type "A" or "B"."""
        framing = TYPE_B if kind == "B" else TYPE_A
        self.registers[_TX_MODE] = self.registers[_RX_MODE] = _CRC_ON | framing
        self.registers[_BIT_FRAMING] = 0
        self.registers[_STATUS2] = 0
        self.fifo = bytearray()

    def unanswered(self) -> None:
        """A listing of type A has found none: REQA was sent last."""
        self.fifo = bytearray(b"\x26")

    def encrypts(self) -> None:
        """A MIFARE authentication was successful."""
        self.registers[_STATUS2] = self._value(_STATUS2) | _CRYPTO_ON

    # What the host does with them.

    def _value(self, address: int) -> int:
        return self.registers.get(address, 0)

    def read(self, address: int) -> int:
        """ReadRegister; also of what is no register of the CIU (XRAM, SFR): as it was written."""
        if address == _FIFO_DATA:
            if not self.fifo:
                return 0
            byte = self.fifo[0]
            self.fifo = self.fifo[1:]
            return byte
        if address == _FIFO_LEVEL:
            return len(self.fifo)
        if address == _TX_CONTROL:
            return self._value(address) & ~_FIELD | (_FIELD if self.chip.rf.on and not self.chip.faults.no_field else 0)
        return self._value(address)

    def write(self, address: int, value: int) -> None:
        """WriteRegister."""
        if address in _READ_ONLY:
            return
        if address == _FIFO_DATA:
            if len(self.fifo) < _FIFO_SIZE:
                self.fifo.append(value)
        elif address == _FIFO_LEVEL:
            if value & 0x80:
                self.fifo = bytearray()
        elif address == _COMM_IRQ:
            old = self._value(address)
            self.registers[address] = old | value & 0x7F if value & 0x80 else old & ~value
        elif address == _CONTROL:
            self.registers[address] = value & 0xF8 | self._value(address) & 7
        elif address == _STATUS2:
            was = self._value(address) & _CRYPTO_ON
            self.registers[address] = value & ~_CRYPTO_ON | was & value
            if was and not value & _CRYPTO_ON:
                self.chip.rf.crypto_off()
        elif address == _BIT_FRAMING:
            self.registers[address] = value & 0x7F
            if value & _START_SEND and self._value(_COMMAND) & 15 == _TRANSCEIVE:
                self._transceive()
        else:
            self.registers[address] = value
            if address == _TX_CONTROL:
                if bool(value & _FIELD) != self.chip.rf.on and not self.chip.low_battery:
                    self.chip.rf.field(bool(value & _FIELD))
            elif address == _COMMAND:
                self._command(value & 15)

    def _command(self, command: int) -> None:
        if command == _NO_CHANGE:
            return
        self._talk += 1  # what was under way is given up
        if command == _SOFT_RESET:
            self.reset()
        elif command == _CALCULATE_CRC:
            crc = crc16(self.fifo, _PRESETS[self._value(_MODE) & 3])
            self.registers[_CRC_MSB], self.registers[_CRC_LSB] = crc >> 8, crc & 0xFF
            self.fifo = bytearray()

    def _transceive(self) -> None:
        chip = self.chip
        self._talk += 1
        talk = self._talk
        frame = self.outgoing(bytes(self.fifo))
        self.fifo = bytearray()
        self.registers[_COMM_IRQ] = self._value(_COMM_IRQ) | _SENT

        def at_card() -> None:
            answer = chip.rf.hear(frame) if talk == self._talk else None
            if answer:
                chip.later(answer[2] + air_us(answer[1] // 8), lambda: arrived(answer))

        def arrived(answer) -> None:
            if talk != self._talk:
                return
            status, data = self.incoming(answer)
            if status == TIMEOUT:
                return
            self.fifo = bytearray(data[:_FIFO_SIZE])
            self.registers[_COMM_IRQ] = self._value(_COMM_IRQ) | _RECEIVED | (_WRONG if status else 0)

        chip.later(air_us(len(frame[0]) if frame else 0), at_card)

    # Frames.

    def outgoing(self, data: bytes):
        """What leaves the antenna for the bytes of the host: (data, bits, framing), or None where no card could read it."""
        mode = self._value(_TX_MODE)
        framing = mode & _FRAMING
        last = self._value(_BIT_FRAMING) & 7
        bits = 8 * len(data) - (8 - last if last else 0)
        if mode & _LINE & ~_FRAMING or framing not in (TYPE_A, TYPE_B) or bits <= 0:
            return None
        if mode & _CRC_ON:
            if last:
                return None  # a CRC behind odd bits is no frame of any card
            data = sealed(data, framing)
            bits = 8 * len(data)
        if self._value(_MANUAL_RCV) & _PARITY_OFF and bits > 8:
            plain = _without_parity(data, bits)
            if plain is None:
                return None
            data, bits = plain, 8 * len(plain)
        return data, bits, framing

    def incoming(self, answer):
        """What the host gets of a card's (data, bits, delay): (status, bytes).

        A receiver that is set otherwise than the sender hears nothing of what comes back.
        """
        data, bits, _ = answer
        mode = self._value(_RX_MODE)
        self.registers[_ERROR] = 0
        if mode & _LINE != self._value(_TX_MODE) & _LINE:
            return TIMEOUT, b""
        if data is None:
            self.registers[_ERROR] = _COLLISION_ERROR
            return COLLISION, b""
        if self._value(_MANUAL_RCV) & _PARITY_OFF and bits >= 8:
            data, bits = _with_parity(data, bits)
        self.registers[_CONTROL] = self._value(_CONTROL) & 0xF8 | bits % 8
        if not mode & _CRC_ON:
            return OK, bytes(data)
        plain = unsealed(data, bits, mode & _FRAMING)
        if plain is None:
            self.registers[_ERROR] = _CRC_ERROR
            return BAD_CRC, b""
        return OK, plain
