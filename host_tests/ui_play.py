"""Plays keys to the real Ui under MicroPython and prints what came of it as JSON (run by test_ui.py)."""

import asyncio
import json
import sys

here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.insert(0, here + "/../firmware")
sys.path.insert(1, here + "/../tools")
sys.path.append(sys.argv[1])

from chips.ssd1306 import Ssd1306
from taptill.app import guidance, ui
from taptill.app.pages import amount, menu
from taptill.app.widgets import canvas, glyphs, texts
from taptill.drivers.oled import Oled
from taptill.flows import result as ends
from taptill.flows import terminal


class Bus:
    def __init__(self, chip):
        self.chip = chip

    def writeto(self, addr, data, stop=True):
        self.chip.i2c_write(data)

    def writeto_mem(self, addr, register, data, addrsize=8):
        self.chip.i2c_write(bytes([register]) + bytes(data))


class Pad:
    """A keypad whose keys come from `press`; `taken` is set when the last one was fetched."""

    def __init__(self):
        self.keys = []
        self.event = asyncio.Event()

    def press(self, keys):
        for key in keys:
            self.keys.append(key)
        self.event.set()

    async def get(self):
        while not self.keys:
            self.event.clear()
            await self.event.wait()
        return self.keys.pop(0), False


class Buzzer:
    def __init__(self):
        self.played = []

    def play(self, pattern):
        self.played.append(pattern)


async def settle():
    """Let every task run until all are waiting."""
    for _ in range(30):
        await asyncio.sleep_ms(0)


async def asked(pad, question, keys):
    """Start `question`, press `keys` once it waits, return its answer."""
    task = asyncio.create_task(question)
    await settle()
    pad.press(keys)
    return await asyncio.wait_for(task, 20)


async def play(seen):
    oled = Oled(128, 64, Bus(Ssd1306()))
    oled.start()
    words = texts.Texts(here + "/../firmware/taptill/texts")
    words.use("en")
    shapes = glyphs.Glyphs(here + "/../firmware/taptill/fonts/glyphs.bin")
    shapes.open()
    pad, buzzer = Pad(), Buzzer()
    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    c = canvas.Canvas(oled, shapes, words)
    u = ui.Ui(c, told, pad, buzzer, ("key", "good", "bad", "attention"))
    running = asyncio.create_task(u.run())

    seen["amount"] = await asked(pad, amount.ask(u, "1"), "250#")
    seen["amount back"] = await asked(pad, amount.ask(u), "12*5#")
    seen["amount nothing"] = await asked(pad, amount.ask(u), "#*")
    seen["amount cancel"] = await asked(pad, amount.ask(u), "12D")
    seen["amount too long"] = await asked(pad, amount.ask(u), "1234567899#")

    async def pin(keys):
        answer = await asked(pad, u.pin(1250), keys)
        return answer if answer is None else [isinstance(answer, bytearray), bytes(answer).decode()]

    seen["pin"] = await pin("1234#")
    seen["pin short then long"] = await pin("123#4#")
    seen["pin corrected"] = await pin("129*34#")
    seen["pin longest"] = await pin("1234567890123#")
    seen["pin cancelled"] = await pin("12D")
    seen["pin emptied"] = await pin("1**")
    task = asyncio.create_task(u.pin(1250))
    await settle()
    pad.press("12345")
    await settle()
    seen["pin lines"] = list(c.lines)
    pad.press("D")
    await task
    u.follow(60, 1, 3)
    seen["pin time-out"] = await u.pin(1250)
    u.follow(60, 60, 3)

    items = ["a", "b", "c"]
    seen["choose"] = []
    for keys in ("#", "CC#", "B#", "2", "*", "9D"):
        seen["choose"].append(await asked(pad, menu.choose(u, "T", items), keys))

    u.progress(terminal.PRESENT, 1250)
    seen["present"] = list(c.lines)
    before = u.cancelled()
    pad.press("5")
    await settle()
    digit = u.cancelled()
    pad.press("D")
    await settle()
    after = u.cancelled()
    u.progress(terminal.READING, 1250)
    seen["cancel"] = [before, digit, after, u.cancelled()]
    # A PIN within a flow: its keys do not cancel the flow.
    answer = await asked(pad, u.pin(1250), "12*234#")
    seen["pin in a flow"] = [bytes(answer).decode(), u.cancelled()]
    steps = {}
    u.progress(terminal.REMOVE_CARD, 1250)
    steps[terminal.REMOVE_CARD] = list(c.lines)
    u.progress(terminal.CONNECTING, 1250)
    seen["remove card stays"] = c.lines == steps[terminal.REMOVE_CARD]
    while c.lines == steps[terminal.REMOVE_CARD]:  # until it has been read; the tick goes on by itself
        await asyncio.sleep_ms(20)
    for number in (terminal.CONNECTING, terminal.WAITING, terminal.SIGNING_ON, terminal.ASKING):
        u.progress(number, 1250)
        steps[number] = list(c.lines)
    u.progress(terminal.REVERSING, 1250, 2)
    steps[terminal.REVERSING] = list(c.lines)
    seen["steps"] = [steps[number] for number in sorted(steps)]
    u.rest()

    done = ends.Result(ends.APPROVED, ends.TAKEN)
    done.amount = done.asked = 1250
    done.stan, done.pan, done.auth = 7, "411111******1111", "123456"
    task = asyncio.create_task(u.result(done))
    await settle()
    seen["approved"] = list(c.lines)
    pad.press("C")
    await settle()
    seen["approved 2"] = list(c.lines)
    pad.press("B")
    await settle()
    seen["approved again"] = list(c.lines)
    pad.press("7")
    seen["left by"] = await task
    declined = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
    declined.f39 = "51"
    seen["declined key"] = await asked(pad, u.result(declined), "#")
    seen["declined"] = list(c.lines)
    u.use("zh")
    lost = ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, ends.CARD_LOST)
    await asked(pad, u.result(lost), "#")
    seen["lost"] = list(c.lines)
    unknown = ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, ends.TIMEOUT)
    unknown.asked, unknown.stan = 1250, 8
    buzzer.played.clear()
    await asked(pad, u.result(unknown), "#")
    seen["unknown"] = [list(c.lines), buzzer.played[0]]
    running.cancel()


seen = {}
asyncio.run(play(seen))
print(json.dumps(seen))
