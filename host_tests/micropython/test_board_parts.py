"""The real board file on the bench's `machine`: its SPI, pins and keypad lines carry the drivers."""

import asyncio
import sys
import time

HERE = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.append(HERE + "/../../boards/esp32_devkitc")
sys.path += [HERE + "/../../tools/bench", HERE + "/../../tools/bench/hardware"]

import board
import machine
from world import World

from chips.iso14443 import Type4Target
from taptill.adapters.reader import CardReader
from taptill.drivers.keypad import Keypad
from taptill.drivers.pn532.chip import Pn532
from taptill.drivers.pn532.i2c import I2cTransport
from taptill.drivers.pn532.uart import UartTransport

ANSWERS = (60, 115, 203, 15, 256, 236)  # visa_comdirect_credit, as in tap_timing_model.json
I2C = "pn532 SCL 25 out\npn532 SDA 26 both\n"
SERIAL = "pn532 RX 17 out\npn532 TX 16 in\n"
REQUESTS = (20, 13, 26, 5, 5, 5)


class App:
    def __init__(self):
        self.turn = 0

    def transmit(self, capdu):
        self.turn += 1
        return bytes(ANSWERS[self.turn - 1] - 2) + b"\x90\x00"

    def delay_us(self, capdu):
        return 1000


def bench(wiring=board.WIRING):
    def ended():
        raise AssertionError("the processor stopped")

    world = World(wiring, lambda event: None, ended)
    machine.attach(world)
    return world


def test_a_tap_over_the_boards_spi():
    async def body():
        world = bench()
        world.fit_pn532(0.5)
        chip = Pn532(board.pn532_transport(), board.pn532_reset())
        reader = CardReader(chip)
        world.pn532.place(Type4Target(App(), b"\x08\x01\x02\x03"))
        card = await reader.wait_card(3000, lambda: False)
        before = world.bus_bytes["spi"]
        for size, answer in zip(REQUESTS, ANSWERS):
            assert len(await card.transceive(bytes(size))) == answer
        used = world.bus_bytes["spi"] - before
        print("tap on the board:", used, "bytes")
        assert used <= 1118 * 115 // 100, used
        await reader.off()

    asyncio.run(asyncio.wait_for(body(), 20))


def check_other_bus(wiring, transport):
    async def body():
        world = bench(wiring)
        world.fit_pn532(0.5)
        chip = Pn532(transport())
        world.pn532.place(Type4Target(App(), b"\x08\x01\x02\x03"))
        card = await CardReader(chip).wait_card(3000, lambda: False)
        for size, answer in zip(REQUESTS, ANSWERS):
            assert len(await card.transceive(bytes(size))) == answer

    asyncio.run(asyncio.wait_for(body(), 20))


def test_a_tap_over_machine_uart():
    def transport():
        uart = machine.UART(1, 115200, tx=machine.Pin(17), rx=machine.Pin(16), rxbuf=1024, timeout=0)
        return UartTransport(uart, 921600)

    check_other_bus(SERIAL, transport)


def test_a_driver_that_never_gives_way_hears_the_chip_over_machine_uart():
    """As small libraries do it: write, sleep, look whether something has come.  No asyncio runs."""
    bench(SERIAL).fit_pn532(0.5)
    uart = machine.UART(1, 115200, tx=machine.Pin(17), rx=machine.Pin(16), rxbuf=1024, timeout=50)

    def ask(command, size):
        body = b"\xd4" + command
        uart.write(bytes((0, 0, 0xFF, len(body), -len(body) & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0)))
        for _ in range(200):
            if uart.any():
                break
            time.sleep_ms(1)
        assert uart.read(6) == b"\x00\x00\xff\x00\xff\x00"
        return uart.read(size)

    uart.write(b"\x55\x55" + bytes(14))
    time.sleep_ms(20)
    assert ask(b"\x14\x01\x14\x01", 9) == b"\x00\x00\xff\x02\xfe\xd5\x15\x16\x00"
    assert ask(b"\x02", 13)[5:11] == b"\xd5\x03\x32\x01\x06\x07"


def test_machine_uart_is_a_stream():
    async def body():
        bench(SERIAL).fit_pn532(0.5)
        uart = machine.UART(1, 115200, tx=machine.Pin(17), rx=machine.Pin(16), rxbuf=1024)
        stream = asyncio.StreamReader(uart)
        stream.write(b"\x55\x55" + bytes(14))
        await stream.drain()
        await asyncio.sleep_ms(20)
        stream.write(b"\x00\x00\xff\x05\xfb\xd4\x14\x01\x14\x01\x02\x00")
        await stream.drain()
        assert await stream.readexactly(15) == b"\x00\x00\xff\x00\xff\x00\x00\x00\xff\x02\xfe\xd5\x15\x16\x00"

    asyncio.run(asyncio.wait_for(body(), 5))


def test_f_c12_machine_i2c_waits_while_the_chip_holds_the_clock():
    """Not in the row: a master whose patience is shorter than the chip's waking gives up, and finds it awake afterwards."""
    for timeout, in_time in ((50000, True), (100, False)):
        bench(I2C).fit_pn532()
        time.sleep_ms(5)
        i2c = machine.I2C(1, scl=machine.Pin(25), sda=machine.Pin(26), timeout=timeout)
        try:
            i2c.writeto(0x24, b"\x00")
        except OSError as error:
            assert error.args[0] == 116 and not in_time
        else:
            assert in_time
        i2c.writeto(0x24, b"\x00")


def test_a_tap_over_machine_i2c():
    def transport():
        return I2cTransport(machine.I2C(1, scl=machine.Pin(25), sda=machine.Pin(26)), exact=False)

    check_other_bus(I2C, transport)


def test_keys_over_the_boards_lines():
    async def body():
        world = bench()
        world.fit_keypad(board.KEYPAD_LAYOUT)
        keypad = Keypad(board.keypad_lines(), board.KEYPAD_LAYOUT, lambda: 12345)
        task = asyncio.create_task(keypad.run())
        for key in "147*0#D":
            world.key(key, True)
            assert await asyncio.wait_for(keypad.get(), 2) == (key, False)
            world.key(key, False)
            while keypad.held():
                await asyncio.sleep_ms(5)
        assert world.keypad.fights == 0
        task.cancel()

    asyncio.run(asyncio.wait_for(body(), 20))
