"""The PN532's contactless side (UM0701-02 7.3): field, polling for targets, ISO-DEP as the reader, raw frames.

Every command here is given its parameters (what follows the command code) and either returns the bytes of the
answer (what follows the response code), or None when the answer comes later by `chip.finish(data)`; it raises
`Syntax` for what the chip answers with its error frame.
"""

from .iso14443 import ACTIVE, HALT, PROTOCOL, air_us
from .pn532_air import Air
from .pn532_status import AUTHENTICATION, BAD_CONTEXT, BAD_FORMAT, BAD_PARAMETER, MORE, OK, TIMEOUT, Syntax

# RATS announces frames of 64 bytes.
FSDI = 5

FIELD_SETTLE_US = 5000
TRY_US = 1600
CASCADE_US = 1100
LONGEST_DATA = 262


class Rf:
    """Field and targets of one chip."""

    def __init__(self, chip):
        self.chip = chip
        self.air = Air(chip, self)
        self.near = []
        self.on_seen = None
        self.reset()

    def reset(self) -> None:
        """Power-on values of RFConfiguration; the field is off."""
        self.on = False
        self.listed = {}
        self.selected = 0
        self.passive_retries = 0xFF
        self.com_retries = 0
        self.wait_us = 51200
        self.error = 0
        self.air.numbers = {}
        self._out = {}
        self._in = {}
        self._poll = None
        for target in self.near:
            target.field_off()

    # The world: cards come and go.

    def place(self, target) -> None:
        """Bring a target into the antenna's reach."""
        target.present = True
        target.field_off()
        target.on_gone = self._gone
        if target not in self.near:
            self.near.append(target)
        if self._poll and self.on:
            self.chip.later_command(FIELD_SETTLE_US, self._try)

    def remove(self, target=None) -> None:
        """Take a target away, or all of them."""
        for each in list(self.near):
            if target is None or each is target:
                each.leave()

    def _gone(self, target) -> None:
        if target in self.near:
            self.near.remove(target)

    def field(self, on: bool) -> None:
        """Switch the field; without it every card forgets its state and no target is listed any more."""
        if not on:
            for target in self.near:
                target.field_off()
            self.listed = {}
            self._out = {}
            self._in = {}
        self.on = on

    def aborted(self) -> None:
        """The running command was given up: an unfinished listing leaves no card half-activated."""
        if self._poll:
            self._poll = None
            self._calm()

    def _calm(self) -> None:
        for target in self.near:
            if target.state in (ACTIVE, PROTOCOL):
                target.field_off()

    # Listing.

    def _activate(self, target, auto_rats: bool):
        """Anticollision and, for ISO-DEP, RATS: (entry of the answer without Tg, microseconds), or None."""
        if not target.select():
            return None
        cost = TRY_US + CASCADE_US * (1 + (len(target.uid) - 4) // 3)
        if getattr(target, "atqb", None):
            return target.atqb + bytes((len(target.attrib_res),)) + target.attrib_res, cost
        entry = target.atqa + bytes((target.sak, len(target.uid))) + target.uid
        if target.iso_dep and auto_rats:
            ats = target.rats(FSDI)
            if ats:
                entry += ats
                cost += air_us(4) + 500 + air_us(len(ats) + 2)
        return entry, cost

    def _wanted(self, target) -> bool:
        poll = self._poll
        if bool(getattr(target, "atqb", None)) != (poll["kind"] == "B"):
            return False
        return not poll["uid"] or poll["uid"] == target.uid

    def _begin(self, kind: str, most: int, uid: bytes, span_us, report) -> None:
        """Look for targets until some are found, or for `span_us` (None: without end)."""
        # More than two silent tries tell nothing new until a card comes.
        left = min(2, self.passive_retries)
        self._poll = {"kind": kind, "most": most, "uid": uid, "report": report, "left": left}
        self.listed = {}
        self.air.numbers = {}
        self._out = {}
        self._in = {}
        settle = 0 if self.on else FIELD_SETTLE_US
        self.on = True
        if kind:
            self.chip.later_command(settle + TRY_US, self._try)
        if span_us is not None:
            self.chip.later_command(settle + span_us, self._nothing)

    def _nothing(self) -> None:
        if self._poll and self._poll.get("found"):
            self._poll["over"] = True
        elif self._poll:
            if self._poll["kind"] == "A":
                self.chip.commands.leaves(lambda ciu: ciu.unanswered())
            report, self._poll = self._poll["report"], None
            self._calm()
            report([])

    def _try(self) -> None:
        poll = self._poll
        if poll is None or poll.get("found"):
            return
        found, cost = [], 0
        for target in self.near:
            if len(found) < poll["most"] and self._wanted(target) and target.request():
                done = self._activate(target, self.chip.auto_rats())
                if done:
                    found.append((target, done[0]))
                    cost += done[1]
        if found:
            poll["found"] = found
            self.chip.later_command(cost, self._report)
        elif poll["left"] and self.near:
            # A card that was still active fell back to IDLE at this try and may answer the next.
            poll["left"] -= 1
            self.chip.later_command(TRY_US, self._try)

    def _report(self) -> None:
        poll = self._poll
        found = [pair for pair in poll["found"] if pair[0] in self.near]
        if not found:
            # Pulled away during anticollision: the tries go on.
            poll["found"] = None
            if poll.get("over"):
                self._nothing()
            return
        self._poll = None
        for number, (target, _) in enumerate(found):
            self.listed[number + 1] = target
            self.air.numbers[number + 1] = 0
        self.selected = 1
        self.chip.commands.leaves(lambda ciu: ciu.activated(poll["kind"]))
        if self.on_seen:
            self.on_seen(found[0][0])
        poll["report"](found)

    def list_passive(self, data):
        """InListPassiveTarget (7.3.5)."""
        if len(data) < 2 or not 1 <= data[0] <= 2 or data[1] > 4:
            raise Syntax
        kind, more = data[1], bytes(data[2:])
        if kind == 0 and len(more) not in (0, 4, 8, 12):
            raise Syntax
        if (kind == 3 and len(more) not in (1, 2)) or (kind in (1, 2) and len(more) != 5):
            raise Syntax
        uid = b""
        if kind == 0 and more:
            # Cascade tags 88 lead the parts of a long UID.
            while len(more) > 4 and more[0] == 0x88:
                uid += more[1:4]
                more = more[4:]
            uid += more
        span = None
        if self.passive_retries != 0xFF:
            span = (self.passive_retries + 1) * 2 * TRY_US + TRY_US

        def report(found) -> None:
            answer = bytes((len(found),))
            for number, (_, entry) in enumerate(found):
                answer += bytes((number + 1,)) + entry
            self.chip.finish(answer)

        self._begin("A" if kind == 0 else "B" if kind == 3 else "", data[0], uid, span, report)

    def auto_poll(self, data):
        """InAutoPoll (7.3.13): PollNr, Period in units of 150 ms, up to 15 types."""
        if len(data) < 3 or len(data) > 17 or data[0] == 0 or not 1 <= data[1] <= 15:
            raise Syntax
        kinds = list(data[2:])
        span = None if data[0] == 0xFF else data[0] * data[1] * 150000 * len(kinds)

        def report(found) -> None:
            answer = bytes((len(found),))
            for number, (target, entry) in enumerate(found):
                name = 0x20 if target.iso_dep else 0x10
                answer += bytes((name, len(entry) + 1, number + 1)) + entry
            self.chip.finish(answer)

        wants = "A" if [k for k in kinds if k in (0x00, 0x10, 0x20)] else ""
        self._begin(wants, 2, b"", span, report)

    # Talking to a listed target.

    def exchange(self, data):
        """InDataExchange (7.3.8): Tg (bit 40: more follows), up to 262 bytes; status (bit 40: more) and data."""
        if not 1 <= len(data) <= LONGEST_DATA + 1:
            raise Syntax
        tg, more = data[0] & 0x3F, bool(data[0] & MORE)
        target = self.listed.get(tg)
        if target is None or target.state == HALT:
            return self._status(BAD_CONTEXT)
        payload = bytes(data[1:])
        if not payload and self._out.get(tg):
            return self._part(tg)
        self._out.pop(tg, None)
        self.selected = tg
        if not target.iso_dep:
            return self._level_3(target, payload)
        if more and len(payload) == 0:
            return self._status(BAD_PARAMETER)
        done = lambda end: self._exchanged(tg, end)
        self.air.drive(self.air.iso_dep(tg, target, payload, more), target, done)
        return None

    def _exchanged(self, tg: int, end) -> None:
        status, answer = end
        if status:
            self.chip.finish(self._status(status))
        else:
            self._out[tg] = answer
            self.chip.finish(self._part(tg))

    def _part(self, tg: int) -> bytes:
        answer = self._out.pop(tg, b"")
        rest = answer[LONGEST_DATA:]
        if rest:
            self._out[tg] = rest
        self.error = OK
        return bytes((MORE if rest else OK,)) + answer[:LONGEST_DATA]

    def _status(self, status: int) -> bytes:
        self.error = status
        return bytes((status,))

    def _level_3(self, target, payload: bytes):
        """MIFARE and Type 2 commands; the chip does the authentication itself (60 and 61)."""
        if payload[:1] in (b"\x60", b"\x61") and len(payload) >= 12:
            good = self.on and target in self.near
            good = good and target.authenticate(payload[1], payload[0] == 0x61, payload[2:8], payload[8:])
            if good:
                self.chip.commands.leaves(lambda ciu: ciu.encrypts())
            self.chip.later_command(4000, lambda: self.chip.finish(self._status(OK if good else AUTHENTICATION)))
            return

        def done(answer) -> None:
            if answer is None:
                self.chip.finish(self._status(TIMEOUT))
            elif payload[:1] in (b"\xa0", b"\xa2"):
                self.chip.finish(self._status(OK if answer == b"\x0a" else BAD_FORMAT))
            else:
                self.chip.finish(self._status(OK) + answer)

        self.air.drive(self.air.once(payload, self.wait_us, self.com_retries), target, done)
        return

    def through(self, data):
        """InCommunicateThru (7.3.9): a raw frame; CRC, parity and odd bits as the CIU's registers say."""
        if len(data) > 265:
            raise Syntax
        ciu = self.chip.commands.ciu

        def done(answer) -> None:
            if answer is None:
                self.chip.finish(self._status(TIMEOUT))
                return
            status, received = ciu.incoming(answer)
            self.chip.finish(self._status(status) + received)

        self.air.raw(ciu.outgoing(bytes(data)), self.wait_us, done)

    def hear(self, frame):
        """A raw frame (data, bits, framing) is on the air: (data, bits, delay) of the answer, or None.

        The selected target hears it, when none is listed every card in the field.  Of cards that answer otherwise than
        one another no bits can be told: data is None.
        """
        if frame is None or not self.on:
            return None
        from .iso14443_3 import hear  # as the CIU: only when it is needed

        target = self.listed.get(self.selected)
        hearers = list(self.near) if target is None else [target] if target in self.near else []
        answers = [answer for answer in [hear(each, *frame) for each in hearers] if answer is not None]
        if not answers:
            return None
        first = answers[0]
        return first if all(answer[:2] == first[:2] for answer in answers) else (None,) + first[1:]

    def crypto_off(self) -> None:
        """The CIU encrypts no more: a MIFARE card understands nothing until it is authenticated again."""
        target = self.listed.get(self.selected)
        if target is not None and hasattr(target, "open_sector"):
            target.open_sector = -1

    def deselect(self, data):
        """InDeselect (7.3.10) and InRelease (7.3.11) differ only in what the chip remembers."""
        return self._let_go(data, False)

    def release(self, data):
        """InRelease (7.3.11); Tg 0 means all."""
        return self._let_go(data, True)

    def _let_go(self, data, forget: bool):
        if len(data) != 1 or data[0] > 2:
            raise Syntax
        cost = 0
        for tg in list(self.listed):
            if data[0] not in (0, tg):
                continue
            target = self.listed[tg]
            if target in self.near:
                cost += air_us(3) * 2
                if target.state == PROTOCOL:
                    target.frame(b"\xc2")
                else:
                    target.halt()
            self._out.pop(tg, None)
            self.air.numbers[tg] = 0
            if forget:
                del self.listed[tg]
        self.chip.later_command(cost + 300, lambda: self.chip.finish(self._status(OK)))

    def select(self, data):
        """InSelect (7.3.12): wake a deselected target again."""
        if len(data) != 1 or not 1 <= data[0] <= 2:
            raise Syntax
        target = self.listed.get(data[0])
        if target is None:
            return self._status(BAD_CONTEXT)
        self.selected = data[0]
        status = OK
        if target.state == HALT or target not in self.near:
            status = TIMEOUT
            if self.on and target in self.near and target.request(True):
                if self._activate(target, self.chip.auto_rats()):
                    self.air.numbers[data[0]] = 0
                    status = OK
        self.chip.later_command(3 * TRY_US, lambda: self.chip.finish(self._status(status)))
