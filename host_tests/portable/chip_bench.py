"""A virtual clock and small masters for the chip models' tests."""

from chips import pn532, pn532_host
from chips.pn532_i2c import Pn532I2c
from chips.pn532_spi import Pn532Spi
from chips.pn532_uart import Pn532Uart


class VirtualClock:
    """Time that only the test moves; `schedule` runs its functions when it passes them."""

    def __init__(self):
        self.now = 0
        self._due = []
        self._order = 0

    def now_us(self) -> int:
        return self.now

    def schedule(self, delay_us: int, fn) -> None:
        self._order += 1
        self._due.append((self.now + delay_us, self._order, fn))

    def sleep_us(self, span: int) -> None:
        end = self.now + span
        while self._due:
            first = min(self._due, key=lambda event: event[:2])
            if first[0] > end:
                break
            self._due.remove(first)
            self.now = max(self.now, first[0])
            first[2]()
        self.now = end


class Lab:
    """A chip, its clock and what it said on IRQ."""

    def __init__(self, scale: float = 1.0):
        self.clock = VirtualClock()
        self.chip = pn532.Pn532Chip(self.clock.now_us, self.clock.schedule, scale)
        self.edges = []
        self.chip.on_irq = self.edges.append
        self.clock.sleep_us(3000)

    def wait(self, done, limit_us: int = 1000000, step_us: int = 100) -> bool:
        """Let time pass until done() is true; False when the limit is reached."""
        end = self.clock.now + limit_us
        while not done():
            if self.clock.now >= end:
                return False
            self.clock.sleep_us(step_us)
        return True


class SpiLab(Lab):
    """A master on an LSB-first SPI bus."""

    def __init__(self, scale: float = 1.0):
        super().__init__(scale)
        self.spi = Pn532Spi(self.chip)

    def transfer(self, out: bytes) -> bytes:
        self.spi.select()
        answer = bytearray()
        for byte in out:
            answer.append(self.spi.xchg(byte))
            self.clock.sleep_us(8)
        self.spi.deselect()
        return bytes(answer)

    def wake(self) -> None:
        self.spi.select()
        self.clock.sleep_us(2000)
        self.spi.deselect()
        self.clock.sleep_us(1000)

    def ready(self) -> bool:
        return self.transfer(b"\x02\x00")[1] == 1

    def read(self, count: int) -> bytes:
        return self.transfer(b"\x03" + bytes(count))[1:]

    def write(self, frame: bytes) -> None:
        self.transfer(b"\x01" + frame)

    def answer(self, limit_us: int = 1000000):
        """Wait for a frame and return its payload; None when none came."""
        if not self.wait(self.ready, limit_us):
            return None
        return payload_of(self.read(280))

    def command(self, payload: bytes, limit_us: int = 1000000):
        """ACK and payload of the answer; asserts the ACK."""
        self.write(pn532_host.build(payload))
        assert self.wait(self.ready), "no ACK"
        assert self.read(6) == pn532_host.ACK
        return self.answer(limit_us)

    def start(self) -> None:
        """Wake it and leave the low-battery mode."""
        self.wake()
        assert self.command(b"\xd4\x14\x01\x00\x01") == b"\xd5\x15"


class I2cLab(Lab):
    """A master on I2C."""

    def __init__(self, scale: float = 1.0):
        super().__init__(scale)
        self.i2c = Pn532I2c(self.chip)


class UartLab(Lab):
    """A host on the serial line; `heard` is what came."""

    def __init__(self, scale: float = 1.0):
        super().__init__(scale)
        self.heard = bytearray()
        self.uart = Pn532Uart(self.chip, self.heard.extend)
        self.baud = 115200

    def write(self, data: bytes) -> None:
        self.uart.receive(data, self.baud)

    def take(self, limit_us: int = 100000) -> bytes:
        """Everything that arrives until the line has been quiet for 5 ms."""
        self.wait(lambda: len(self.heard), limit_us)
        size = -1
        while size != len(self.heard):
            size = len(self.heard)
            self.clock.sleep_us(5000)
        data = bytes(self.heard)
        self.heard[:] = b""
        return data


def payload_of(data: bytes) -> bytes:
    """Payload of the first frame in `data`; checks both checksums."""
    at = data.index(b"\x00\xff") + 2
    size, check = data[at], data[at + 1]
    at += 2
    if size == 0xFF and check == 0xFF:
        size = data[at] << 8 | data[at + 1]
        assert (data[at] + data[at + 1] + data[at + 2]) & 0xFF == 0
        at += 3
    else:
        assert (size + check) & 0xFF == 0, "LCS"
    body = data[at : at + size]
    assert len(body) == size and (sum(body) + data[at + size]) & 0xFF == 0, "DCS"
    return bytes(body)
