"""The PN532 as reader on the air: frames with their times, and the PCD's half of ISO 14443-4.

A talk is a generator that yields (frame, time limit in us) and is sent the card's answer, or None for silence; its
return value goes to `done`.
"""

from .iso14443 import air_us
from .pn532_status import BAD_FORMAT, OK, TIMEOUT

# The chip announces FSD 64 in its RATS, and sends no longer frames itself.
_FRAME = 64


class Air:
    """Carries talks between the chip and its targets; `numbers` is the block number of each Tg."""

    def __init__(self, chip, rf):
        self._chip = chip
        self._rf = rf
        self.numbers = {}

    def drive(self, talk, target, done) -> None:
        """Run a talk with a target in the chip's time."""
        chip, rf = self._chip, self._rf

        def step(answer) -> None:
            try:
                frame, limit = talk.send(answer)
            except StopIteration as end:
                done(end.value)
                return
            chip.later_command(air_us(len(frame) + 2), lambda: at_card(frame, limit))

        def at_card(frame, limit: int) -> None:
            answer, delay = (None, 0)
            if rf.on and target in rf.near:
                answer, delay = target.frame(frame)
            if answer is None or delay > limit:
                chip.later_command(limit, lambda: step(None))
            else:
                chip.later_command(delay + air_us(len(answer) + 2), lambda: arrived(answer, limit))

        def arrived(answer, limit: int) -> None:
            if rf.on and target in rf.near:
                step(answer)
            else:
                chip.later_command(limit, lambda: step(None))

        step(None)

    def raw(self, frame, limit: int, done) -> None:
        """A frame as it is, (data, bits, framing) or None; done(answer) with (data, bits, delay) of a card, or None."""
        chip, rf = self._chip, self._rf

        def at_cards() -> None:
            answer = rf.hear(frame)
            if answer is None or answer[2] > limit:
                chip.later_command(limit, lambda: done(None))
            else:
                chip.later_command(answer[2] + air_us(answer[1] // 8), lambda: done(answer if rf.on else None))

        chip.later_command(air_us(len(frame[0]) if frame else 0), at_cards)

    def _block(self, tg: int, block: bytes, limit: int, chained: bool):
        """One block of ISO 14443-4 and its answer, with two repeats (rules 4 and 5) and S(WTX) served inside."""
        send, wait, tries = block, limit, 0
        while True:
            answer = yield send, wait
            wait = limit
            if answer is None:
                tries += 1
                if tries > 2:
                    return None
                send = bytes(((0xA2 if chained else 0xB2) | self.numbers[tg],))
            elif answer[0] == 0xF2 and len(answer) == 2:
                send = answer
                wait = limit * max(1, answer[1] & 0x3F)
            elif answer[0] & 0xF6 == 0xA2 and answer[0] & 1 != self.numbers[tg] and tries:
                # Rule 6: the card never saw the block.
                send = block
            else:
                return answer

    def iso_dep(self, tg: int, target, data: bytes, more: bool):
        """Send `data` in as many blocks as the card's FSC asks for; returns (status, answer)."""
        room = min(target.fsc, _FRAME) - 3
        limit = target.fwt_us
        at = 0
        while True:
            part = data[at : at + room]
            at += len(part)
            chain = more or at < len(data)
            head = 0x02 | self.numbers[tg] | (0x10 if chain else 0)
            answer = yield from self._block(tg, bytes((head,)) + part, limit, False)
            if answer is None:
                return TIMEOUT, b""
            if answer[0] & 1 != self.numbers[tg]:
                return BAD_FORMAT, b""
            self.numbers[tg] ^= 1
            if not chain:
                break
            if answer[0] & 0xF6 != 0xA2:
                return BAD_FORMAT, b""
            if at >= len(data):
                return OK, b""
        result = b""
        while True:
            if answer[0] & 0xE2 != 0x02:
                return BAD_FORMAT, b""
            result += answer[1:]
            if not answer[0] & 0x10:
                return OK, result
            answer = yield from self._block(tg, bytes((0xA2 | self.numbers[tg],)), limit, True)
            if answer is None:
                return TIMEOUT, b""
            self.numbers[tg] ^= 1

    def once(self, frame: bytes, limit: int, retries: int):
        """A frame of level 3, repeated up to `retries` times (FF: 255); the answer or None."""
        for _ in range(retries + 1):
            answer = yield frame, limit
            if answer is not None:
                return answer
        return None
