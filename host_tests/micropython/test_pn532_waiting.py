"""How soon the PN532's driver sees that the chip has something to say, on a clock of its own (F-C15)."""

import asyncio

from virtual_time import VirtualTime

import taptill.drivers.pn532.ready as ready
from taptill.drivers.pn532.frame import MAX_FRAME, FrameError, FrameReader
from taptill.drivers.pn532.uart import UartTransport

ACK = b"\x00\x00\xff\x00\xff\x00"
ANSWER = b"\x00\x00\xff\x02\xfe\xd5\x15\x16\x00"


class Line:
    """A UART that is told what arrives when; as older ports have it, without an interrupt."""

    def __init__(self, clock):
        self.clock = clock
        self.input = b""
        self.looks = 0

    def arrives(self, ms, data):
        self.clock.at(ms, lambda: self._take(data))

    def _take(self, data):
        self.input += data

    def init(self, baudrate):
        self.baudrate = baudrate

    def any(self):
        self.looks += 1
        return len(self.input)

    def readinto(self, buf):
        count = min(len(buf), len(self.input))
        buf[:count] = self.input[:count]
        self.input = self.input[count:]
        return count or None

    def read(self, count):
        data, self.input = self.input[:count], self.input[count:]
        return data

    def write(self, data):
        return len(data)


class TellingLine(Line):
    """… with UART.irq, as the ESP32's port has it since MicroPython 1.24."""

    IRQ_RX = 1
    handler = None

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_RX
        self.handler = handler

    def _take(self, data):
        super()._take(data)
        self.handler(self)


class SilentLine(TellingLine):
    """… whose interrupts never come."""

    def _take(self, data):
        self.input += data


def late(line_class, after_ms, port_tick_ms=0):
    """By how many milliseconds a frame is seen late that comes so long after the command."""

    async def body():
        line = line_class(clock)
        transport = UartTransport(line)
        await transport.wake(0)
        line.arrives(clock.ms + after_ms, ANSWER)
        due = clock.ms + after_ms
        assert await transport.ready.wait(after_ms + 1000)
        return clock.ms - due

    with VirtualTime(ready) as clock:
        clock.ms += 137
        own = asyncio.sleep_ms
        if port_tick_ms:
            asyncio.sleep_ms = lambda ms: own(-(-(clock.ms + ms) // port_tick_ms) * port_tick_ms - clock.ms)
        try:
            return asyncio.run(body())
        finally:
            asyncio.sleep_ms = own


def test_f_c15_an_answer_on_the_uart_is_seen_within_a_millisecond():
    for after in list(range(1, 60)) + [97, 250, 333, 1000, 4999, 30001]:
        assert late(Line, after) <= 1, (after, late(Line, after))


def test_f_c15_an_interrupt_that_never_comes_makes_it_no_later():
    """Not in the row: what a port promises of UART.irq and what it does may differ."""
    for after in (1, 2, 5, 13, 97, 333, 4999):
        assert late(SilentLine, after) <= 1, after


def test_f_c15_it_is_awaited_where_the_port_tells_of_received_bytes():
    """Not in the row: with the port's ticks a pause of a millisecond takes ten; the interrupt does not wait for them."""
    for after in (1, 2, 5, 13, 97, 333, 4999):
        assert late(TellingLine, after) == 0, after
        assert late(TellingLine, after, 10) == 0, after


def test_f_c15_the_pieces_of_a_frame_are_seen_within_a_millisecond_too():
    """Not in the row: a long answer arrives in pieces; between them the reader does not doze either."""
    for line_class in (Line, TellingLine):

        async def body():
            line = line_class(clock)
            transport = UartTransport(line)
            await transport.wake(0)
            for at in range(len(ANSWER)):
                line.arrives(clock.ms + 10 + 7 * at, ANSWER[at : at + 1])
            reader = FrameReader(bytearray(MAX_FRAME))
            assert await transport.ready.wait(100)
            start = clock.ms
            await transport.read(reader, 0)
            assert bytes(reader.view[: reader.end]) == ANSWER
            assert clock.ms - start <= 7 * (len(ANSWER) - 1) + 1, clock.ms - start
            line.arrives(clock.ms + 5, ANSWER[:6])
            assert await transport.ready.wait(100)
            try:
                await transport.read(reader, 0)
            except FrameError as error:
                assert "cut short" in str(error)
            else:
                raise AssertionError("half a frame was taken")

        with VirtualTime(ready) as clock:
            asyncio.run(body())


def test_asking_a_bus_that_costs_bytes_still_backs_off():
    asked = []

    def poll():
        asked.append(clock.ms)
        return False

    async def body():
        assert not await ready.Ready(None, poll).wait(1000)

    with VirtualTime(ready) as clock:
        asyncio.run(body())
    assert len(asked) < 130, len(asked)


def test_waiting_ends_with_the_time_whatever_is_armed():
    for line_class in (Line, TellingLine):

        async def body():
            line = line_class(clock)
            transport = UartTransport(line)
            await transport.wake(0)
            start = clock.ms
            assert not await transport.ready.wait(600)
            assert 600 <= clock.ms - start <= 601

        with VirtualTime(ready) as clock:
            asyncio.run(body())
