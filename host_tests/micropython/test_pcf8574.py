"""The keypad at a PCF8574, on models of the chip and of the matrix at its pins: keys, a chip that goes away, one that forgets."""

import asyncio
import sys
import time

HERE = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path += [HERE + "/../../tools/bench", HERE + "/../../tools/bench/hardware"]

import machine
from world import World

from taptill.drivers.keypad import Keypad
from taptill.drivers.parts import Parts

LAYOUT = "123A456B789C*0#D"
ROWS = "keypad R1 P0 out\nkeypad R2 P1 out\nkeypad R3 P2 out\nkeypad R4 P3 out\n"
WIRING = "pcf8574 SDA 21 both\npcf8574 SCL 22 both\npcf8574 INT 34 in\n" + ROWS
WIRING += "keypad C1 P4 in\nkeypad C2 P5 in\nkeypad C3 P6 in\nkeypad C4 P7 in\n"
BUS = (21, 0x20)


def bench(wiring=WIRING):
    world = World(wiring, lambda event: None, lambda: None)
    machine.attach(world)
    world.fit_keypad(LAYOUT, address=0x20)
    keypad = Keypad(Parts(wiring, spi_bus=2, pcf8574=0x20).keypad_lines(), LAYOUT, lambda: 12345)
    return world, keypad


async def typed(world, keypad, keys):
    """What the driver reports of keys pressed one after the other."""
    found = ""
    for key in keys:
        world.key(key, True)
        found += (await asyncio.wait_for(keypad.get(), 2))[0]
        world.key(key, False)
        while keypad.held():
            await asyncio.sleep_ms(5)
    return found


def run(body):
    async def around():
        world, keypad = bench()
        task = asyncio.create_task(keypad.run())
        await body(world, keypad)
        task.cancel()

    asyncio.run(asyncio.wait_for(around(), 30))


async def silent(keypad, milliseconds):
    """Nothing is reported for so long."""
    try:
        return await asyncio.wait_for_ms(keypad.get(), milliseconds)
    except asyncio.TimeoutError:
        return None


def test_every_key_is_reported():
    async def body(world, keypad):
        assert await typed(world, keypad, LAYOUT) == LAYOUT
        assert world.keypad.fights == 0

    run(body)


def test_three_keys_that_look_like_four_are_none():
    async def body(world, keypad):
        for key in "15":
            world.key(key, True)
            assert (await asyncio.wait_for(keypad.get(), 2))[0] == key
        world.key("2", True)  # with 1 and 5 it closes 4 as well
        assert await silent(keypad, 150) is None

    run(body)


def test_at_rest_a_look_is_one_transfer_of_one_byte():
    async def body(world, keypad):
        await typed(world, keypad, "1")
        await asyncio.sleep_ms(50)
        before, transfers = world.bus_bytes["i2c"], world.bus_transfers["i2c"]
        for _ in range(10):
            keypad.step()
        assert world.bus_transfers["i2c"] - transfers == 10 and world.bus_bytes["i2c"] - before == 20

    run(body)


def test_without_the_chip_there_are_no_keys_and_it_is_counted_and_one_that_is_back_works():
    async def body(world, keypad):
        assert await typed(world, keypad, "1") == "1"
        chip = world.i2c_chips.pop(BUS)
        world.key("5", True)
        assert await silent(keypad, 100) is None and keypad._lines.faults > 3
        world.key("5", False)
        await asyncio.sleep_ms(20)
        chip.power_on()
        world.i2c_chips[BUS] = chip
        await asyncio.sleep_ms(50)
        assert await typed(world, keypad, "9D") == "9D"

    run(body)


def test_a_chip_that_lost_its_power_alone_is_set_up_again():
    async def body(world, keypad):
        assert await typed(world, keypad, "1") == "1"
        await asyncio.sleep_ms(50)
        world.i2c_chips[BUS].power_on()  # all rows are high now, and no key could be seen
        await asyncio.sleep_ms(50)
        assert world.i2c_chips[BUS].latch & 0x0F == 0
        assert await typed(world, keypad, "7") == "7" and keypad._lines.faults == 0

    run(body)


def test_the_interrupt_tells_of_a_key_on_its_pin():
    async def body(world, keypad):
        keypad.step()
        time.sleep_ms(1)
        pin = machine.Pin(34, machine.Pin.IN)
        assert pin() == 1
        world.key("6", True)
        time.sleep_ms(10)
        assert pin() == 0

    world, keypad = bench()
    asyncio.run(body(world, keypad))


def test_too_fast_a_bus_is_not_heard():
    bench()
    fast = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=400_000)
    try:
        fast.writeto(0x20, b"\xff")
    except OSError as error:
        assert error.args[0] == 19
    else:
        raise AssertionError("heard")
