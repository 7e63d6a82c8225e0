"""The bench's side of the supervisor's socket: commands in, events out, and the firmware between."""

import asyncio
import binascii
import gc
import json
import os
import sys
import time

import usocket

_REFRESH_MS = 10  # the panel shows a hundred pictures a second
_STEP_MS = 5


async def _pass(milliseconds: int) -> None:
    """So long a sleep in small steps: between them the terminal's tasks have their turn, however late this computer is.

    In one sleep a key would be let go before the keypad was looked at once, when the process had not run meanwhile.
    """
    for _ in range(milliseconds // _STEP_MS):
        await time.exactly_ms(_STEP_MS)


class Control:
    """One life of the terminal, from power-on to power-off."""

    def __init__(self, options: dict):
        self._options = options
        host, port = options["control"].split(":")
        self._socket = usocket.socket()
        self._socket.connect(usocket.getaddrinfo(host, int(port))[0][-1])
        self._socket.setsockopt(6, 1, 1)  # TCP_NODELAY: an event is two small writes
        self._changed = asyncio.Event()
        self._seen = -1
        self._words = {"text": None, "names": []}  # on the screen, as the terminal tells it
        self.world = None
        self.flash = None
        self.card = None
        self.models = self.ballast = self._shared = 0

    # events ---------------------------------------------------------------------------------

    def send(self, event) -> None:
        """One event; the socket blocks, so events stay in their order whatever happens next.

        Once time has been fast-forwarded, every event says by how many milliseconds: `ahead`.
        """
        ahead = time.ahead_ms()
        if ahead:
            event["ahead"] = ahead
        self._socket.write(json.dumps(event))
        self._socket.write(b"\n")

    def wait_for_the_end(self) -> None:
        """Do nothing more; without a supervisor this process ends itself, hard."""
        while self._socket.recv(256):
            continue
        os.system("kill -9 $PPID")

    # putting it together --------------------------------------------------------------------

    def run(self) -> None:
        options = self._options
        import board
        import esp32
        import flashbdev
        import machine
        import memory
        import storage
        import wire
        from chip import Chip
        from world import World

        from chips import lan, wifi_ap

        self.world = world = World(board.WIRING, self.send, self.wait_for_the_end, Chip(options["chip"]))
        world.memory = memory.Memory(world.chip, options["heap-grows"] == "1", world.aborted)
        world.trace = options.get("trace", "net,flash,apdu")
        world.partitions = world.chip.partitions[options["code"]]
        world.state_dir = options["state"]
        world.reset_cause = int(options.get("cause", "1"))
        world.rtc_memory = bytes.fromhex(options.get("rtc-memory", ""))
        if options["code"] == "rom":  # stands for an image of our own; what loads its code runs on MicroPython's download
            from chips.slots import Slots

            world.slots = Slots(options["state"])
        point = wifi_ap.AccessPoint(options.get("ssid", ""), options.get("password", ""))
        point.up = options.get("wifi", "up") == "up"
        world.route = int(options.get("route", "0"))
        world.station = wifi_ap.Station(point, world.now_ms)
        world.lan = lan.Lan(point)
        machine.attach(world)
        if "keypad" in world.wires:
            bounce, rise = int(options.get("bounce", "4000")), int(options.get("rise", "0"))
            world.fit_keypad(board.KEYPAD_LAYOUT, bounce, rise, getattr(board, "PCF8574_ADDRESS", 0))
        if "pn532" in world.wires:
            world.fit_pn532(float(options.get("reader-scale", "1")))
        if "oled" in world.wires:
            world.fit_oled(board.OLED_ADDRESS, self._changed.set, board.OLED_HEIGHT)
            world.last_look = self._screen
        if "printer" in world.wires:
            import fit_more

            fit_more.fit_printer(world, board.PRINTER_CHINESE, board.PRINTER_BAUD)
        self.flash = storage.open_flash(options["state"], world.cut, self._wrote, self._cut)
        world.flash = self.flash
        storage.mount(self.flash, board.DATA)
        flashbdev.bdev = esp32.Partition("vfs")
        wire.watch(world)
        asyncio.create_task(self._listen())
        asyncio.create_task(self._show())
        if "cut" in options:
            kind, n, how, part = options["cut"].split(":")
            world.cut.arm(kind, int(n), int(how), float(part))
        if world.pn532:
            import commands_more

            self._shared = commands_more.preload()
        board.debug_link = self._told
        self._start_firmware()

    def _start_firmware(self) -> None:
        self._make_room()
        stopped = self.world.chip.stopped_by(self.world.held)
        if stopped:
            self.world.stop({"ev": "power", "on": False, "why": "the chip does not start: " + stopped, "failed": True})
        why = "the firmware ended"
        try:
            import main

            running = main.main()
            if running is not None:
                asyncio.run(running)
        except Exception as error:
            why = "the firmware failed: " + repr(error)
            sys.print_exception(error)
        self.world.stop({"ev": "power", "on": False, "why": why, "failed": True})

    def _make_room(self) -> None:
        """Leave the firmware the heap that was asked for, whatever the models around it need themselves."""
        wanted = int(self._options["heap"]) - self._shared
        if self._options["code"] == "rom":
            import codeflash

            codeflash.room_for_names()
        gc.collect()
        spare = gc.mem_free() - wanted
        if spare < 0:
            raise MemoryError("the bench's models leave only %d bytes" % gc.mem_free())
        models = gc.mem_alloc() - self._shared
        self.ballast = spare
        self.models = self.world.memory.begin(spare, self._shared)
        if self.world.memory.grows:
            import garbage

            garbage.weigh(self.world.memory)
        self.send({"ev": "ready", "heap": wanted + self._shared, "heap_models": models})

    def _told(self, event: dict) -> None:
        """An event of the terminal's debug link: words go with the picture, the others as they come."""
        kind = event["ev"]
        if kind == "shown":
            self._words = {"text": event["lines"], "names": event["names"]}
            self._changed.set()
        elif (
            kind in ("step", "result")
            or (kind == "host" and self.world.traced("host"))
            or (kind == "file" and self.world.traced("flash"))
        ):
            self.send(event)

    def _wrote(self, op: str, size: int) -> None:
        if self.world.traced("flash"):
            self.send({"ev": "flash", "op": op, "n": self.world.cut.counts["write"], "bytes": size})

    def _cut(self) -> None:
        self.world.power_cut("cut at write %d" % self.world.cut.counts["write"])

    # the picture ----------------------------------------------------------------------------

    async def _show(self) -> None:
        while True:
            await self._changed.wait()
            await time.exactly_ms(_REFRESH_MS)
            self._changed.clear()
            self._screen()

    def show_again(self) -> None:
        """Tell the picture once more, although it has not changed."""
        self._seen = -1
        self._screen()

    def _screen(self) -> None:
        """Tell what the panel shows, unless that was told already."""
        frame = self.world.oled.frame()
        crc = binascii.crc32(frame)
        text = json.dumps(self._words)
        crc ^= hash(text)
        if crc == self._seen:
            return
        self._seen = crc
        write = self._socket.write
        write(b'{"ev":"screen","w":128,"h":%d,"bits":"' % self.world.oled.height)
        view = memoryview(frame)
        for at in range(0, len(frame), 96):
            line = binascii.b2a_base64(view[at : at + 96])
            write(memoryview(line)[: len(line) - 1])
        write(b'","ahead":%d,' % time.ahead_ms())
        write(memoryview(text.encode())[1:])
        write(b"\n")

    # commands -------------------------------------------------------------------------------

    async def _listen(self) -> None:
        rest = b""
        while True:
            yield asyncio.core._io_queue.queue_read(self._socket)  # as asyncio's own streams wait
            data = self._socket.recv(512)
            if not data:
                os.system("kill -9 $PPID")
            rest += data
            while True:
                end = rest.find(b"\n")
                if end < 0:
                    break
                line, rest = rest[:end], rest[end + 1 :]
                await self._obey(line)

    async def _obey(self, line) -> None:
        mark = None
        try:
            command = json.loads(line)
            mark = command.get("id")
            reply = await self._do(command["do"], command)
        except (ValueError, KeyError, TypeError, OSError, MemoryError, OverflowError) as error:
            reply = {"ev": "error", "text": str(error) or repr(error)}
        reply = reply or {"ev": "ok"}
        if mark is not None:
            reply["id"] = mark
            self.send(reply)

    def _wifi(self, command) -> None:
        """The air and the network behind it; what is not named is as it should be, but for the lease, which stays."""
        lan, point = self.world.lan, self.world.station.point
        point.up = bool(command["up"])
        point.leases = bool(command.get("leases", True))
        point.taken = bool(command.get("taken", False))
        point.level = command.get("level", -55)
        lan.router = bool(command.get("router", True))
        lan.echoes = bool(command.get("echoes", True))
        lan.names = bool(command.get("names", True))
        if "lease" in command:
            lan.lease = tuple(command["lease"])

    async def _do(self, what: str, command):
        world = self.world
        if what == "key":
            world.key(command["key"], True)
            await _pass(command.get("ms", 80))
            world.key(command["key"], False)
            await _pass(command.get("gap", 60))
        elif what in ("key-down", "key-up"):
            world.key(command["key"], what == "key-down")
            await _pass(command.get("gap", 0))
        elif what == "wifi":
            return self._wifi(command)
        elif what == "cut":
            kind = command["after"]
            how = {"before": 1, "torn": 2, "after": 3}[command.get("how", "torn" if "torn" in command else "after")]
            world.cut.arm(kind, command.get("n", 1), how, command.get("torn", 0.5))
        elif what == "route":
            world.route = command["to"]
        elif what == "cut-off":
            world.cut.disarm()
        else:
            import commands_more

            return await commands_more.do(self, what, command)
        return None
