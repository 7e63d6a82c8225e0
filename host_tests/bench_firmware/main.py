"""A small program in the place of the firmware: the tests of the bench drive every part of the board with it."""

import asyncio

import board
import machine
from ssd1306 import SSD1306_I2C


class App:
    def __init__(self):
        self.oled = SSD1306_I2C(board.OLED_WIDTH, board.OLED_HEIGHT, board.i2c())
        self.lines = board.keypad_lines()

    def say(self, *lines) -> None:
        self.oled.fill(0)
        for at, line in enumerate(lines):
            self.oled.text(line, 0, at * 10)
        self.oled.show()
        board.debug_link({"ev": "shown", "lines": list(lines), "names": []})

    def scan(self) -> str:
        found = ""
        for row in range(self.lines.rows):
            self.lines.drive(row, 0)
            seen = self.lines.read()
            for column in range(self.lines.columns):
                if seen >> (self.lines.columns - 1 - column) & 1:
                    found += board.KEYPAD_LAYOUT[row * self.lines.columns + column]
            self.lines.drive(row, 1)
        return found

    async def key(self) -> str:
        """Next key: seen three times in a row, then released for as long."""
        last, times = "", 0
        while True:
            seen = self.scan()
            times = times + 1 if seen == last else 0
            last = seen
            if times == 3 and seen:
                break
            await asyncio.sleep_ms(5)
        quiet = 0
        while quiet < 3:
            quiet = 0 if self.scan() else quiet + 1
            await asyncio.sleep_ms(5)
        return last


async def _talk(app, port: int) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello host")
        await writer.drain()
        app.say("host", (await reader.readexactly(5)).decode())
        writer.close()
        await writer.wait_closed()
    except OSError as error:
        app.say("no host", str(error.errno))


async def main_loop() -> None:
    app = globals()["app"] = App()
    rtc = machine.RTC()
    app.say("idle", "cause %d" % machine.reset_cause(), str(rtc.datetime()[0]), repr(rtc.memory()))
    typed = ""
    while True:
        key = await app.key()
        if key == "A":
            with open(board.DATA + "/typed", "w") as file:
                file.write(typed)
            app.say("saved", typed)
        elif key == "B":
            with open(board.DATA + "/typed") as file:
                app.say("kept", file.read())
        elif key == "C":
            await _talk(app, int(typed))
        elif key == "D":
            rtc.datetime((2026, 7, 14, 0, 14, 5, 0, 0))
            rtc.memory(b"kept")
            machine.reset()
        elif key == "*":
            machine.WDT(timeout=300)
            app.say("watchdog")
        elif key == "#":
            wlan = board.wlan()
            wlan.active(True)
            wlan.connect("shop", "")
            while not wlan.isconnected():
                await asyncio.sleep_ms(20)
            buzzer = board.buzzer()
            buzzer.duty_u16(32768)
            await asyncio.sleep_ms(30)
            buzzer.duty_u16(0)
            app.say("online")
        else:
            typed += key
            app.say("typed", typed)


def main() -> None:
    asyncio.run(main_loop())
