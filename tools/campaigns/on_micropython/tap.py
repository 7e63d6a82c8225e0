"""A tap of six APDUs over one bus: the firmware's reader and EMV core, the bench's `machine`, the PN532 model.

    micropython tap.py BUS SESSION.json FOLDER…

The folders (bench, lib, board, firmware) go on the path.  Prints one JSON object: bytes, transfers, bus and sleep times
of the six exchanges (`tap_…`), and of everything from the chip's reset to the field switched off (`whole_…`).
"""

import sys

for _folder in sys.argv[3:]:
    sys.path.insert(1, _folder)

import asyncio
import json
import time

import board
import machine
from world import World

from cards.recorded import RecordedCard
from taptill.adapters.reader import CardReader
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.emv.tap import read_card
from taptill.drivers.pn532.chip import Pn532
from taptill.drivers.pn532.frame import ACK

_CONTROL = 7  # an ACK or NACK with its prefix: no command
_CARD_MS = 20  # a card computes some 100 to 300 ms in a tap
_UART = "pn532 RX 17 out\npn532 TX 16 in\npn532 RSTPDN 4 out\n"
_I2C = "pn532 SCL 25 out\npn532 SDA 26 both\npn532 RSTPDN 4 out\npn532 IRQ 34 in\n"
# Bits on the line for a byte, and for the beginning and end of a transfer.
_BITS = {"spi": (8, 0), "uart": (10, 0), "i2c": (9, 2)}


class Watch:
    """Counts transfers and the time that the driver sleeps although the chip has nothing left to do for it.

    A sleep is waiting for the chip as long as a command is under way and its answer is not there.  The rest is the
    driver's own: `fixed_us` of sleeps that wait for no answer, `late_us` by which sleeps went on behind an answer.
    """

    def __init__(self):
        self.transfers = 0
        self.fixed_us = self.late_us = 0
        self.asked = False  # a command is under way
        self.there = None  # () -> bool: an answer is there
        self.task = None
        self._ready_at = None
        self._sleep_ms = asyncio.sleep_ms
        asyncio.sleep_ms = self._sleep

    def hook(self, transport) -> None:
        """Follow the commands and answers of a transport."""
        write, read = transport.write, transport.read

        def asking(frame) -> None:
            self.asked = len(frame) > _CONTROL
            write(frame)

        async def hearing(reader, at: int, ack: bool = False) -> None:
            await read(reader, at, ack)
            self.asked = reader.kind == ACK

        transport.write, transport.read = asking, hearing

    def ready(self) -> None:
        """The chip has an answer now."""
        if self._ready_at is None:
            self._ready_at = time.ticks_us()

    async def _sleep(self, ms: int) -> None:
        if asyncio.current_task() is not self.task:
            await self._sleep_ms(ms)
            return
        waiting = self.asked and not self.there()
        self._ready_at = None
        begin = time.ticks_us()
        await self._sleep_ms(ms)
        if not waiting:
            self.fixed_us += time.ticks_diff(time.ticks_us(), begin)
        elif self._ready_at is not None:
            self.late_us += time.ticks_diff(time.ticks_us(), self._ready_at)


class Frames:
    """Bytes of the frames by kind, from the payloads that the chip sees."""

    def __init__(self):
        self.requests = self.responses = self.acks = self.apdus = 0

    def __call__(self, direction: str, payload) -> None:
        if len(payload) < 2 or payload[1] & 0xFE != 0x40:
            return
        size = len(payload) + (10 if len(payload) > 255 else 7)
        if direction == "in":
            self.requests += size
            self.acks += 6
            self.apdus += 1
        else:
            self.responses += size


def _on_spi(watch):
    world = _world(board.WIRING)
    nss = world.wires["pn532"]["NSS"]
    driven = world.sinks[nss]

    def select(level) -> None:
        watch.transfers += not level
        driven(level)

    world.sinks[nss] = select
    return world, "spi", board.spi().baudrate, board.pn532_transport(), board.pn532_reset()


def _on_uart(watch, baudrate: int):
    from taptill.drivers.pn532.uart import UartTransport

    world = _world(_UART)
    wire = world.uart_chips[17]
    attach = wire.uart_attach

    def attach_watched(receive, baud: int) -> None:
        def arrived(data) -> None:
            receive(data)
            watch.ready()

        attach(arrived, baud)

    wire.uart_attach = attach_watched
    uart = machine.UART(1, 115200, tx=machine.Pin(17), rx=machine.Pin(16), rxbuf=1024, timeout=0)
    watch.there = uart.any
    return world, "uart", baudrate, UartTransport(uart, baudrate), machine.Pin(4, machine.Pin.OUT, value=1)


def _on_i2c(watch, exact: bool):
    from taptill.drivers.pn532.i2c import I2cTransport

    world = _world(_I2C)
    scl, sda, irq = machine.Pin(25), machine.Pin(26), machine.Pin(34, machine.Pin.IN)
    i2c = machine.SoftI2C(scl=scl, sda=sda, freq=400_000) if exact else machine.I2C(1, scl=scl, sda=sda, freq=400_000)
    return world, "i2c", 400_000, I2cTransport(i2c, irq, exact), machine.Pin(4, machine.Pin.OUT, value=1)


def _world(wiring: str):
    def ended():
        raise SystemExit("the processor stopped")

    world = World(wiring, lambda event: None, ended)
    machine.attach(world)
    world.fit_pn532()
    return world


def _fit(bus: str, watch):
    if bus == "spi":
        return _on_spi(watch)
    if bus == "uart":
        return _on_uart(watch, 115200)
    if bus == "uart_fast":
        return _on_uart(watch, 921600)
    return _on_i2c(watch, bus == "i2c")


async def _tap(bus: str, session) -> dict:
    watch = Watch()
    world, line, rate, transport, reset = _fit(bus, watch)
    chip = world.pn532
    if watch.there is None:
        watch.there = lambda: not chip.irq
        edge = chip.on_irq

        def on_irq(level) -> None:
            if not level:
                watch.ready()
            edge(level)

        chip.on_irq = on_irq
    watch.hook(transport)
    driver = Pn532(transport, reset)
    watch.task = asyncio.current_task()
    reader = CardReader(driver)
    recorded = RecordedCard(session, delay_ms=_CARD_MS)
    chip.place(recorded.target())

    def count() -> tuple:
        transfers = watch.transfers or world.bus_transfers[line]
        return world.bus_bytes[line], transfers, world.bus_us[line], watch.fixed_us, watch.late_us

    begin_ms = time.ticks_ms()
    card = await reader.wait_card(5000, lambda: False)
    chip.trace = frames = Frames()
    before = count()
    tap_ms = time.ticks_ms()
    read = await read_card(card, EmvConfig(), EmvTxn(1000, "250101", b"8901", 1))
    tap_ms = time.ticks_diff(time.ticks_ms(), tap_ms)
    after = count()
    chip.trace = None
    await reader.off()
    whole = count()
    used = [after[at] - before[at] for at in range(5)]
    bits, ends = _BITS[line]
    bus_ms = (used[0] * bits + used[1] * ends) * 1000 / rate
    return {
        "apdus": frames.apdus,
        "minimum": frames.requests + frames.responses + frames.acks,
        "requests": frames.requests,
        "responses": frames.responses,
        "misses": recorded.misses,
        "pan_read": bool(read.pan),
        "bytes": used[0],
        "transfers": used[1],
        "bus_ms": bus_ms,
        "fixed_sleep_ms": used[3] / 1000,
        "late_ms": used[4] / 1000,
        "elapsed_ms": tap_ms,
        "whole_bytes": whole[0],
        "whole_transfers": whole[1],
        "whole_bus_ms": whole[2] / 1000,
        "whole_own_sleep_ms": (whole[3] + whole[4]) / 1000,
        "whole_elapsed_ms": time.ticks_diff(time.ticks_ms(), begin_ms),
    }


def main(bus: str, path: str) -> None:
    with open(path) as file:
        session = json.load(file)
    print(json.dumps(asyncio.run(asyncio.wait_for(_tap(bus, session), 30))))


main(sys.argv[1], sys.argv[2])
