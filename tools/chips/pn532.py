"""PN532/C1 as a host sees it: power states, host link, commands (UM0701-02, data sheet PN532/C1).

How to use it on a bench:

    chip = Pn532Chip(now_us, schedule, scale=1.0)
        now_us() -> int              the bench's clock in microseconds, never going back
        schedule(delay_us, fn)       call fn() once, that much later; may be late, never early.  The chip keeps its own
                                     list of events and catches up at every bus access too, so a driver that polls in
                                     a busy loop sees progress even if nobody runs `schedule`.
        scale                        all modelled times are multiplied by it (0.1: ten times as fast)
    chip.on_irq = fn(level)          called when the P70_IRQ pin changes: 0 = a frame waits for the host (active low)
    chip.irq                         the pin's level now, 0 or 1 (catches up first)
    chip.reset_pin(level)            the RSTPDN input; 0 holds the chip in reset and power-down.  Starts at 1.
    chip.power(on)                   supply; off loses everything
    chip.place(target), chip.remove(target=None)       cards of iso14443.py come and go at any time
    chip.on_seen = fn(target)        called when a card was listed
    chip.trace = fn(direction, payload)                "in"/"out" of each frame's payload (TFI first), or None
    one front end:  Pn532Spi(chip) in pn532_spi.py, Pn532I2c(chip) in pn532_i2c.py, Pn532Uart(chip) in pn532_uart.py

After power-up or reset the chip sleeps in low-battery mode: the host wakes it (see each front end).  Until
SAMConfiguration it answers host commands, but its antenna stays off: no card is ever found (UM 7.2.10).

Faults on demand, `chip.faults`:
    corrupt      int   spoil the data checksum of the next n responses
    drop_ack     int   do not send the next n ACK frames (the command is lost)
    stuck        bool  no frame ever becomes ready while set
    lose_irq     int   the next n falling edges are not reported to on_irq (the level is right)
    dead         bool  deaf and mute until RSTPDN or power
    sleep_forever bool after PowerDown only RSTPDN wakes it (seen on some boards)
    bad          int   what Diagnose finds wrong: a bit for each of its tests (7.2.1), 1 << 1 ROM, 1 << 2 RAM, 1 << 7 the antenna
    no_diagnose  bool  Diagnose is a syntax error (modules that are sold as PN532 and know less)
    no_field     bool  the antenna drivers stay off
    nack_asleep  bool  on I2C a sleeping chip refuses its address instead of holding the clock (clones, bad boards)
"""

from . import pn532_host as host
from .pn532_commands import Commands
from .pn532_rf import Rf
from .pn532_status import Syntax

# Power states.
OFF, ASLEEP, WAKING, AWAKE = range(4)

BOOT_US = 1500
WAKE_US = 300
ACK_US = 250
# After an abort the chip tidies up for a while and hears no command.  nfcpy goes on after a millisecond and is heard.
SETTLE_US = 800
# The chip reads a command out of its buffer: I2C is not acknowledged meanwhile.
DIGEST_US = 120
# Between two frames that wait one behind the other.
GAP_US = 60


class Faults:
    """Switches of things that go wrong; see the module's text."""

    def __init__(self):
        self.corrupt = 0
        self.drop_ack = 0
        self.stuck = False
        self.lose_irq = 0
        self.dead = False
        self.sleep_forever = False
        self.bad = 0
        self.no_diagnose = False
        self.no_field = False
        self.nack_asleep = False


class Pn532Chip:
    """The chip; the front ends and Rf are its parts."""

    def __init__(self, now_us, schedule, scale: float = 1.0):
        self.now_us = now_us
        self.schedule = schedule
        self.scale = scale
        self.faults = Faults()
        self.on_irq = None
        self.on_seen = None
        self.trace = None
        self.front = None
        self.parser = host.FrameParser(self._heard)
        self.rf = Rf(self)
        self.rf.on_seen = self._seen
        self.commands = Commands(self)
        self._events = []
        self._order = 0
        self._time = None
        self._turn = 0
        self._level = 1
        self._reset_level = 1
        self.state = OFF
        self.power(True)

    # Time.

    def time(self) -> int:
        """Now, or the due time of the event that is being run."""
        return self.now_us() if self._time is None else self._time

    def later(self, delay_us: int, fn) -> None:
        """Run fn after `delay_us` (not scaled yet)."""
        self.after_us(int(delay_us * self.scale), fn)

    def after_us(self, delay_us: int, fn) -> None:
        """Run fn after `delay_us` of the bench's clock: for what the bus itself times."""
        due = self.time() + max(0, delay_us)
        self._order += 1
        self._events.append((due, self._order, fn))
        self.schedule(max(0, due - self.now_us()), self.tick)

    def later_command(self, delay_us: int, fn) -> None:
        """As `later`, but only if the running command is still the same one then."""
        turn = self._turn

        def guarded() -> None:
            if turn == self._turn:
                fn()

        self.later(delay_us, guarded)

    def tick(self) -> None:
        """Run everything that is due."""
        if self._time is not None:
            return
        try:
            while self._events:
                first = min(self._events, key=_due)
                if first[0] > self.now_us():
                    break
                self._events.remove(first)
                self._time = first[0]
                first[2]()
        finally:
            self._time = None

    # Power.

    def power(self, on: bool) -> None:
        """Supply on or off."""
        self.tick()
        self._lose_all()
        self.state = OFF
        self.faults.dead = False
        if on and self._reset_level:
            self._boot()

    def reset_pin(self, level: int) -> None:
        """RSTPDN; the chip starts again when it rises."""
        self.tick()
        level = 1 if level else 0
        if level != self._reset_level:
            self._reset_level = level
            self._lose_all()
            self.state = OFF
            if level:
                self.faults.dead = False
                self._boot()

    def _lose_all(self) -> None:
        self._turn += 1
        self._events = []
        self.busy = False
        self.deaf_until = 0
        self.low_battery = True
        self.irq_enabled = True
        self.awake_at = 0
        self._gap = False
        self._drop()
        self.last = None
        self.after_answer = None
        self.digest_until = 0
        self.wake_sources = 0xFF
        self.parser.reset()
        self.commands.reset()
        self.rf.reset()
        if self.front:
            self.front.reset()

    def _boot(self) -> None:
        self.state = OFF
        self.later(BOOT_US, self._booted)

    def _booted(self) -> None:
        self.state = ASLEEP

    def wake(self, source: int, need_us: int = WAKE_US) -> bool:
        """A wake-up condition of a host interface (WakeUpEnable bits: 10 HSU, 20 SPI, 80 I2C) was seen.

        The chip listens `need_us` later, at `awake_at`.
        """
        if self.state != ASLEEP or self.faults.dead or not self.wake_sources & source:
            return False
        self.state = WAKING
        self.awake_at = self.time() + int(need_us * self.scale)
        self.later(need_us, self._awake)
        return True

    def _awake(self) -> None:
        if self.state == WAKING:
            self.state = AWAKE
            self.wake_sources = 0xFF
            self.parser.reset()

    def sleep(self, sources: int) -> None:
        """PowerDown: only the given sources wake it."""
        self.state = ASLEEP
        self.wake_sources = 0 if self.faults.sleep_forever else sources
        self.rf.field(False)

    @property
    def awake(self) -> bool:
        """True while the host link listens."""
        self.tick()
        return self.state == AWAKE and not self.faults.dead

    def asleep(self) -> bool:
        """True while only a wake-up condition is heard."""
        return self.state == ASLEEP

    def waking(self) -> bool:
        """True from a wake-up condition to the moment from which the host link listens."""
        return self.state == WAKING and not self.faults.dead

    # The host link: what the front ends use.

    def take(self, byte: int) -> None:
        """A byte from the host."""
        if self.state == AWAKE and not self.faults.dead:
            self.parser.feed(byte)

    def waiting(self):
        """The frame that waits to be read by the host (bytes), or None."""
        self.tick()
        if not self.frames or self._gap or self.faults.stuck or self.faults.dead or self.state != AWAKE:
            return None
        return self.frames[0]

    def _drop(self) -> None:
        """No frame waits any more."""
        self.frames = []
        self.read_on = 0  # bytes of the first waiting frame that the host has read already
        self._drive_irq()

    def taken(self) -> None:
        """The host has read the waiting frame."""
        self.read_on = 0
        if self.frames:
            self.frames.pop(0)
            if self.frames and not self.front.pushes:
                # The answer was ready before its ACK was read: IRQ still goes up in between.
                self._gap = True
                self.later(GAP_US, self._end_gap)
            self._drive_irq()
            self._maybe_after()

    def _end_gap(self) -> None:
        self._gap = False
        self._drive_irq()

    def digesting(self) -> bool:
        """True just after a command came in: an I2C address is not acknowledged."""
        self.tick()
        return self.now_us() < self.digest_until

    @property
    def irq(self) -> int:
        """Level of P70_IRQ."""
        self.tick()
        return self._level

    def _drive_irq(self) -> None:
        level = 0 if self.frames and not self._gap and self.irq_enabled and not self.faults.stuck else 1
        if level == self._level:
            return
        self._level = level
        if level == 0 and self.faults.lose_irq:
            self.faults.lose_irq -= 1
        elif self.on_irq:
            self.on_irq(level)

    def _push(self, frame: bytes) -> None:
        self.frames.append(frame)
        self._drive_irq()
        if self.front and self.front.pushes:
            self.front.push(frame)

    # Frames of the host.

    def _heard(self, kind: int, payload) -> None:
        now = self.time()
        if kind == host.GOT_ACK:
            self._abort()
        elif now < self.deaf_until:
            return
        elif kind == host.GOT_NACK:
            if self.last is not None:
                self._drop()
                self.later(ACK_US, lambda: self._push(self.last) if self.last else None)
        elif kind == host.GOT_FRAME and payload[0] == 0xD4 and len(payload) >= 2:
            self._command(payload)

    def _abort(self) -> None:
        self._turn += 1
        was_busy, self.busy = self.busy, False
        self._drop()
        self.rf.aborted()
        if was_busy:
            self.deaf_until = self.time() + int(SETTLE_US * self.scale)
        self._maybe_after(True)

    def _maybe_after(self, acknowledged: bool = False) -> None:
        """What a command does once its answer has been read (PowerDown) or acknowledged (SetSerialBaudrate)."""
        if self.after_answer and (acknowledged or not self.after_answer[0]) and not self.frames and not self.busy:
            action, self.after_answer = self.after_answer[1], None
            action()

    def _command(self, payload) -> None:
        self._turn += 1
        self.rf.aborted()
        self._drop()
        self.after_answer = None
        if self.trace:
            self.trace("in", payload)
        if self.faults.drop_ack:
            self.faults.drop_ack -= 1
            self.busy = False
            return
        self.busy = True
        self.digest_until = self.time() + int(DIGEST_US * self.scale)
        self.later_command(ACK_US, lambda: self._push(host.ACK))
        self.later_command(ACK_US + self.commands.cost_us(payload), lambda: self._execute(payload))

    def _execute(self, payload) -> None:
        self._code = payload[1]
        try:
            answer = self.commands.run(payload[1], memoryview(payload)[2:])
        except Syntax:
            self.busy = False
            self.last = host.ERROR
            if self.trace:
                self.trace("out", b"\x7f")
            self._push(host.ERROR)
            return
        if answer is not None:
            self.finish(answer)

    def finish(self, data) -> None:
        """The running command ends with this answer (what follows the response code)."""
        self._turn += 1
        self.busy = False
        payload = bytes((0xD5, self._code + 1)) + bytes(data)
        frame = host.build(payload, self.commands.bare)
        self.last = frame
        if self.faults.corrupt:
            self.faults.corrupt -= 1
            at = len(frame) - (1 if self.commands.bare else 2)
            frame = frame[:at] + bytes((frame[at] ^ 0x5A,)) + frame[at + 1 :]
        if self.trace:
            self.trace("out", payload)
        self._push(frame)

    # The air.

    def auto_rats(self) -> bool:
        """SetParameters bit 4."""
        return bool(self.commands.parameters & 0x10)

    def place(self, target) -> None:
        """A card comes into the field."""
        self.tick()
        self.rf.place(target)

    def remove(self, target=None) -> None:
        """A card (or every card) is taken away."""
        self.tick()
        self.rf.remove(target)

    def _seen(self, target) -> None:
        if self.on_seen:
            self.on_seen(target)


def _due(event):
    return event[:2]
